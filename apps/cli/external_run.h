// SPDX-License-Identifier: Apache-2.0
#pragma once
// `warrant run --runner NAME`, where the runner is not the engine in this process.
//
// What cannot be honoured whole is refused before a byte of the module is read where the warrant
// alone says so, and before any effect in every case. Spec: runners.md sections 4, 5 and 9.
#include "apps/cli/commands.h"
#include "apps/cli/run_request.h"
#include "apps/cli/terminal.h"
#include "warrant/policy/warrant.h"

namespace warrant::cli {

// `warrant`: of the request's grant, admitted; `state_dir`: where uses are counted.
int run_external(const Process& process, const RunRequest& request, const policy::Warrant& warrant,
                 const std::string& state_dir, Voice& voice);

}  // namespace warrant::cli
