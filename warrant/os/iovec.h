// SPDX-License-Identifier: Apache-2.0
#pragma once
// Buffer tokens to host vectors, immediately before the one system call that uses them.
//
// Nothing resolved is stored. At most 1,024 buffers; empty ones are skipped; the sum is cut to the
// caller's limit (a short transfer is legal). A range that is no longer inside its memory fails the
// call. Spec: house-style.md section 5, filesystem.md section 11.
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "warrant/base/buffer.h"
#include "warrant/base/buffer_access.h"
#include "warrant/base/result.h"

namespace warrant::os {

inline constexpr std::size_t kMaxVectors = 1024;

class Vectors {
 public:
  // kInvalid: more than kMaxVectors, or a range outside its memory.
  Status lower(std::span<const Buffer> from, std::uint64_t limit, Locate locate) noexcept;
  std::uint64_t total() const noexcept { return total_; }
  iovec* data() noexcept { return storage_.data() + first_; }
  int count() const noexcept { return static_cast<int>(used_ - first_); }
  // Drops what was transferred from the front.
  void advance(std::uint64_t bytes) noexcept;
  // The vectors that hold the first `bytes` of what is left, the last of them shortened; undone by
  // restore(). For transfers in pieces.
  int clip(std::uint64_t bytes) noexcept;
  void restore() noexcept;

 private:
  std::array<iovec, kMaxVectors> storage_;
  std::size_t first_ = 0;
  std::size_t used_ = 0;
  std::size_t clipped_ = kMaxVectors;
  std::size_t clipped_length_ = 0;
  std::uint64_t total_ = 0;
};

// The host bytes behind a token, or nullptr.
std::byte* resolve_buffer(const Buffer& buffer, Locate locate) noexcept;

// BufferAccess for memory-backed capabilities, natively.
class LocatedAccess final : public BufferAccess {
 public:
  explicit LocatedAccess(Locate locate) noexcept : locate_(locate) {}
  bool read(const Buffer& from, std::span<std::byte> to) override;
  bool write(const Buffer& to, std::span<const std::byte> from) override;

 private:
  Locate locate_;
};

}  // namespace warrant::os
