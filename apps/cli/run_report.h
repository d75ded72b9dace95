// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is said on stderr after a run: how it ended if that needs words, what was refused with the
// flag that would allow it, and where the time went. Spec: cli.md section 3.
#include <functional>
#include <string>

#include "apps/cli/run_request.h"
#include "apps/cli/terminal.h"
#include "warrant/audit/ledger.h"
#include "warrant/lib/run.h"
#include "warrant/wasm/module_info.h"

namespace warrant::cli {

struct RunSubject {
  const RunRequest& request;
  const policy::Grant& terms;  // in force
  const audit::Ledger& ledger;
  const wasm::ModuleInfo& info;
  Nanoseconds process_start;
  // One of our own places that lies in the working directory; empty: none does. Asked by hints
  // alone: a run that ends well pays nothing for it.
  std::function<std::string()> own_place;
};

void report_run(const RunSubject& subject, const RunResult& result, Voice& voice);

}  // namespace warrant::cli
