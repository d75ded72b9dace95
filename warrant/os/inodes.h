// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run did to the inodes of its grants: which it made, which it linked, how large the ones
// are that it has open for writing.
//
// Growth is claimed here before it happens, so two descriptors of one file cannot hide it from each
// other. What the run charged for an inode comes back when its last name is gone and no descriptor
// of the run is open on it. Safe for several threads. Spec: filesystem.md sections 8 and 13.
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "warrant/base/result.h"
#include "warrant/cap/accounting.h"
#include "warrant/os/recycled.h"

namespace warrant::os {

struct InodeKey {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const InodeKey&, const InodeKey&) = default;
};

class InodeState : public Recycled<InodeState> {
 public:
  std::uint64_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
  // Reserves the growth to `end`, if it is any. `from` becomes what the size was.
  Status claim(std::uint64_t end, std::uint64_t& from, cap::Accounting& accounting) noexcept;
  // The claim to `end` reached `actual` only.
  void settle(std::uint64_t end, std::uint64_t from, std::uint64_t actual,
              cap::Accounting& accounting) noexcept;
  void shrunk(std::uint64_t size, cap::Accounting& accounting) noexcept;

 private:
  friend class Inodes;
  InodeKey key_;
  std::atomic<std::uint64_t> size_{0};
  std::atomic<std::uint64_t> charged_{0};
  std::uint32_t open_ = 0;
  std::uint32_t links_ = 0;
  enum class Origin : std::uint8_t { kFound, kMade } origin_ = Origin::kFound;
  enum class Names : std::uint8_t { kSome, kGone } names_ = Names::kSome;
  enum class Owner : std::uint8_t { kRun, kOthersToo } owner_ = Owner::kRun;  // of its names
  std::shared_ptr<cap::Accounting> accounting_;
  InodeState* next_ = nullptr;
};

enum class OpenFor : std::uint8_t { kReading, kWriting };

class Inodes {
 public:
  Inodes();
  ~Inodes();
  Inodes(const Inodes&) = delete;
  Inodes& operator=(const Inodes&) = delete;

  // One descriptor more. For reading: nullptr when nothing needs to be known about the inode.
  InodeState* open(const InodeKey& key, std::uint64_t size, OpenFor purpose,
                   const std::shared_ptr<cap::Accounting>& accounting);
  void close(InodeState* state) noexcept;

  // The run made this inode (and reserved it), with `bytes` of text charged.
  void made(const InodeKey& key, std::uint64_t bytes,
            const std::shared_ptr<cap::Accounting>& accounting);
  // The run gave it one more name (and reserved that); it had `names` before. One that had names of
  // others then is never taken for the run's own again.
  void linked(const InodeKey& key, std::uint64_t names,
              const std::shared_ptr<cap::Accounting>& accounting);
  // A name of it is gone, one of `names` that it had.
  void name_removed(const InodeKey& key, std::uint64_t names) noexcept;
  bool is_empty() noexcept;
  // All names but one are links that this run made, and none of those was removed by others.
  bool are_links_own(const InodeKey& key, std::uint64_t names) noexcept;

 private:
  static constexpr std::size_t kMaxLinked = 1024;
  // Beyond as many known inodes, the growth of one that the run did not make is not credited later.
  static constexpr std::size_t kMaxRemembered = 4096;
  InodeState*& bucket(const InodeKey& key) noexcept;
  InodeState* find(const InodeKey& key) noexcept;
  InodeState* find_or_add(const InodeKey& key, const std::shared_ptr<cap::Accounting>& accounting);
  void grow_table();
  void forget(InodeState* state) noexcept;
  void give_back(InodeState* state) noexcept;

  std::mutex mutex_;
  std::vector<InodeState*> buckets_;
  std::size_t count_ = 0;
  std::size_t linked_ = 0;
};

}  // namespace warrant::os
