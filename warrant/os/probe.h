// SPDX-License-Identifier: Apache-2.0
#pragma once
// What protection rests on, on this machine: asked of the kernel by harmless calls, never guessed
// from a version number. Changes nothing.
#include <string>
#include <string_view>
#include <vector>

#include "warrant/os/ambient.h"

namespace warrant::os {

struct Probe {
  enum class State { kGood, kGap, kUnknown };
  std::string_view name;  // "openat2"
  State state = State::kUnknown;
  std::string detail;  // what was found
  std::string advice;  // what to do about a gap
};

std::vector<Probe> probe_system(Ambient ambient);

}  // namespace warrant::os
