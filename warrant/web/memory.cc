// SPDX-License-Identifier: Apache-2.0
#include "warrant/web/memory.h"

#include <cstring>

#include "warrant/web/page.h"

namespace warrant::web {
namespace {

constexpr unsigned kPageShift = 16;

std::uint64_t guest_size() noexcept { return std::uint64_t{page_memory_pages()} << kPageShift; }

bool is_inside(std::uint64_t address, std::uint64_t size) noexcept {
  const std::uint64_t all = guest_size();
  return address <= all && size <= all - address;
}

std::byte* host_bytes(const Buffer& buffer) noexcept {
  return std::bit_cast<std::byte*>(static_cast<std::uintptr_t>(buffer.address()));
}

}  // namespace

void PageMemory::refresh() noexcept { size_ = guest_size(); }

bool PageMemory::read_indirect(std::uint64_t address, std::span<std::byte> to) noexcept {
  page_memory_read(static_cast<std::uint32_t>(address), to.data(), to.size());
  return true;
}

bool PageMemory::write_indirect(std::uint64_t address, std::span<const std::byte> from) noexcept {
  page_memory_write(static_cast<std::uint32_t>(address), from.data(), from.size());
  return true;
}

bool PageAccess::read(const Buffer& from, std::span<std::byte> to) {
  if (to.empty()) return true;
  if (from.memory() == MemoryRef::kHost) {
    std::memcpy(to.data(), host_bytes(from), to.size());
    return true;
  }
  if (from.memory() != kGuest || !is_inside(from.address(), to.size())) return false;
  page_memory_read(static_cast<std::uint32_t>(from.address()), to.data(), to.size());
  return true;
}

bool PageAccess::write(const Buffer& to, std::span<const std::byte> from) {
  if (from.empty()) return true;
  if (to.memory() == MemoryRef::kHost) {
    std::memcpy(host_bytes(to), from.data(), from.size());
    return true;
  }
  if (to.memory() != kGuest || !is_inside(to.address(), from.size())) return false;
  page_memory_write(static_cast<std::uint32_t>(to.address()), from.data(), from.size());
  return true;
}

}  // namespace warrant::web
