// SPDX-License-Identifier: Apache-2.0
#pragma once
// Directories that give less than the one they stand on: read-only, a subtree, fewer bytes, or only
// until taken back.
//
// Each owns what it narrows and hands out only Directories and Files narrowed the same way;
// wrapping twice narrows twice. None ever widens. Rename and link work between two Directories that
// were narrowed by the same call; others answer kCrossDevice. One thread, except Revoker::revoke.
// Spec: filesystem.md sections 1, 8, 13 and row 45 of section 14.
#include <atomic>
#include <memory>

#include "warrant/cap/accounting.h"
#include "warrant/cap/directory.h"

namespace warrant::cap {

// Every write-class call is denied with kReadOnly before it reaches the inner Directory.
std::unique_ptr<Directory> read_only(std::unique_ptr<Directory> inner);

// The directory at `path` as a root of its own: nothing above it can be named any more.
Result<std::unique_ptr<Directory>> subtree(Directory& of, GuestPath path);

// Growth is counted by `budget` as well as by the grant: what fits only one of them is refused. A
// file's growth is judged by its size before the call; links and removals credit nothing.
std::unique_ptr<Directory> with_quota(std::unique_ptr<Directory> inner,
                                      std::shared_ptr<Accounting> budget);

// Takes back what was handed out: after revoke() every call on the Directory and on everything
// opened through it answers kBadHandle with Reason::kRevoked. From any thread; a call in progress
// ends as it would have.
class Revoker {
 public:
  Revoker() : revoked_(std::make_shared<std::atomic<bool>>(false)) {}
  void revoke() noexcept { revoked_->store(true, std::memory_order_relaxed); }
  std::unique_ptr<Directory> wrap(std::unique_ptr<Directory> inner) const;

 private:
  std::shared_ptr<std::atomic<bool>> revoked_;
};

}  // namespace warrant::cap
