// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest's output in an executor whose broker knows secrets, and the broker's answer to it.
//
// What is written goes to the broker piece by piece, which replaces secrets and writes it; the
// executor has no descriptor of the output. It waits for the whole, and is always ready: only the
// broker could tell whether it is. Of a redirected file its guest sees the type alone. One thread.
// Internal to lib. Spec: egress.md section 20, limits.md section 7.
#include <memory>

#include "warrant/base/buffer_access.h"
#include "warrant/cap/stream.h"
#include "warrant/lib/asker.h"

namespace warrant::lib {

inline constexpr std::size_t kMostOutput = 64U << 10;  // bytes in one message
enum class OutputAsk : std::uint8_t { kWrite, kSync };

// `number`: 1 or 2. `access` outlives it.
std::unique_ptr<cap::Stream> make_remote_output(Asker asker, BufferAccess& access,
                                                std::uint8_t number, cap::FileType type);

// For a broker; `streams`: of outputs 1 and 2, nullptr for one that is not written by it. False: no
// executor of ours asks so.
bool answer_output(std::span<cap::Stream* const, 2> streams, WireReader from, WireWriter& to);

}  // namespace warrant::lib
