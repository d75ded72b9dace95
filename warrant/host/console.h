// SPDX-License-Identifier: Apache-2.0
#pragma once
// Console streams that live in the host's memory: given input, kept output, output handed to a
// callback, and a cap in front of any of them.
//
// None of them waits. Output beyond the cap is counted and dropped, or refused with kFileTooBig, as
// the grant says; what was dropped stands in `dropped()` and in the receipt. One thread.
// Spec: preview1.md 4.1, limits.md section 1 (`stdin`, `stdout`, `stderr`).
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "warrant/base/buffer_access.h"
#include "warrant/cap/stream.h"

namespace warrant::host {

// What all of them answer alike: a pipe without a position.
class MemoryStream : public cap::Stream {
 public:
  cap::FileType type() const noexcept override { return cap::FileType::kUnknown; }
  bool is_seekable() const noexcept override { return false; }
  Result<cap::FileStat> stat() override { return cap::FileStat{}; }
  Result<std::uint64_t> seek(std::int64_t, Whence) override {
    return Error{Errc::kSeekPipe, 0, "seek"};
  }
  Status sync() override { return Error{Errc::kInvalid, 0, "sync"}; }
  cap::PollToken poll_token() const noexcept override { return cap::PollToken::kAlwaysReady; }
};

class GivenInput final : public MemoryStream {
 public:
  // Views the bytes; they outlive it.
  GivenInput(std::span<const std::byte> bytes, BufferAccess& access)
      : rest_(bytes), access_(access) {}
  Result<std::uint64_t> read(std::span<const Buffer> to, cap::Blocking blocking) override;
  Result<std::uint64_t> write(std::span<const Buffer> from, cap::Blocking blocking) override;
  std::uint64_t waiting() const noexcept override { return rest_.size(); }

 private:
  std::span<const std::byte> rest_;
  BufferAccess& access_;
};

enum class Excess : std::uint8_t { kDrop, kFail };

// Takes bytes that the guest wrote; the view dies with the call.
using OutputCallback = std::function<void(std::span<const std::byte>)>;

class KeptOutput final : public MemoryStream {
 public:
  KeptOutput(std::uint64_t cap, Excess excess, BufferAccess& access)
      : left_(cap), excess_(excess), access_(access) {}
  // Hands the bytes on instead of keeping them; the cap counts all the same.
  KeptOutput(std::uint64_t cap, Excess excess, BufferAccess& access, OutputCallback callback)
      : left_(cap), excess_(excess), access_(access), callback_(std::move(callback)) {}
  Result<std::uint64_t> read(std::span<const Buffer> to, cap::Blocking blocking) override;
  Result<std::uint64_t> write(std::span<const Buffer> from, cap::Blocking blocking) override;
  std::string take_bytes() noexcept { return std::move(bytes_); }
  std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  Status take(const Buffer& from);

  std::uint64_t left_;
  Excess excess_;
  BufferAccess& access_;
  OutputCallback callback_;
  std::string bytes_;
  std::uint64_t dropped_ = 0;
};

// A stream that is passed through, up to a written cap. The stream outlives it.
class CappedOutput final : public cap::Stream {
 public:
  CappedOutput(cap::Stream& stream, std::uint64_t cap, Excess excess)
      : stream_(stream), left_(cap), excess_(excess) {}
  Result<std::uint64_t> read(std::span<const Buffer> to, cap::Blocking blocking) override {
    return stream_.read(to, blocking);
  }
  Result<std::uint64_t> write(std::span<const Buffer> from, cap::Blocking blocking) override;
  cap::FileType type() const noexcept override { return stream_.type(); }
  bool is_seekable() const noexcept override { return stream_.is_seekable(); }
  Result<cap::FileStat> stat() override { return stream_.stat(); }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    return stream_.seek(offset, whence);
  }
  Status sync() override { return stream_.sync(); }
  cap::PollToken poll_token() const noexcept override { return stream_.poll_token(); }
  std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  cap::Stream& stream_;
  std::uint64_t left_;
  Excess excess_;
  std::uint64_t dropped_ = 0;
};

}  // namespace warrant::host
