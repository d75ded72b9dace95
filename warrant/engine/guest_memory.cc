// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/guest_memory.h"

#include <mutex>

#include "warrant/base/check.h"
#include "warrant/engine/engine.h"

namespace warrant::engine {

namespace {

// A MemoryRef is the object's address, which fits in 48 bits, under its generation.
constexpr unsigned kAddressBits = 48;
constexpr std::uintptr_t kAddressMask = (std::uintptr_t{1} << kAddressBits) - 1;

struct FreeList {
  std::mutex mutex;
  NativeMemory* first = nullptr;
};

FreeList& free_list() {
  static FreeList* const list = new FreeList;  // never freed: tokens may outlive everything
  return *list;
}

}  // namespace

NativeMemory* NativeMemory::take() {
  NativeMemory* memory = nullptr;
  {
    const std::scoped_lock lock(free_list().mutex);
    memory = free_list().first;
    if (memory != nullptr) free_list().first = memory->next_;
  }
  if (memory == nullptr) memory = new NativeMemory;
  const auto address = std::bit_cast<std::uintptr_t>(memory);
  WARRANT_CHECK((address & ~kAddressMask) == 0);
  memory->ref_ =
      MemoryRef{address | static_cast<std::uintptr_t>(memory->generation_) << kAddressBits};
  return memory;
}

void NativeMemory::give_back() noexcept {
  ++generation_;
  bound_ = false;
  direct_ = nullptr;
  size_ = 0;
  context_ = nullptr;
  ref_ = MemoryRef::kHost;
  const std::scoped_lock lock(free_list().mutex);
  next_ = free_list().first;
  free_list().first = this;
}

void NativeMemory::bind(wasmtime_context_t* context, const wasmtime_memory_t& memory) noexcept {
  context_ = context;
  memory_ = memory;
  bound_ = true;
  std::uint8_t* const begin = wasmtime_memory_data(context, &memory_);
  direct_ = reinterpret_cast<std::byte*>(begin);  // NOLINT: bytes
  refresh();
}

void NativeMemory::refresh() noexcept {
  if (bound_) size_ = wasmtime_memory_data_size(context_, &memory_);
}

// Without a memory every range but the empty one is outside, so these are not reached.
bool NativeMemory::read_indirect(std::uint64_t, std::span<std::byte>) noexcept { return false; }
bool NativeMemory::write_indirect(std::uint64_t, std::span<const std::byte>) noexcept {
  return false;
}

std::byte* NativeMemory::locate(MemoryRef ref, std::uint64_t address, std::uint64_t size) noexcept {
  const auto raw = static_cast<std::uintptr_t>(ref);
  auto* const memory = std::bit_cast<NativeMemory*>(raw & kAddressMask);
  if (memory == nullptr || memory->ref_ != ref) return nullptr;
  if (!memory->bound_ || !memory->contains(address, size)) return nullptr;
  return memory->direct_ + (size == 0 ? 0 : address);
}

std::byte* locate(MemoryRef memory, std::uint64_t address, std::uint64_t size) noexcept {
  return NativeMemory::locate(memory, address, size);
}

}  // namespace warrant::engine
