// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values of `cap` as the records of the guest, and back, in the shape of the call's snapshot.
// Spec: preview1.md sections 3, 7.3 and 9.
#include <cstdint>

#include "warrant/cap/file_types.h"
#include "warrant/wasi_p1/call.h"

namespace warrant::wasi_p1 {

constexpr std::uint8_t filetype_of(cap::FileType type) noexcept {
  switch (type) {
    case cap::FileType::kUnknown:
      return 0;
    case cap::FileType::kBlockDevice:
      return 1;
    case cap::FileType::kCharacterDevice:
      return 2;
    case cap::FileType::kDirectory:
      return 3;
    case cap::FileType::kRegularFile:
      return 4;
    case cap::FileType::kSocketDatagram:
      return 5;
    case cap::FileType::kSocketStream:
      return 6;
    case cap::FileType::kSymbolicLink:
      return 7;
  }
  return 0;
}

// unstable.cc: what differs between the two snapshots.
std::uint32_t filestat_size(Snapshot snapshot) noexcept;
Errno put_filestat(Call& call, std::uint32_t address, const cap::FileStat& stat) noexcept;
std::uint32_t subscription_size(Snapshot snapshot) noexcept;
// Record `index` of a placed list.
Subscription take_subscription(Call& call, std::uint32_t list, std::uint32_t index) noexcept;
Rights known_rights(Snapshot snapshot) noexcept;
enum class Whence : std::uint8_t { kSet, kCurrent, kEnd, kUnknown };
Whence whence_of(Snapshot snapshot, std::uint32_t number) noexcept;

// Times from their flags; false when a flag is unknown or a time is to be both now and a value.
bool lift_times(std::uint64_t accessed, std::uint64_t modified, std::uint32_t flags,
                cap::SetTimes& times) noexcept;

}  // namespace warrant::wasi_p1
