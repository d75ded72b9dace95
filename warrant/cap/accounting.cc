// SPDX-License-Identifier: Apache-2.0
#include "warrant/cap/accounting.h"

#include "warrant/cap/reason.h"

namespace warrant::cap {
namespace {

// Counters order nothing but themselves, so relaxed is enough.
bool reserve(std::atomic<std::uint64_t>& used, std::uint64_t wanted, std::uint64_t limit) noexcept {
  std::uint64_t now = used.load(std::memory_order_relaxed);
  do {
    if (now > limit || wanted > limit - now) return false;
  } while (!used.compare_exchange_weak(now, now + wanted, std::memory_order_relaxed));
  return true;
}

void credit(std::atomic<std::uint64_t>& used, std::uint64_t given) noexcept {
  std::uint64_t now = used.load(std::memory_order_relaxed);
  while (
      !used.compare_exchange_weak(now, given < now ? now - given : 0, std::memory_order_relaxed)) {
  }
}

std::uint64_t left(const std::atomic<std::uint64_t>& used, std::uint64_t limit) noexcept {
  const std::uint64_t now = used.load(std::memory_order_relaxed);
  return now < limit ? limit - now : 0;
}

}  // namespace

Status Accounting::reserve_bytes(std::uint64_t bytes) noexcept {
  if (reserve(bytes_, bytes, quota_.written)) return {};
  return error_of(Errc::kQuota, Reason::kQuotaBytes, "written");
}

void Accounting::credit_bytes(std::uint64_t bytes) noexcept { credit(bytes_, bytes); }

Status Accounting::reserve_inode() noexcept {
  if (reserve(inodes_, 1, quota_.inodes)) return {};
  return error_of(Errc::kQuota, Reason::kQuotaInodes, "inodes");
}

void Accounting::credit_inode() noexcept { credit(inodes_, 1); }

Status Accounting::check_file_size(std::uint64_t size) const noexcept {
  if (size <= quota_.file_bytes) return {};
  return error_of(Errc::kFileTooBig, Reason::kFileSize, "file-bytes");
}

std::uint64_t Accounting::bytes_left() const noexcept { return left(bytes_, quota_.written); }

std::uint64_t Accounting::inodes_left() const noexcept { return left(inodes_, quota_.inodes); }

}  // namespace warrant::cap
