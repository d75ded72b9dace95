// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest's output with each known secret replaced by «redacted:REFERENCE», in every form that the
// one matcher knows and wherever the guest's writes cut it.
//
// What may be the beginning of a secret waits for the next write, or for finish(). Waits for the
// whole even where the guest would not: what was replaced cannot be taken back. Stream and matcher
// outlive it. One thread. Spec: egress.md section 20.
#include <string_view>

#include "warrant/audit/known_secrets.h"
#include "warrant/base/buffer_access.h"
#include "warrant/cap/stream.h"

namespace warrant::host {

class ScrubbedOutput final : public cap::Stream {
 public:
  ScrubbedOutput(cap::Stream& stream, BufferAccess& access, const audit::KnownSecrets& secrets)
      : stream_(stream), access_(access), scrubbed_(secrets) {}
  Result<std::uint64_t> read(std::span<const Buffer> to, cap::Blocking blocking) override {
    return stream_.read(to, blocking);
  }
  Result<std::uint64_t> write(std::span<const Buffer> from, cap::Blocking blocking) override;
  cap::FileType type() const noexcept override { return stream_.type(); }
  bool is_seekable() const noexcept override { return false; }
  Result<cap::FileStat> stat() override { return stream_.stat(); }
  Result<std::uint64_t> seek(std::int64_t, Whence) override {
    return Error{Errc::kSeekPipe, 0, "seek"};
  }
  Status sync() override { return stream_.sync(); }
  cap::PollToken poll_token() const noexcept override { return stream_.poll_token(); }
  // After the guest's last write; a reader that is gone is no error then.
  void finish();

 private:
  Status put(std::string_view text);

  cap::Stream& stream_;
  BufferAccess& access_;
  audit::ScrubbedStream scrubbed_;
};

}  // namespace warrant::host
