// SPDX-License-Identifier: Apache-2.0
#pragma once
// The byte and inode budgets of one directory grant, shared by every object made from it.
//
// Reserve, then act, then settle: a reservation that does not fit is refused before anything
// happens, and two threads cannot both pass a check for the last bytes. Counts logical sizes, not
// blocks. Spec: filesystem.md section 13.
#include <atomic>
#include <cstdint>

#include "warrant/base/result.h"

namespace warrant::cap {

struct Quota {
  std::uint64_t written = 64ULL << 20;     // growth of logical sizes, bytes
  std::uint64_t inodes = 4096;             // files, directories and links made
  std::uint64_t file_bytes = 64ULL << 20;  // size of one file
};

class Accounting {
 public:
  explicit Accounting(const Quota& quota) noexcept : quota_(quota) {}
  Status reserve_bytes(std::uint64_t bytes) noexcept;  // kQuota, Reason::kQuotaBytes
  void credit_bytes(std::uint64_t bytes) noexcept;
  Status reserve_inode() noexcept;  // kQuota, Reason::kQuotaInodes
  void credit_inode() noexcept;
  Status check_file_size(std::uint64_t size) const noexcept;  // kFileTooBig, Reason::kFileSize
  std::uint64_t bytes_left() const noexcept;
  std::uint64_t inodes_left() const noexcept;
  const Quota& quota() const noexcept { return quota_; }

 private:
  Quota quota_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> inodes_{0};
};

}  // namespace warrant::cap
