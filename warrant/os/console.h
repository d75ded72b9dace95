// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::Stream on an inherited descriptor: the process's stdin, stdout or stderr, or a pipe.
//
// An input only reads and an output only writes, however the host opened it. The description is
// shared with other processes, so it is never made non-blocking and its position is the host's; it
// never goes before where the run began.
// Blocking calls wait with the run's wake-up and deadline and move what is there; an output is
// written whole unless the run ends first (then short). The process must ignore SIGPIPE. Does not
// close the descriptor. Spec: preview1.md 4.2, 7.2, 7.3; limits.md section 3.
#include <memory>

#include "warrant/cap/stream.h"
#include "warrant/os/ambient.h"
#include "warrant/os/fd.h"
#include "warrant/os/waiter.h"

namespace warrant::os {

enum class ConsoleSide : std::uint8_t { kInput, kOutput };

struct ConsoleOptions {
  const Waiter* waiter = nullptr;  // outlives the stream; required
  Locate locate = nullptr;
  std::uint64_t max_transfer = 16ULL << 20;  // bytes in one call
};

// nullptr: there is nothing to read or write there (closed, or a directory given as input), which
// means the same as a console of `none`.
Result<std::unique_ptr<cap::Stream>> open_console(Ambient, BorrowedFd fd, ConsoleSide side,
                                                  const ConsoleOptions& options);

// Whether a guest's unfinished line stands where the next words on stderr go; words that end in a
// line feed follow it. May be asked in a signal handler.
bool is_error_line_open() noexcept;
void open_error_line() noexcept;  // by a process that this one speaks for
void close_error_line() noexcept;

}  // namespace warrant::os
