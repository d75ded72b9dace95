// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words of the wasmtime command line for one run, exactly and in order; pure.
//
// Only for what plan() accepted for that runner: whatever its words cannot say has been refused.
// Each option is a word of its own and none passes through a shell. Spec: runners.md section 9.2.
#include <string>
#include <string_view>
#include <vector>

#include "warrant/host/run_result.h"
#include "warrant/host/runner_plan.h"

namespace warrant::host {

// `module`: the absolute path of the module. `argv`: argv[0] first.
std::vector<std::string> wasmtime_words(const RunnerRequest& request, std::string_view module);

// What the end of the process meant (runners.md section 9.3). `reported`: the end of its stderr.
struct ProcessEnd {
  bool exited = false;  // else: killed by `signal`
  int status = 0;
  int signal = 0;
  enum class By : std::uint8_t { kItself, kWall, kCpu, kCancel } by = By::kItself;
  enum class Fuel : std::uint8_t { kEndless, kCounted } fuel = Fuel::kEndless;
};
Exit exit_of_process(const ProcessEnd& end, std::string_view reported);

}  // namespace warrant::host
