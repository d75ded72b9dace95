// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest's output that reaches its stream changed.
//
// A write waits for the whole even where the guest would not: what was changed cannot be taken
// back. It answers how many bytes of the guest were taken, and an error only when none was. Not
// seekable. Stream and access outlive it. One thread.
#include <string>
#include <string_view>

#include "warrant/base/buffer_access.h"
#include "warrant/cap/stream.h"

namespace warrant::host {

class ChangedOutput : public cap::Stream {
 public:
  Result<std::uint64_t> read(std::span<const Buffer> to, cap::Blocking blocking) final {
    return stream_.read(to, blocking);
  }
  Result<std::uint64_t> write(std::span<const Buffer> from, cap::Blocking blocking) final;
  cap::FileType type() const noexcept final { return stream_.type(); }
  bool is_seekable() const noexcept final { return false; }
  Result<cap::FileStat> stat() final { return stream_.stat(); }
  Result<std::uint64_t> seek(std::int64_t, Whence) final {
    return Error{Errc::kSeekPipe, 0, "seek"};
  }
  Status sync() final { return stream_.sync(); }
  cap::PollToken poll_token() const noexcept final { return stream_.poll_token(); }

 protected:
  ChangedOutput(cap::Stream& stream, BufferAccess& access) : stream_(stream), access_(access) {}
  Status put(std::string_view text);

 private:
  // What the stream gets for these bytes of the guest, now.
  virtual std::string changed(std::string_view bytes) = 0;

  cap::Stream& stream_;
  BufferAccess& access_;
};

}  // namespace warrant::host
