// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest memory without a guest: bytes in a vector, with the bounds rules of the real one.
//
// Its MemoryRef names the object, so that Buffers made from it can be resolved: `locate` for what
// wants host addresses, FakeAccess for what copies. Spare bytes behind the end catch an overrun.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/buffer_access.h"
#include "warrant/base/bytes.h"
#include "warrant/wasm/memory.h"

namespace warrant::testing {

class FakeMemory final : public wasm::GuestMemory {
 public:
  // Direct: as an engine whose memory is the host's own. Indirect: as in the browser.
  enum class Reach { kDirect, kIndirect };

  explicit FakeMemory(std::size_t size, Reach reach = Reach::kDirect)
      : GuestMemory(MemoryRef{std::bit_cast<std::uintptr_t>(this)}),
        reach_(reach),
        bytes_(size, std::byte{0xAA}) {
    refresh();
  }

  std::vector<std::byte>& bytes() { return bytes_; }
  void grow(std::size_t by) { bytes_.resize(bytes_.size() + by); }

  template <typename T>
  T at(std::uint64_t address) const {
    T value;
    std::memcpy(&value, bytes_.data() + address, sizeof value);
    return value;
  }
  template <typename T>
  void set(std::uint64_t address, const T& value) {
    std::memcpy(bytes_.data() + address, &value, sizeof value);
  }
  std::string text(std::uint64_t address, std::size_t length) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + address, length};  // NOLINT: as text
  }
  void set_text(std::uint64_t address, std::string_view text) {
    std::memcpy(bytes_.data() + address, text.data(), text.size());
  }

  static std::byte* locate(MemoryRef memory, std::uint64_t address, std::uint64_t size) noexcept {
    auto* self = std::bit_cast<FakeMemory*>(static_cast<std::uintptr_t>(memory));
    const std::uint64_t end = self->bytes_.size();
    return address <= end && size <= end - address ? self->bytes_.data() + address : nullptr;
  }

 private:
  void refresh() noexcept override {
    size_ = bytes_.size();
    direct_ = reach_ == Reach::kDirect ? bytes_.data() : nullptr;
  }
  bool read_indirect(std::uint64_t address, std::span<std::byte> to) noexcept override {
    std::memcpy(to.data(), bytes_.data() + address, to.size());
    return true;
  }
  bool write_indirect(std::uint64_t address, std::span<const std::byte> from) noexcept override {
    std::memcpy(bytes_.data() + address, from.data(), from.size());
    return true;
  }

  Reach reach_;
  std::vector<std::byte> bytes_;
};

// Moves bytes between host memory and Buffers of the host or of a FakeMemory.
class FakeAccess final : public BufferAccess {
 public:
  bool read(const Buffer& from, std::span<std::byte> to) override {
    const std::byte* at = resolve(from, to.size());
    if (at == nullptr) return to.empty();
    std::memcpy(to.data(), at, to.size());
    return true;
  }
  bool write(const Buffer& to, std::span<const std::byte> from) override {
    std::byte* at = resolve(to, from.size());
    if (at == nullptr) return from.empty();
    std::memcpy(at, from.data(), from.size());
    return true;
  }

 private:
  static std::byte* resolve(const Buffer& buffer, std::uint64_t size) {
    if (size == 0 || size > buffer.size()) return nullptr;
    if (buffer.memory() == MemoryRef::kHost) {
      return std::bit_cast<std::byte*>(static_cast<std::uintptr_t>(buffer.address()));
    }
    return FakeMemory::locate(buffer.memory(), buffer.address(), size);
  }
};

// Copies text into buffers, in order; how much fitted.
inline std::uint64_t scatter(std::span<const Buffer> to, std::string_view text) {
  FakeAccess access;
  std::uint64_t done = 0;
  for (const Buffer& buffer : to) {
    const std::string_view part = text.substr(done, buffer.size());
    access.write(buffer, bytes_of(part));
    done += part.size();
  }
  return done;
}

inline std::string gather(std::span<const Buffer> from) {
  FakeAccess access;
  std::string all;
  for (const Buffer& buffer : from) {
    std::string part(buffer.size(), '\0');
    access.read(buffer, std::as_writable_bytes(std::span(part)));
    all += part;
  }
  return all;
}

}  // namespace warrant::testing
