// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest's output on its way to a terminal: text, newline, tab, carriage return, backspace and
// colours pass; every other control byte is shown, not obeyed.
//
// Colours are ESC [ digits and semicolons m, at most 32 bytes; an unfinished one at the end of a
// write waits for the next. Bytes above 127 pass, C1 controls in UTF-8 excepted. The stream
// outlives it. One thread. Spec: cli.md section 1.
#include <string>

#include "warrant/base/buffer_access.h"
#include "warrant/cap/stream.h"

namespace warrant::host {

class TerminalOutput final : public cap::Stream {
 public:
  TerminalOutput(cap::Stream& stream, BufferAccess& access) : stream_(stream), access_(access) {}
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

 private:
  void filter(std::string_view text, std::string& shown);
  void take(unsigned char byte, std::string& shown);
  bool take_pending(unsigned char byte, std::string& shown);
  Status put(std::string_view text, cap::Blocking blocking);

  cap::Stream& stream_;
  BufferAccess& access_;
  std::string pending_;  // the beginning of what may become a colour or a character
};

}  // namespace warrant::host
