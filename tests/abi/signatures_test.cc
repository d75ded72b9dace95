// SPDX-License-Identifier: Apache-2.0
// Names, signatures, layouts and numbers of preview1, typed from preview1.md sections 3, 7 and 9
// and held against the code.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "warrant/wasi_p1/abi.h"
#include "warrant/wasi_p1/errno_word.h"
#include "warrant/wasi_p1/functions.h"
#include "warrant/wasi_p1/rights.h"

namespace warrant::wasi_p1 {
namespace {

// i: i32, I: i64.
const std::map<std::string_view, std::string_view>& expected() {
  static const std::map<std::string_view, std::string_view> all = {
      {"args_sizes_get", "ii"},
      {"args_get", "ii"},
      {"environ_sizes_get", "ii"},
      {"environ_get", "ii"},
      {"clock_res_get", "ii"},
      {"clock_time_get", "iIi"},
      {"random_get", "ii"},
      {"sched_yield", ""},
      {"proc_exit", "i"},
      {"proc_raise", "i"},
      {"fd_read", "iiii"},
      {"fd_pread", "iiiIi"},
      {"fd_write", "iiii"},
      {"fd_pwrite", "iiiIi"},
      {"fd_seek", "iIii"},
      {"fd_tell", "ii"},
      {"fd_sync", "i"},
      {"fd_datasync", "i"},
      {"fd_advise", "iIIi"},
      {"fd_allocate", "iII"},
      {"fd_filestat_set_size", "iI"},
      {"fd_close", "i"},
      {"fd_renumber", "ii"},
      {"fd_fdstat_get", "ii"},
      {"fd_fdstat_set_flags", "ii"},
      {"fd_fdstat_set_rights", "iII"},
      {"fd_filestat_get", "ii"},
      {"fd_filestat_set_times", "iIIi"},
      {"fd_readdir", "iiiIi"},
      {"fd_prestat_get", "ii"},
      {"fd_prestat_dir_name", "iii"},
      {"path_open", "iiiiiIIii"},
      {"path_filestat_get", "iiiii"},
      {"path_filestat_set_times", "iiiiIIi"},
      {"path_create_directory", "iii"},
      {"path_remove_directory", "iii"},
      {"path_unlink_file", "iii"},
      {"path_rename", "iiiiii"},
      {"path_link", "iiiiiii"},
      {"path_symlink", "iiiii"},
      {"path_readlink", "iiiiii"},
      {"poll_oneoff", "iiii"},
      {"sock_accept", "iii"},
      {"sock_recv", "iiiiii"},
      {"sock_send", "iiiii"},
      {"sock_shutdown", "ii"},
  };
  return all;
}

std::string spell(std::span<const wasm::ValType> types) {
  std::string text;
  for (const wasm::ValType type : types) {
    text += type == wasm::ValType::kI32 ? 'i' : type == wasm::ValType::kI64 ? 'I' : '?';
  }
  return text;
}

TEST(Signatures, AreThoseOfTheSpecificationUnderBothNames) {
  std::map<std::pair<std::string_view, std::string_view>, int> seen;
  for (const wasm::HostFunction& function : functions()) {
    ++seen[{function.module, function.name}];
    const auto found = expected().find(function.name);
    ASSERT_NE(found, expected().end()) << function.name;
    EXPECT_EQ(spell(function.params), found->second) << function.name;
    EXPECT_EQ(spell(function.results), function.name == "proc_exit" ? "" : "i") << function.name;
    EXPECT_EQ(function.slot, wasm::StateSlot::kWasi);
    EXPECT_NE(function.call, nullptr);
  }
  EXPECT_EQ(expected().size(), 46U);
  EXPECT_EQ(seen.size(), 91U);
  for (const auto& [name, signature] : expected()) {
    EXPECT_EQ((seen[{"wasi_snapshot_preview1", name}]), 1) << name;
    EXPECT_EQ((seen[{"wasi_unstable", name}]), name == "sock_accept" ? 0 : 1) << name;
  }
}

TEST(Layouts, AreThoseOfTheSpecification) {
  EXPECT_EQ(sizeof(Iovec), 8U);
  EXPECT_EQ(offsetof(Iovec, length), 4U);
  EXPECT_EQ(sizeof(FdStat), 24U);
  EXPECT_EQ(offsetof(FdStat, flags), 2U);
  EXPECT_EQ(offsetof(FdStat, base), 8U);
  EXPECT_EQ(offsetof(FdStat, inheriting), 16U);
  EXPECT_EQ(sizeof(FileStatRecord), 64U);
  EXPECT_EQ(offsetof(FileStatRecord, inode), 8U);
  EXPECT_EQ(offsetof(FileStatRecord, filetype), 16U);
  EXPECT_EQ(offsetof(FileStatRecord, links), 24U);
  EXPECT_EQ(offsetof(FileStatRecord, size), 32U);
  EXPECT_EQ(offsetof(FileStatRecord, accessed), 40U);
  EXPECT_EQ(offsetof(FileStatRecord, modified), 48U);
  EXPECT_EQ(offsetof(FileStatRecord, changed), 56U);
  EXPECT_EQ(sizeof(Dirent), 24U);
  EXPECT_EQ(offsetof(Dirent, inode), 8U);
  EXPECT_EQ(offsetof(Dirent, name_length), 16U);
  EXPECT_EQ(offsetof(Dirent, type), 20U);
  EXPECT_EQ(sizeof(Prestat), 8U);
  EXPECT_EQ(offsetof(Prestat, name_length), 4U);
  EXPECT_EQ(sizeof(PollEvent), 32U);
  EXPECT_EQ(offsetof(PollEvent, error), 8U);
  EXPECT_EQ(offsetof(PollEvent, type), 10U);
  EXPECT_EQ(offsetof(PollEvent, bytes), 16U);
  EXPECT_EQ(offsetof(PollEvent, flags), 24U);
  EXPECT_EQ(sizeof(Subscription), 48U);
  EXPECT_EQ(offsetof(Subscription, tag), 8U);
  EXPECT_EQ(offsetof(Subscription, id), 16U);
  EXPECT_EQ(offsetof(Subscription, timeout), 24U);
  EXPECT_EQ(offsetof(Subscription, precision), 32U);
  EXPECT_EQ(offsetof(Subscription, flags), 40U);
}

TEST(Layouts, OfUnstableAreThoseOfTheSpecification) {
  EXPECT_EQ(sizeof(UnstableFileStatRecord), 56U);
  EXPECT_EQ(offsetof(UnstableFileStatRecord, filetype), 16U);
  EXPECT_EQ(offsetof(UnstableFileStatRecord, links), 20U);
  EXPECT_EQ(offsetof(UnstableFileStatRecord, size), 24U);
  EXPECT_EQ(offsetof(UnstableFileStatRecord, accessed), 32U);
  EXPECT_EQ(offsetof(UnstableFileStatRecord, modified), 40U);
  EXPECT_EQ(offsetof(UnstableFileStatRecord, changed), 48U);
  EXPECT_EQ(sizeof(UnstableSubscription), 56U);
  EXPECT_EQ(offsetof(UnstableSubscription, fd), 16U);
  EXPECT_EQ(offsetof(UnstableSubscription, clock), 24U);
  EXPECT_EQ(offsetof(UnstableSubscription, timeout), 32U);
  EXPECT_EQ(offsetof(UnstableSubscription, precision), 40U);
  EXPECT_EQ(offsetof(UnstableSubscription, flags), 48U);
}

constexpr std::string_view kErrnoLine =
    "0 success 1 2big 2 acces 3 addrinuse 4 addrnotavail 5 afnosupport 6 again 7 already 8 badf "
    "9 badmsg 10 busy 11 canceled 12 child 13 connaborted 14 connrefused 15 connreset 16 deadlk "
    "17 destaddrreq 18 dom 19 dquot 20 exist 21 fault 22 fbig 23 hostunreach 24 idrm 25 ilseq "
    "26 inprogress 27 intr 28 inval 29 io 30 isconn 31 isdir 32 loop 33 mfile 34 mlink 35 msgsize "
    "36 multihop 37 nametoolong 38 netdown 39 netreset 40 netunreach 41 nfile 42 nobufs 43 nodev "
    "44 noent 45 noexec 46 nolck 47 nolink 48 nomem 49 nomsg 50 noprotoopt 51 nospc 52 nosys "
    "53 notconn 54 notdir 55 notempty 56 notrecoverable 57 notsock 58 notsup 59 notty 60 nxio "
    "61 overflow 62 ownerdead 63 perm 64 pipe 65 proto 66 protonosupport 67 prototype 68 range "
    "69 rofs 70 spipe 71 srch 72 stale 73 timedout 74 txtbsy 75 xdev 76 notcapable ";

TEST(Numbers, OfErrnosAreThoseOfTheSpecification) {
  std::string spelled;
  for (std::uint16_t number = 0; number < 77; ++number) {
    spelled += std::to_string(number) + " " + std::string(word(Errno{number})) + " ";
  }
  EXPECT_EQ(spelled, kErrnoLine);
  EXPECT_EQ(word(Errno{77}), "unknown");
}

struct Mapped {
  Errc code;
  std::uint32_t number;
};

TEST(Numbers, OfOurErrorsAreTheErrnosOfTheirNames) {
  const Mapped all[] = {
      {Errc::kAccess, 2},
      {Errc::kAddressInUse, 3},
      {Errc::kAddressNotAvailable, 4},
      {Errc::kAgain, 6},
      {Errc::kBadHandle, 8},
      {Errc::kBusy, 10},
      {Errc::kConnectionAborted, 13},
      {Errc::kConnectionRefused, 14},
      {Errc::kConnectionReset, 15},
      {Errc::kQuota, 19},
      {Errc::kExists, 20},
      {Errc::kFileTooBig, 22},
      {Errc::kHostUnreachable, 23},
      {Errc::kIllegalBytes, 25},
      {Errc::kInterrupted, 27},
      {Errc::kInvalid, 28},
      {Errc::kIo, 29},
      {Errc::kIsDir, 31},
      {Errc::kLoop, 32},
      {Errc::kTooManyFiles, 33},
      {Errc::kTooManyLinks, 34},
      {Errc::kMessageSize, 35},
      {Errc::kNameTooLong, 37},
      {Errc::kNetworkDown, 38},
      {Errc::kNetworkUnreachable, 40},
      {Errc::kTooManyFilesSystem, 41},
      {Errc::kNoDevice, 43},
      {Errc::kNoEntry, 44},
      {Errc::kNoMemory, 48},
      {Errc::kNoSpace, 51},
      {Errc::kNoSuchCall, 52},
      {Errc::kNotConnected, 53},
      {Errc::kNotDir, 54},
      {Errc::kNotEmpty, 55},
      {Errc::kNotSocket, 57},
      {Errc::kNotSupported, 58},
      {Errc::kOverflow, 61},
      {Errc::kNotPermitted, 63},
      {Errc::kPipe, 64},
      {Errc::kReadOnlyFileSystem, 69},
      {Errc::kSeekPipe, 70},
      {Errc::kStale, 72},
      {Errc::kTimedOut, 73},
      {Errc::kTextBusy, 74},
      {Errc::kCrossDevice, 75},
      {Errc::kNotCapable, 76},
  };
  for (const auto& [code, number] : all) {
    EXPECT_EQ(static_cast<std::uint32_t>(errno_of(code)), number);
  }
}

std::uint64_t bits_of(std::initializer_list<int> numbers) {
  std::uint64_t all = 0;
  for (const int number : numbers) all |= 1ULL << number;
  return all;
}

// preview1.md 4.2, the tables by bit number.
TEST(Rights, OfEachKindAreThoseOfTheSpecification) {
  EXPECT_EQ(bits(kDirectoryBase),
            bits_of({0, 3, 4, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26}));
  EXPECT_EQ(bits(kDirectoryInheriting), (1ULL << 28) - 1);
  EXPECT_EQ(bits(kFileBase), bits_of({0, 1, 2, 3, 4, 5, 6, 7, 8, 21, 22, 23, 27}));
  EXPECT_EQ(bits(kListenerBase), bits_of({1, 3, 21, 27, 28, 29}));
  EXPECT_EQ(bits(kSocketBase), bits_of({1, 3, 6, 21, 27, 28}));
  EXPECT_EQ(bits(kStdinBase), bits_of({1, 3, 21, 27}));
  EXPECT_EQ(bits(kStdoutBase), bits_of({0, 3, 4, 6, 21, 27}));
  EXPECT_EQ(bits(kSeekableStdinBase), bits_of({1, 2, 3, 5, 21, 27}));
  EXPECT_EQ(bits(kSeekableStdoutBase), bits_of({0, 2, 3, 4, 5, 6, 21, 27}));
  const std::uint64_t read = bits_of({0, 3, 4, 13, 1, 2, 5, 7, 14, 15, 18, 21, 27});
  const std::uint64_t more = bits_of({6, 8, 9, 10, 11, 12, 16, 17, 19, 20, 22, 23, 24, 25, 26});
  EXPECT_EQ(bits(grant_of(cap::Access::kRead)), read);
  EXPECT_EQ(bits(grant_of(cap::Access::kWrite)), read | more);
  EXPECT_EQ(bits(grant_of(cap::Access::kOverlay)), read | more);
}

}  // namespace
}  // namespace warrant::wasi_p1
