// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/iovec.h"

#include <bit>
#include <cstring>

namespace warrant::os {

std::byte* resolve_buffer(const Buffer& buffer, Locate locate) noexcept {
  if (buffer.memory() == MemoryRef::kHost) {
    return std::bit_cast<std::byte*>(static_cast<std::uintptr_t>(buffer.address()));
  }
  if (locate == nullptr) return nullptr;
  return locate(buffer.memory(), buffer.address(), buffer.size());
}

Status Vectors::lower(std::span<const Buffer> from, std::uint64_t limit, Locate locate) noexcept {
  if (from.size() > kMaxVectors) return Error{Errc::kInvalid, 0, "vectors"};
  for (const Buffer& whole : from) {
    if (total_ == limit) break;
    const Buffer buffer = whole.first(limit - total_);
    if (buffer.size() == 0) continue;
    std::byte* at = resolve_buffer(buffer, locate);
    if (at == nullptr) return Error{Errc::kInvalid, 0, "vectors"};
    storage_[used_++] = iovec{at, static_cast<std::size_t>(buffer.size())};
    total_ += buffer.size();
  }
  return {};
}

void Vectors::advance(std::uint64_t bytes) noexcept {
  total_ -= bytes;
  while (bytes > 0) {
    iovec& front = storage_[first_];
    const std::uint64_t step = bytes < front.iov_len ? bytes : front.iov_len;
    front.iov_base = static_cast<std::byte*>(front.iov_base) + step;
    front.iov_len -= static_cast<std::size_t>(step);
    bytes -= step;
    if (front.iov_len == 0) ++first_;
  }
}

int Vectors::clip(std::uint64_t bytes) noexcept {
  if (bytes >= total_) return count();
  std::size_t at = first_;
  while (bytes > storage_[at].iov_len) bytes -= storage_[at++].iov_len;
  clipped_ = at;
  clipped_length_ = storage_[at].iov_len;
  storage_[at].iov_len = static_cast<std::size_t>(bytes);
  return static_cast<int>(at - first_ + 1);
}

void Vectors::restore() noexcept {
  if (clipped_ < kMaxVectors) storage_[clipped_].iov_len = clipped_length_;
  clipped_ = kMaxVectors;
}

bool LocatedAccess::read(const Buffer& from, std::span<std::byte> to) {
  if (to.size() > from.size()) return false;
  if (to.empty()) return true;
  const std::byte* at = resolve_buffer(from.first(to.size()), locate_);
  if (at == nullptr) return false;
  std::memcpy(to.data(), at, to.size());
  return true;
}

bool LocatedAccess::write(const Buffer& to, std::span<const std::byte> from) {
  if (from.size() > to.size()) return false;
  if (from.empty()) return true;
  std::byte* at = resolve_buffer(to.first(from.size()), locate_);
  if (at == nullptr) return false;
  std::memcpy(at, from.data(), from.size());
  return true;
}

}  // namespace warrant::os
