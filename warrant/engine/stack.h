// SPDX-License-Identifier: Apache-2.0
#pragma once
// How much stack the calling thread has left, so that a guest's overflow is a trap and never a
// fault of the process. No system call but the first time on a thread; reads no file.
#include <cstdint>

namespace warrant::engine {

std::uint64_t stack_left() noexcept;

}  // namespace warrant::engine
