// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a request and its warrant ask of a runner, item by item: each thing that is granted is to be
// provided, each that is not is to be withheld, each limit kept. Complete; internal to plan().
#include <optional>
#include <string>
#include <vector>

#include "warrant/host/runner_plan.h"

namespace warrant::host {

struct RunnerDemand {
  RunnerKey key;
  Need need = Need::kProvide;
  std::string capability;  // the key's word, or that of one limit or feature
  std::string from;
  std::optional<wasm::Feature> feature = {};
  bool is_default = false;  // a limit or layer that nobody wrote
};

std::vector<RunnerDemand> demands_of(const RunnerRequest& request);

}  // namespace warrant::host
