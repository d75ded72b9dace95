// SPDX-License-Identifier: Apache-2.0
#pragma once
// A place where payload bytes go or come from, without a pointer that portable code could follow.
//
// A Buffer names a memory, an address in it and a length that was checked against the memory's size
// when the Buffer was made; it can only shrink. `os`, `engine` and `web` alone resolve it, for the
// length of one system call. Bytes that the host interprets (paths, structs, lists) are never read
// through a Buffer but copied first (wasm::GuestMemory::read). Spec: house-style.md section 5.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace warrant {

enum class MemoryRef : std::uintptr_t { kHost = 0 };  // others are issued by engine or web

class Buffer {
 public:
  Buffer() noexcept = default;
  static Buffer host(std::span<std::byte> bytes) noexcept {
    return Buffer(MemoryRef::kHost, std::bit_cast<std::uintptr_t>(bytes.data()), bytes.size());
  }
  // For writing out of bytes that nobody may change; the capability only reads from it.
  static Buffer host_source(std::span<const std::byte> bytes) noexcept {
    return Buffer(MemoryRef::kHost, std::bit_cast<std::uintptr_t>(bytes.data()), bytes.size());
  }
  // The caller has proved address + size <= size of the memory. Only wasm::GuestMemory calls this.
  static Buffer guest_unchecked(MemoryRef memory, std::uint64_t address,
                                std::uint64_t size) noexcept {
    return Buffer(memory, address, size);
  }
  MemoryRef memory() const noexcept { return memory_; }
  std::uint64_t address() const noexcept { return address_; }
  std::uint64_t size() const noexcept { return size_; }
  Buffer first(std::uint64_t count) const noexcept {
    return Buffer(memory_, address_, count < size_ ? count : size_);
  }
  Buffer after(std::uint64_t count) const noexcept {
    const std::uint64_t skipped = count < size_ ? count : size_;
    return Buffer(memory_, address_ + skipped, size_ - skipped);
  }

 private:
  Buffer(MemoryRef memory, std::uint64_t address, std::uint64_t size) noexcept
      : memory_(memory), address_(address), size_(size) {}
  MemoryRef memory_ = MemoryRef::kHost;
  std::uint64_t address_ = 0;
  std::uint64_t size_ = 0;
};

// Turns a Buffer's range into a host address, or nullptr when the range is not inside that memory.
// Implemented by engine (and web), handed to os by whoever joins them; MemoryRef::kHost never
// reaches it. The pointer is good until the guest runs again.
using Locate = std::byte* (*)(MemoryRef memory, std::uint64_t address, std::uint64_t size) noexcept;

}  // namespace warrant
