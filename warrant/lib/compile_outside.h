// SPDX-License-Identifier: Apache-2.0
#pragma once
// Compiling in a process of its own, and what its ends mean; internal to lib and to programs.
#include <span>
#include <string>

#include "warrant/engine/options.h"
#include "warrant/os/ambient.h"
#include "warrant/os/compile_child.h"
#include "warrant/policy/limits.h"

namespace warrant::lib {

// Makes the `compiler` of these options. `program`: as in os::compile_in_child. `watcher`: nullptr,
// or one that outlives the options.
void compile_outside(os::Ambient ambient, const std::string& program, const policy::Limits& limits,
                     engine::Options& options, os::CompileWatcher* watcher = nullptr);

// What a program does whose first word is os::kCompileWord; `words` follow it. Does not come back.
[[noreturn]] void compile_for_parent(os::Ambient ambient, std::span<const std::string> words);

}  // namespace warrant::lib
