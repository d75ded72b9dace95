// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values that files, directories and streams share. Times are nanoseconds since 1970 on the wall
// clock, clamped to what fits; sizes and offsets are bytes.
#include <cstdint>
#include <optional>

#include "warrant/base/time.h"

namespace warrant::cap {

enum class FileType : std::uint8_t {
  kUnknown,  // FIFOs too
  kBlockDevice,
  kCharacterDevice,
  kDirectory,
  kRegularFile,
  kSocketDatagram,
  kSocketStream,
  kSymbolicLink,
};

enum class FileOffset : std::uint64_t {};

// Which grant of the warrant an object came from: its index; kNoGrant for the console and our own.
enum class GrantIndex : std::int32_t {};
inline constexpr GrantIndex kNoGrant{-1};

struct FileStat {
  std::uint64_t device =
      0;  // a small number, equal for objects of one host device; never the host's
  std::uint64_t inode = 0;
  FileType type = FileType::kUnknown;
  std::uint64_t links = 0;
  std::uint64_t size = 0;
  Nanoseconds accessed{0};
  Nanoseconds modified{0};
  Nanoseconds changed{0};
};

// What to do with one of a file's times.
struct SetTime {
  enum class Kind : std::uint8_t { kKeep, kNow, kValue } kind = Kind::kKeep;
  Nanoseconds value{0};  // with kValue
};
struct SetTimes {
  SetTime accessed;
  SetTime modified;
};

enum class Symlinks : std::uint8_t { kNoFollow, kFollow };

enum class Advice : std::uint8_t { kNormal, kSequential, kRandom, kWillNeed, kDontNeed, kNoReuse };

// How durable one write is before it returns.
enum class WriteSync : std::uint8_t { kNone, kData, kFile };

enum class Blocking : std::uint8_t { kWait, kNever };

}  // namespace warrant::cap
