// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers of preview1 as tests expect them: typed from preview1.md section 3, not from the code.
#include <cstdint>

namespace warrant::testing::wasi {

inline constexpr std::uint32_t kSuccess = 0;
inline constexpr std::uint32_t kAgain = 6;
inline constexpr std::uint32_t kBadF = 8;
inline constexpr std::uint32_t kDQuot = 19;
inline constexpr std::uint32_t kExist = 20;
inline constexpr std::uint32_t kFBig = 22;
inline constexpr std::uint32_t kIlSeq = 25;
inline constexpr std::uint32_t kIntr = 27;
inline constexpr std::uint32_t kInval = 28;
inline constexpr std::uint32_t kIo = 29;
inline constexpr std::uint32_t kIsDir = 31;
inline constexpr std::uint32_t kLoop = 32;
inline constexpr std::uint32_t kMFile = 33;
inline constexpr std::uint32_t kNameTooLong = 37;
inline constexpr std::uint32_t kNoEnt = 44;
inline constexpr std::uint32_t kNoMem = 48;
inline constexpr std::uint32_t kNoSys = 52;
inline constexpr std::uint32_t kNotConn = 53;
inline constexpr std::uint32_t kNotDir = 54;
inline constexpr std::uint32_t kNotEmpty = 55;
inline constexpr std::uint32_t kNotSock = 57;
inline constexpr std::uint32_t kNotSup = 58;
inline constexpr std::uint32_t kOverflow = 61;
inline constexpr std::uint32_t kPerm = 63;
inline constexpr std::uint32_t kPipe = 64;
inline constexpr std::uint32_t kSPipe = 70;
inline constexpr std::uint32_t kXDev = 75;
inline constexpr std::uint32_t kNotCapable = 76;

inline constexpr std::uint64_t kRightFdDatasync = 1ULL << 0;
inline constexpr std::uint64_t kRightFdRead = 1ULL << 1;
inline constexpr std::uint64_t kRightFdSeek = 1ULL << 2;
inline constexpr std::uint64_t kRightFdTell = 1ULL << 5;
inline constexpr std::uint64_t kRightFdWrite = 1ULL << 6;
inline constexpr std::uint64_t kRightFdAllocate = 1ULL << 8;
inline constexpr std::uint64_t kRightPathOpen = 1ULL << 13;
inline constexpr std::uint64_t kRightFdReaddir = 1ULL << 14;
inline constexpr std::uint64_t kRightSetSize = 1ULL << 22;
inline constexpr std::uint64_t kRightPoll = 1ULL << 27;

inline constexpr std::uint32_t kCreat = 1;
inline constexpr std::uint32_t kDirectory = 2;
inline constexpr std::uint32_t kExcl = 4;
inline constexpr std::uint32_t kTrunc = 8;
inline constexpr std::uint32_t kAppend = 1;
inline constexpr std::uint32_t kDsync = 2;
inline constexpr std::uint32_t kNonblock = 4;
inline constexpr std::uint32_t kRsync = 8;
inline constexpr std::uint32_t kSync = 16;
inline constexpr std::uint32_t kFollow = 1;

}  // namespace warrant::testing::wasi
