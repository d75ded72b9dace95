// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest's linear memory, as portable code may use it: copies in, copies out, and Buffer tokens.
//
// Every access is checked in 64 bits against the memory's size; the cached size is a safe lower
// bound, because memories only grow, and is read again when a check fails. A range of length zero
// is inside wherever it lies. Nobody outside engine and web gets a pointer from it. What the bytes
// mean is the caller's business; what is interpreted is copied first, once. One thread. Spec:
// preview1.md section 2, house-style.md section 5, engine.md section 6.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "warrant/base/buffer.h"

namespace warrant::wasm {

class GuestMemory {
 public:
  virtual ~GuestMemory() = default;

  std::uint64_t size() noexcept {
    refresh();
    return size_;
  }
  bool contains(std::uint64_t address, std::uint64_t length) noexcept {
    if (length == 0 || inside(address, length)) return true;
    refresh();
    return inside(address, length);
  }
  // False, and nothing copied, when the range is not inside.
  bool read(std::uint64_t address, std::span<std::byte> to) noexcept {
    if (to.empty()) return true;
    if (!contains(address, to.size())) return false;
    if (direct_ != nullptr) {
      std::memcpy(to.data(), direct_ + address, to.size());
      return true;
    }
    return read_indirect(address, to);
  }
  bool write(std::uint64_t address, std::span<const std::byte> from) noexcept {
    if (from.empty()) return true;
    if (!contains(address, from.size())) return false;
    if (direct_ != nullptr) {
      std::memcpy(direct_ + address, from.data(), from.size());
      return true;
    }
    return write_indirect(address, from);
  }
  template <typename T>
  bool load(std::uint64_t address, T& to) noexcept {
    return read(address, std::as_writable_bytes(std::span(&to, 1)));
  }
  template <typename T>
  bool store(std::uint64_t address, const T& from) noexcept {
    return write(address, std::as_bytes(std::span(&from, 1)));
  }
  // The only maker of guest Buffers. False when the range is not inside.
  bool buffer(std::uint64_t address, std::uint64_t length, Buffer& to) noexcept {
    if (!contains(address, length)) return false;
    to = Buffer::guest_unchecked(ref_, length == 0 ? 0 : address, length);
    return true;
  }

 protected:
  explicit GuestMemory(MemoryRef ref) noexcept : ref_(ref) {}
  GuestMemory(const GuestMemory&) = delete;
  GuestMemory& operator=(const GuestMemory&) = delete;
  // Sets size_ (and direct_, where the memory is the host's own) to what they are now.
  virtual void refresh() noexcept = 0;
  virtual bool read_indirect(std::uint64_t address, std::span<std::byte> to) noexcept = 0;
  virtual bool write_indirect(std::uint64_t address, std::span<const std::byte> from) noexcept = 0;

  MemoryRef ref_;
  std::byte* direct_ = nullptr;
  std::uint64_t size_ = 0;

 private:
  bool inside(std::uint64_t address, std::uint64_t length) const noexcept {
    return address <= size_ && length <= size_ - address;
  }
};

}  // namespace warrant::wasm
