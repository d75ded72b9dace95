// SPDX-License-Identifier: Apache-2.0
#pragma once
// One directory's listing: an own description, one 32 KiB block of entries, cookies of the kernel.
//
// Going on after a delivered entry, or from the one that was refused, costs nothing while it lies
// in the block; a jump costs one lseek. Entries removed since the block was read may still appear.
// Spec: filesystem.md section 11.
#include <array>
#include <cstddef>

#include "warrant/cap/directory.h"
#include "warrant/os/fd.h"
#include "warrant/os/recycled.h"

namespace warrant::os {

class Listing : public Recycled<Listing> {
 public:
  explicit Listing(OwnedFd fd) noexcept : fd_(std::move(fd)) {}
  BorrowedFd fd() const noexcept { return fd_.borrow(); }
  // `parent_inode`: what ".." shows, 0 for the host's answer.
  Status list(cap::DirCookie from, cap::EntrySink& sink, std::uint64_t parent_inode);

 private:
  struct Raw;
  bool is_buffered(std::uint64_t from) noexcept;
  Status refill();
  cap::Entry entry_at(std::size_t place, std::uint64_t parent_inode, std::size_t& next) const;

  OwnedFd fd_;
  std::size_t place_ = 0;
  std::size_t end_ = 0;
  std::uint64_t first_cookie_ = 0;  // where the block begins
  std::uint64_t cookie_ = 0;        // where place_ stands
  alignas(8) std::array<std::byte, 32U << 10> block_;
};

}  // namespace warrant::os
