// SPDX-License-Identifier: Apache-2.0
#pragma once
// Changes to the process itself; only for processes of our own, and asked for in main() or by what
// main() calls.
#include <array>
#include <cstdint>
#include <string_view>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"

namespace warrant::os {

// Which of the descriptors 0, 1, 2 were closed when the process began. Their numbers are held with
// /dev/null from then on, so that nothing of ours is ever opened under one of them. Call it before
// anything is opened; a process that cannot do it must not go on.
using ClosedStreams = std::array<bool, 3>;
Result<ClosedStreams> hold_standard_descriptors(Ambient) noexcept;
// A write to a closed pipe, or beyond a limit on file sizes, is an error of the write and not the
// end of the process.
void ignore_broken_pipes(Ambient) noexcept;
// Whether standard output or standard error is a regular file.
bool prints_into_file(Ambient) noexcept;
// Lets the main thread's stack grow to at least `bytes`.
Status raise_stack_limit(Ambient, std::uint64_t bytes) noexcept;
// No destructors, no buffers of the C library: what had to be written was written.
[[noreturn]] void leave_process(int status) noexcept;

// The same after as much of `words` as standard error takes at once; async-signal-safe.
[[noreturn]] void leave_with_words(std::string_view words, int status) noexcept;

}  // namespace warrant::os
