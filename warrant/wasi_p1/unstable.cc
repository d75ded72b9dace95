// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "warrant/wasi_p1/lower.h"

namespace warrant::wasi_p1 {

std::uint32_t filestat_size(Snapshot snapshot) noexcept {
  return snapshot == Snapshot::kUnstable ? sizeof(UnstableFileStatRecord) : sizeof(FileStatRecord);
}

Errno put_filestat(Call& call, std::uint32_t address, const cap::FileStat& stat) noexcept {
  const auto fill = [&stat](auto& record) {
    record.device = stat.device;
    record.inode = stat.inode;
    record.filetype = filetype_of(stat.type);
    record.size = stat.size;
    record.accessed = count(stat.accessed);
    record.modified = count(stat.modified);
    record.changed = count(stat.changed);
  };
  if (call.snapshot() == Snapshot::kUnstable) {
    UnstableFileStatRecord record;
    fill(record);
    record.links = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(stat.links, std::numeric_limits<std::uint32_t>::max()));
    return call.put(address, record);
  }
  FileStatRecord record;
  fill(record);
  record.links = stat.links;
  return call.put(address, record);
}

std::uint32_t subscription_size(Snapshot snapshot) noexcept {
  return snapshot == Snapshot::kUnstable ? sizeof(UnstableSubscription) : sizeof(Subscription);
}

Subscription take_subscription(Call& call, std::uint32_t list, std::uint32_t index) noexcept {
  Subscription subscription;
  const std::uint64_t address = list + std::uint64_t{index} * subscription_size(call.snapshot());
  if (call.snapshot() == Snapshot::kPreview1) {
    WARRANT_CHECK(call.memory().load(address, subscription));
    return subscription;
  }
  UnstableSubscription old;
  WARRANT_CHECK(call.memory().load(address, old));
  subscription.userdata = old.userdata;
  subscription.tag = old.tag;
  subscription.id = old.tag == kEventClock ? old.clock : old.fd;
  subscription.timeout = old.timeout;
  subscription.precision = old.precision;
  subscription.flags = old.flags;
  return subscription;
}

Rights known_rights(Snapshot snapshot) noexcept {
  return snapshot == Snapshot::kUnstable ? kKnownRightsUnstable : kKnownRights;
}

Whence whence_of(Snapshot snapshot, std::uint32_t number) noexcept {
  static constexpr std::array kPreview1 = {Whence::kSet, Whence::kCurrent, Whence::kEnd};
  static constexpr std::array kUnstable = {Whence::kCurrent, Whence::kEnd, Whence::kSet};
  if (number > 2) return Whence::kUnknown;
  return snapshot == Snapshot::kUnstable ? kUnstable[number] : kPreview1[number];
}

}  // namespace warrant::wasi_p1
