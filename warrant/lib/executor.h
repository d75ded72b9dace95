// SPDX-License-Identifier: Apache-2.0
#pragma once
// The executor's side of profile `strict`: what a program does whose first word is
// os::kExecuteWord.
//
// Takes the plan, the module, its code and the descriptors of the warrant from its broker, gives up
// everything else, runs the guest, and tells its broker of every event and of the end. It holds no
// log, no key, no secret and no network. Does not come back. Internal to lib and to programs.
// Spec: limits.md section 7.
#include <span>
#include <string>

#include "warrant/os/ambient.h"

namespace warrant::lib {

// `words`: what follows os::kExecuteWord.
[[noreturn]] void execute_for_broker(os::Ambient ambient, std::span<const std::string> words);

}  // namespace warrant::lib
