// SPDX-License-Identifier: Apache-2.0
#pragma once
// The records that cross between guest memory and host, and the numbers in them.
//
// Each struct is the bytes of its record, padding written out, so that a value that was initialised
// with {} leaks nothing. Used only as copies: no struct ever lies in guest memory.
// Spec: preview1.md sections 3 and 9.
#include <cstddef>
#include <cstdint>

namespace warrant::wasi_p1 {

// Which of the two core module names a call came through.
enum class Snapshot : std::uint8_t { kPreview1, kUnstable };

struct Iovec {
  std::uint32_t address = 0;
  std::uint32_t length = 0;
};
static_assert(sizeof(Iovec) == 8);

struct FdStat {
  std::uint8_t filetype = 0;
  std::uint8_t pad0 = 0;
  std::uint16_t flags = 0;
  std::uint32_t pad1 = 0;
  std::uint64_t base = 0;
  std::uint64_t inheriting = 0;
};
static_assert(sizeof(FdStat) == 24 && offsetof(FdStat, flags) == 2 && offsetof(FdStat, base) == 8 &&
              offsetof(FdStat, inheriting) == 16);

struct FileStatRecord {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint8_t filetype = 0;
  std::uint8_t pad[7] = {};
  std::uint64_t links = 0;
  std::uint64_t size = 0;
  std::uint64_t accessed = 0;
  std::uint64_t modified = 0;
  std::uint64_t changed = 0;
};
static_assert(sizeof(FileStatRecord) == 64 && offsetof(FileStatRecord, filetype) == 16 &&
              offsetof(FileStatRecord, links) == 24 && offsetof(FileStatRecord, size) == 32 &&
              offsetof(FileStatRecord, changed) == 56);

struct UnstableFileStatRecord {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint8_t filetype = 0;
  std::uint8_t pad[3] = {};
  std::uint32_t links = 0;
  std::uint64_t size = 0;
  std::uint64_t accessed = 0;
  std::uint64_t modified = 0;
  std::uint64_t changed = 0;
};
static_assert(sizeof(UnstableFileStatRecord) == 56 &&
              offsetof(UnstableFileStatRecord, links) == 20 &&
              offsetof(UnstableFileStatRecord, size) == 24 &&
              offsetof(UnstableFileStatRecord, changed) == 48);

struct Dirent {
  std::uint64_t next = 0;
  std::uint64_t inode = 0;
  std::uint32_t name_length = 0;
  std::uint8_t type = 0;
  std::uint8_t pad[3] = {};
};
static_assert(sizeof(Dirent) == 24 && offsetof(Dirent, name_length) == 16 &&
              offsetof(Dirent, type) == 20);

struct Prestat {
  std::uint8_t tag = 0;
  std::uint8_t pad[3] = {};
  std::uint32_t name_length = 0;
};
static_assert(sizeof(Prestat) == 8 && offsetof(Prestat, name_length) == 4);

struct PollEvent {
  std::uint64_t userdata = 0;
  std::uint16_t error = 0;
  std::uint8_t type = 0;
  std::uint8_t pad0[5] = {};
  std::uint64_t bytes = 0;
  std::uint16_t flags = 0;
  std::uint8_t pad1[6] = {};
};
static_assert(sizeof(PollEvent) == 32 && offsetof(PollEvent, error) == 8 &&
              offsetof(PollEvent, type) == 10 && offsetof(PollEvent, bytes) == 16 &&
              offsetof(PollEvent, flags) == 24);

// A subscription: of a clock, or (tags 1 and 2) of the descriptor whose number stands in `id`.
struct Subscription {
  std::uint64_t userdata = 0;
  std::uint8_t tag = 0;
  std::uint8_t pad0[7] = {};
  std::uint32_t id = 0;
  std::uint32_t pad1 = 0;
  std::uint64_t timeout = 0;
  std::uint64_t precision = 0;
  std::uint16_t flags = 0;
  std::uint8_t pad2[6] = {};
};
static_assert(sizeof(Subscription) == 48 && offsetof(Subscription, tag) == 8 &&
              offsetof(Subscription, id) == 16 && offsetof(Subscription, timeout) == 24 &&
              offsetof(Subscription, precision) == 32 && offsetof(Subscription, flags) == 40);

struct UnstableSubscription {
  std::uint64_t userdata = 0;
  std::uint8_t tag = 0;
  std::uint8_t pad0[7] = {};
  std::uint32_t fd = 0;  // of a clock: half of an identifier that means nothing
  std::uint32_t pad1 = 0;
  std::uint32_t clock = 0;
  std::uint32_t pad2 = 0;
  std::uint64_t timeout = 0;
  std::uint64_t precision = 0;
  std::uint16_t flags = 0;
  std::uint8_t pad3[6] = {};
};
static_assert(sizeof(UnstableSubscription) == 56 && offsetof(UnstableSubscription, fd) == 16 &&
              offsetof(UnstableSubscription, clock) == 24 &&
              offsetof(UnstableSubscription, timeout) == 32 &&
              offsetof(UnstableSubscription, flags) == 48);

// Flags and enums: the bits that exist, or the first number that does not.
inline constexpr std::uint32_t kFlagAppend = 1;
inline constexpr std::uint32_t kFlagDsync = 2;
inline constexpr std::uint32_t kFlagNonblock = 4;
inline constexpr std::uint32_t kFlagRsync = 8;
inline constexpr std::uint32_t kFlagSync = 16;
inline constexpr std::uint32_t kFlagSyncFamily = kFlagDsync | kFlagRsync | kFlagSync;
inline constexpr std::uint32_t kFlagBits = 31;
inline constexpr std::uint32_t kOpenCreate = 1;
inline constexpr std::uint32_t kOpenDirectory = 2;
inline constexpr std::uint32_t kOpenExclusive = 4;
inline constexpr std::uint32_t kOpenTruncate = 8;
inline constexpr std::uint32_t kOpenFlags = 15;
inline constexpr std::uint32_t kLookupFollow = 1;
inline constexpr std::uint32_t kTimeAccessed = 1;
inline constexpr std::uint32_t kTimeAccessedNow = 2;
inline constexpr std::uint32_t kTimeModified = 4;
inline constexpr std::uint32_t kTimeModifiedNow = 8;
inline constexpr std::uint32_t kTimeFlags = 15;
inline constexpr std::uint32_t kClockIds = 4;
inline constexpr std::uint32_t kAdvices = 6;
inline constexpr std::uint32_t kSignals = 31;
inline constexpr std::uint8_t kEventClock = 0;
inline constexpr std::uint8_t kEventRead = 1;
inline constexpr std::uint8_t kEventWrite = 2;
inline constexpr std::uint16_t kEventHangup = 1;
inline constexpr std::uint32_t kClockAbsolute = 1;

inline constexpr std::uint64_t kMaxOffset = 0x7FFFFFFFFFFFFFFFULL;

}  // namespace warrant::wasi_p1
