// SPDX-License-Identifier: Apache-2.0
#pragma once
// The guest's memory as another WebAssembly memory: every access is a copy that the page makes.
//
// Bounds are checked here, in 64 bits, before the page is asked. There is one guest in a worker and
// so one memory; tokens of it carry kGuest. One thread. Spec: house-style.md section 5.
#include "warrant/base/buffer_access.h"
#include "warrant/wasm/memory.h"

namespace warrant::web {

inline constexpr MemoryRef kGuest{1};

class PageMemory final : public wasm::GuestMemory {
 public:
  PageMemory() noexcept : GuestMemory(kGuest) {}

 private:
  void refresh() noexcept override;
  bool read_indirect(std::uint64_t address, std::span<std::byte> to) noexcept override;
  bool write_indirect(std::uint64_t address, std::span<const std::byte> from) noexcept override;
};

// Of tokens of the guest's memory, and of our own.
class PageAccess final : public BufferAccess {
 public:
  bool read(const Buffer& from, std::span<std::byte> to) override;
  bool write(const Buffer& to, std::span<const std::byte> from) override;
};

}  // namespace warrant::web
