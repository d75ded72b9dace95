// SPDX-License-Identifier: Apache-2.0
#pragma once
// What may be done through a descriptor: one bit for each kind of call.
//
// Rights can be compared and cut down, never joined: what a descriptor has comes from its grant or
// from the descriptor that it was opened through. Spec: preview1.md sections 3 and 4.2.
#include <cstdint>

#include "warrant/cap/directory_options.h"

namespace warrant::wasi_p1 {

enum class Rights : std::uint64_t {
  kNone = 0,
  kFdDatasync = 1ULL << 0,
  kFdRead = 1ULL << 1,
  kFdSeek = 1ULL << 2,
  kFdFdstatSetFlags = 1ULL << 3,
  kFdSync = 1ULL << 4,
  kFdTell = 1ULL << 5,
  kFdWrite = 1ULL << 6,
  kFdAdvise = 1ULL << 7,
  kFdAllocate = 1ULL << 8,
  kPathCreateDirectory = 1ULL << 9,
  kPathCreateFile = 1ULL << 10,
  kPathLinkSource = 1ULL << 11,
  kPathLinkTarget = 1ULL << 12,
  kPathOpen = 1ULL << 13,
  kFdReaddir = 1ULL << 14,
  kPathReadlink = 1ULL << 15,
  kPathRenameSource = 1ULL << 16,
  kPathRenameTarget = 1ULL << 17,
  kPathFilestatGet = 1ULL << 18,
  kPathFilestatSetSize = 1ULL << 19,
  kPathFilestatSetTimes = 1ULL << 20,
  kFdFilestatGet = 1ULL << 21,
  kFdFilestatSetSize = 1ULL << 22,
  kFdFilestatSetTimes = 1ULL << 23,
  kPathSymlink = 1ULL << 24,
  kPathRemoveDirectory = 1ULL << 25,
  kPathUnlinkFile = 1ULL << 26,
  kPollFdReadwrite = 1ULL << 27,
  kSockShutdown = 1ULL << 28,
  kSockAccept = 1ULL << 29,
};

constexpr std::uint64_t bits(Rights rights) noexcept { return static_cast<std::uint64_t>(rights); }
constexpr Rights intersect(Rights a, Rights b) noexcept { return Rights{bits(a) & bits(b)}; }
constexpr bool covers(Rights have, Rights wanted) noexcept {
  return (bits(wanted) & ~bits(have)) == 0;
}

// Bits that exist: 0-29, in wasi_unstable 0-28.
inline constexpr Rights kKnownRights{0x3FFFFFFF};
inline constexpr Rights kKnownRightsUnstable{0x1FFFFFFF};

// What a new descriptor shows, by kind (4.2).
inline constexpr Rights kDirectoryBase{0x07BFFE19};
inline constexpr Rights kDirectoryInheriting{0x0FFFFFFF};
inline constexpr Rights kFileBase{0x08E001FF};
inline constexpr Rights kListenerBase{0x3820000A};
inline constexpr Rights kSocketBase{0x1820004A};
inline constexpr Rights kStdinBase{0x0820000A};
inline constexpr Rights kStdoutBase{0x08200059};
inline constexpr Rights kSeekableStdinBase{0x0820002E};
inline constexpr Rights kSeekableStdoutBase{0x0820007D};

// What the warrant covers, which never shows. The direction of a console stream is a property of
// the object, not of the warrant: reading stdout is BADF and no denial.
inline constexpr Rights kReadGrant{0x0824E0BF};
inline constexpr Rights kWriteGrant{0x0FFFFFFF};
inline constexpr Rights kSocketGrant{0x3820004A};
inline constexpr Rights kConsoleGrant{0x0820007F};
// Rights that only a grant that may write has; lacking one is the denial read_only.
inline constexpr Rights kWriteClass{bits(kWriteGrant) & ~bits(kReadGrant)};

constexpr Rights grant_of(cap::Access access) noexcept {
  return access == cap::Access::kRead ? kReadGrant : kWriteGrant;
}

}  // namespace warrant::wasi_p1
