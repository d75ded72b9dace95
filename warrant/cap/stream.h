// SPDX-License-Identifier: Apache-2.0
#pragma once
// Something that bytes flow through: a console stream, a pipe, a connected socket.
//
// A blocking call waits together with the run's wake-up and deadline and answers kCanceled when
// they come first; a call with Blocking::kNever answers kAgain where it would wait. A stream that
// only reads answers writes with kBadHandle, and the other way round. Host streams are never made
// non-blocking (their file description is shared with other processes).
// One thread at a time. Spec: preview1.md 4.2, 7.2; limits.md section 3.
#include <cstdint>
#include <span>

#include "warrant/base/buffer.h"
#include "warrant/base/result.h"
#include "warrant/cap/file_types.h"

namespace warrant::cap {

// What a Poller waits on; meaning is the implementation's. kAlwaysReady needs no waiting.
enum class PollToken : std::int64_t { kAlwaysReady = -1 };

class Stream {
 public:
  virtual ~Stream() = default;
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  virtual Result<std::uint64_t> read(std::span<const Buffer> to, Blocking blocking) = 0;
  virtual Result<std::uint64_t> write(std::span<const Buffer> from, Blocking blocking) = 0;
  virtual FileType type() const noexcept = 0;
  // True for a stream that stands on a regular file or a character device that is no terminal, and
  // so has a position: seek and tell work, type() says which.
  virtual bool is_seekable() const noexcept = 0;
  virtual Result<FileStat> stat() = 0;  // a pipe, terminal or socket: the type, all else 0
  // Seekable streams only, else kSeekPipe. Result: the new position.
  enum class Whence : std::uint8_t { kSet, kCurrent, kEnd };
  virtual Result<std::uint64_t> seek(std::int64_t offset, Whence whence) = 0;
  virtual Status sync() = 0;  // kInvalid where there is nothing to sync
  virtual PollToken poll_token() const noexcept = 0;
  // What a read would find where the token is kAlwaysReady; 0: the end has been reached.
  virtual std::uint64_t waiting() const noexcept { return 1; }
};

}  // namespace warrant::cap
