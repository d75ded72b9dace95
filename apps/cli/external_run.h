// SPDX-License-Identifier: Apache-2.0
#pragma once
// `warrant run --runner NAME`, where the runner is not the engine in this process.
//
// What cannot be honoured whole is refused before a byte of the module is read where the warrant
// alone says so, and before any effect in every case. Spec: runners.md sections 4, 5 and 9.
#include "apps/cli/commands.h"
#include "apps/cli/run_request.h"
#include "apps/cli/terminal.h"

namespace warrant::cli {

int run_external(const Process& process, const RunRequest& request, Voice& voice);

}  // namespace warrant::cli
