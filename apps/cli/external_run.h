// SPDX-License-Identifier: Apache-2.0
#pragma once
// A run of `warrant run` by a runner that is not the engine in this process: because it was named,
// or because our own engine cannot run the module and no runner was named.
//
// What cannot be honoured whole is refused before a byte of the module is read where the warrant
// alone says so, and before any effect in every case. Directories, streams, records and receipt are
// those of every run. Spec: runners.md sections 4, 5 and 9.
#include <memory>
#include <string>

#include "apps/cli/commands.h"
#include "apps/cli/run_request.h"
#include "apps/cli/terminal.h"
#include "warrant/lib/one_run.h"
#include "warrant/policy/warrant.h"

namespace warrant::cli {

struct ExternalRun {
  const Process& process;
  const RunRequest& request;
  const policy::Grant& shown;      // the terms in force, for messages
  const policy::Warrant& warrant;  // of the request's grant, admitted
  std::string program;             // of [runners.wasmtime-cli] path; empty: looked for on PATH
  OneRunOptions options;
  Launch launch;
  Nanoseconds start;
  Voice& voice;
};

// The runner that the warrant names, or its refusal.
int run_by_name(ExternalRun external);

// Our own engine has refused the module in `run`, and nobody named a runner: the first that can run
// it, when it is a component. Nothing: `run` is as it was, and its refusal stands.
std::optional<int> run_component(ExternalRun external, std::unique_ptr<OneRun>& run);

}  // namespace warrant::cli
