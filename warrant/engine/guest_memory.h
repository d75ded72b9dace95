// SPDX-License-Identifier: Apache-2.0
#pragma once
// An instance's memory as host functions see it, and the table of memories behind `locate`.
//
// Objects are taken from a list and given back, never freed, so a stale MemoryRef is found by its
// generation and never followed. Of one thread at a time while taken.
#include <cstdint>

#include <warrant_wt.h>

#include "warrant/wasm/memory.h"

namespace warrant::engine {

class NativeMemory final : public wasm::GuestMemory {
 public:
  static NativeMemory* take();
  // No token of before finds it any more.
  void give_back() noexcept;

  bool bound() const noexcept { return bound_; }
  void bind(wasmtime_context_t* context, const wasmtime_memory_t& memory) noexcept;

  static std::byte* locate(MemoryRef ref, std::uint64_t address, std::uint64_t size) noexcept;

 private:
  NativeMemory() noexcept : GuestMemory(MemoryRef::kHost) {}
  void refresh() noexcept override;
  bool read_indirect(std::uint64_t address, std::span<std::byte> to) noexcept override;
  bool write_indirect(std::uint64_t address, std::span<const std::byte> from) noexcept override;

  bool bound_ = false;
  std::uint16_t generation_ = 0;
  wasmtime_context_t* context_ = nullptr;
  wasmtime_memory_t memory_{};
  NativeMemory* next_ = nullptr;
};

}  // namespace warrant::engine
