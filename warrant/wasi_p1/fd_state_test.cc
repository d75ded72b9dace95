// SPDX-License-Identifier: Apache-2.0
// The descriptor table and what descriptors say of themselves: preview1.md 4 and 7.3.
#include <gtest/gtest.h>

#include <set>

#include "tests/support/world.h"

namespace warrant::testing {
namespace {

std::uint32_t opened(World& world, const Guest::Open& how = {}) {
  EXPECT_EQ(world.guest.open("f", how), wasi::kSuccess);
  return world.guest.opened();
}

struct Stat {
  std::uint8_t type;
  std::uint16_t flags;
  std::uint64_t base;
  std::uint64_t inheriting;
};

Stat fdstat(World& world, std::uint32_t fd) {
  EXPECT_EQ(world.guest.call("fd_fdstat_get", fd, 0x40), wasi::kSuccess);
  const FakeMemory& memory = world.guest.memory;
  return {memory.at<std::uint8_t>(0x40), memory.at<std::uint16_t>(0x42),
          memory.at<std::uint64_t>(0x48), memory.at<std::uint64_t>(0x50)};
}

TEST(Numbers, AreTheLowestFreeAboveThePreopens) {
  World world;
  EXPECT_EQ(opened(world), 5U);
  EXPECT_EQ(opened(world), 6U);
  EXPECT_EQ(opened(world), 7U);
  world.guest.call("fd_close", 6);
  world.guest.call("fd_close", 5);
  EXPECT_EQ(opened(world), 5U);
  EXPECT_EQ(opened(world), 6U);
  EXPECT_EQ(opened(world), 8U);
}

TEST(Numbers, StayInOrderOverHundredsOfDescriptors) {
  World world;
  for (std::uint32_t fd = 5; fd < 300; ++fd) ASSERT_EQ(opened(world), fd);
  for (const std::uint32_t fd : {290U, 64U, 128U, 63U}) world.guest.call("fd_close", fd);
  for (const std::uint32_t fd : {63U, 64U, 128U, 290U, 300U}) ASSERT_EQ(opened(world), fd);
}

TEST(Limit, OfOpenFilesIsADenialBeforeAnythingIsOpened) {
  World::Options options;
  options.limits.open_files = 6;
  World world(options);
  opened(world);
  const std::size_t calls = world.dir.calls.size();
  EXPECT_EQ(world.guest.open("g"), wasi::kMFile);
  EXPECT_EQ(world.dir.calls.size(), calls);
  EXPECT_EQ(world.guest.sink.last().reason, cap::Reason::kFdLimit);
  EXPECT_EQ(world.guest.sink.last().path, "/work/g");
  world.guest.call("fd_close", 0);
  EXPECT_EQ(world.guest.open("g"), wasi::kSuccess);
}

TEST(Close, FreesStdioAndPreopensToo) {
  World world;
  for (std::uint32_t fd = 0; fd < 5; ++fd) {
    EXPECT_EQ(world.guest.call("fd_close", fd), wasi::kSuccess);
    EXPECT_EQ(world.guest.call("fd_close", fd), wasi::kBadF);
  }
  EXPECT_EQ(world.guest.sink.denials(), 0U);
}

TEST(NotOpen, IsBadfForEveryFunctionThatTakesADescriptor) {
  World world;
  const std::set<std::string_view> without = {
      "args_get",    "args_sizes_get",    "clock_res_get", "clock_time_get",
      "environ_get", "environ_sizes_get", "poll_oneoff",   "proc_exit",
      "proc_raise",  "random_get",        "sched_yield",   "path_symlink"};
  for (const wasm::HostFunction& function : wasi_p1::functions()) {
    if (without.contains(function.name)) continue;
    for (const std::uint64_t fd : {99ULL, 0xFFFF'FFFFULL, 0x7FFF'FFFFULL}) {
      std::vector<std::uint64_t> args(function.params.size(), 0);
      args[0] = fd;
      if (function.name == "sock_shutdown") args[1] = 1;
      EXPECT_EQ(world.guest.run(function, args), wasi::kBadF) << function.name;
    }
  }
  world.guest.path("l");
  EXPECT_EQ(world.guest.call("path_symlink", Guest::kPath, 1, 99, Guest::kPath, 1), wasi::kBadF);
}

TEST(Renumber, MovesTheEntryAndClosesWhatWasThere) {
  World world;
  world.dir.file.data = "abcdef";
  const std::uint32_t a = opened(world);
  const std::uint32_t b = opened(world);
  std::string text;
  world.guest.read(a, 2, text);
  ASSERT_EQ(world.guest.call("fd_renumber", a, b), wasi::kSuccess);
  EXPECT_EQ(world.guest.call("fd_close", a), wasi::kBadF);
  ASSERT_EQ(world.guest.read(b, 2, text), wasi::kSuccess);
  EXPECT_EQ(text, "cd");
}

TEST(Renumber, OntoItselfClosesNothing) {
  World world;
  EXPECT_EQ(world.guest.call("fd_renumber", 3, 3), wasi::kSuccess);
  EXPECT_EQ(world.guest.call("fd_prestat_get", 3, 0x40), wasi::kSuccess);
}

TEST(Renumber, NeedsBothOpen) {
  World world;
  for (const std::uint32_t no : {5U, 99U, 0xFFFF'FFFFU}) {
    EXPECT_EQ(world.guest.call("fd_renumber", 3, no), wasi::kBadF);
    EXPECT_EQ(world.guest.call("fd_renumber", no, 3), wasi::kBadF);
  }
  EXPECT_EQ(world.guest.call("fd_prestat_get", 3, 0x40), wasi::kSuccess);
}

TEST(Renumber, AFileOntoAPreopenIsNoPreopen) {
  World world;
  const std::uint32_t fd = opened(world);
  ASSERT_EQ(world.guest.call("fd_renumber", fd, 3), wasi::kSuccess);
  EXPECT_EQ(world.guest.call("fd_prestat_get", 3, 0x40), wasi::kBadF);
  EXPECT_EQ(fdstat(world, 3).type, 4);
}

TEST(Renumber, APreopenKeepsItsNameWhereverItGoes) {
  World world;
  ASSERT_EQ(world.guest.call("fd_renumber", 4, 0), wasi::kSuccess);
  ASSERT_EQ(world.guest.call("fd_prestat_get", 0, 0x40), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.at<std::uint32_t>(0x44), 6U);
  EXPECT_EQ(world.guest.call("fd_prestat_get", 4, 0x40), wasi::kBadF);
  ASSERT_EQ(world.guest.call("fd_renumber", 1, 3), wasi::kSuccess);
  EXPECT_EQ(world.guest.write(3, "x"), wasi::kSuccess);
  EXPECT_EQ(world.out.script.output, "x");
}

TEST(Renumber, TenThousandTimesLeaksNothing) {
  World world;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint32_t a = opened(world);
    const std::uint32_t b = opened(world);
    ASSERT_EQ(world.guest.call("fd_renumber", b, a), wasi::kSuccess);
    ASSERT_EQ(world.guest.call("fd_close", a), wasi::kSuccess);
    ASSERT_EQ(a, 5U);
  }
}

TEST(FdStat, OfPreopensShowsTheFullSetWhateverTheGrant) {
  World::Options options;
  options.access = cap::Access::kRead;
  World world(options);
  for (const std::uint32_t fd : {3U, 4U}) {
    const Stat stat = fdstat(world, fd);
    EXPECT_EQ(stat.type, 3);
    EXPECT_EQ(stat.base, 0x07BFFE19U);
    EXPECT_EQ(stat.inheriting, 0x0FFFFFFFU);
  }
}

TEST(FdStat, ShowsFlagsAsGivenAndRightsCutToTheKind) {
  World world;
  Guest::Open how;
  how.base = Guest::kAllRights;
  how.inheriting = Guest::kAllRights;
  how.flags = 0x1F;
  const Stat file = fdstat(world, opened(world, how));
  EXPECT_EQ(file.type, 4);
  EXPECT_EQ(file.flags, 0x1F);
  EXPECT_EQ(file.base, 0x08E001FFU);
  EXPECT_EQ(file.inheriting, 0U);
  world.dir.opens_directory = true;
  how.base = Guest::kAllRights & ~wasi::kRightFdWrite;
  const Stat directory = fdstat(world, opened(world, how));
  EXPECT_EQ(directory.type, 3);
  EXPECT_EQ(directory.base, 0x07BFFE19U);
  EXPECT_EQ(directory.inheriting, 0x0FFFFFFFU);
}

TEST(FdStat, IsWrittenWholeWithZeroPadding) {
  World world;
  world.guest.call("fd_fdstat_get", 3, 0x40);
  EXPECT_EQ(world.guest.memory.at<std::uint8_t>(0x41), 0);
  EXPECT_EQ(world.guest.memory.at<std::uint32_t>(0x44), 0U);
  EXPECT_EQ(world.guest.memory.at<std::uint8_t>(0x40 + 24), 0xAA);
}

TEST(SetFlags, WithoutTheRightIsNotcapableAndChangesNothing) {
  World world;
  const std::uint32_t fd = opened(world);
  EXPECT_EQ(world.guest.call("fd_fdstat_set_flags", fd, 0x1F), wasi::kNotCapable);
  EXPECT_EQ(fdstat(world, fd).flags, 0U);
}

TEST(SetFlags, FollowsItsTable) {
  World world;
  Guest::Open how;
  how.base = Guest::kWriteRights;
  const std::uint32_t fd = opened(world, how);
  for (const std::uint32_t flags : {0x1FU, 0x04U, 0x00U, 0x11U}) {
    EXPECT_EQ(world.guest.call("fd_fdstat_set_flags", fd, flags), wasi::kSuccess);
    EXPECT_EQ(fdstat(world, fd).flags, flags);
  }
  EXPECT_EQ(world.guest.call("fd_fdstat_set_flags", fd, 0x20), wasi::kInval);
  EXPECT_EQ(world.guest.call("fd_fdstat_set_flags", fd, 0x1'0000), wasi::kInval);
  for (const std::uint32_t flag : {wasi::kAppend, wasi::kDsync, wasi::kRsync, wasi::kSync}) {
    EXPECT_EQ(world.guest.call("fd_fdstat_set_flags", 3, flag), wasi::kInval) << flag;
  }
  EXPECT_EQ(world.guest.call("fd_fdstat_set_flags", 3, wasi::kNonblock), wasi::kSuccess);
  for (const std::uint32_t flag : {wasi::kDsync, wasi::kRsync, wasi::kSync}) {
    EXPECT_EQ(world.guest.call("fd_fdstat_set_flags", 1, flag), wasi::kInval) << flag;
  }
  EXPECT_EQ(fdstat(world, fd).flags, 0x11U);
}

TEST(SetRights, OnlyEverRemoves) {
  World world;
  const std::uint32_t fd = opened(world);
  const std::uint64_t less = wasi::kRightFdRead;
  EXPECT_EQ(world.guest.call("fd_fdstat_set_rights", fd, Guest::kReadRights, 0), wasi::kSuccess);
  EXPECT_EQ(world.guest.call("fd_fdstat_set_rights", fd, less, 0), wasi::kSuccess);
  EXPECT_EQ(fdstat(world, fd).base, less);
  EXPECT_EQ(world.guest.call("fd_fdstat_set_rights", fd, less | wasi::kRightFdSeek, 0),
            wasi::kNotCapable);
  EXPECT_EQ(world.guest.call("fd_fdstat_set_rights", fd, less, 1), wasi::kNotCapable);
  EXPECT_EQ(world.guest.call("fd_fdstat_set_rights", fd, 1ULL << 30, 0), wasi::kInval);
  EXPECT_EQ(world.guest.call("fd_fdstat_set_rights", fd, less, 1ULL << 63), wasi::kInval);
  EXPECT_EQ(fdstat(world, fd).base, less);
  EXPECT_EQ(world.guest.sink.denials(), 0U);
}

TEST(SetRights, DroppedOnADirectoryAreGoneForWhatIsOpenedThere) {
  World world;
  ASSERT_EQ(world.guest.call("fd_fdstat_set_rights", 3, 0x07BFFE19, wasi::kRightFdRead),
            wasi::kSuccess);
  Guest::Open how;
  how.base = Guest::kReadRights;
  EXPECT_EQ(fdstat(world, opened(world, how)).base, wasi::kRightFdRead);
  how.base = wasi::kRightFdWrite;
  EXPECT_EQ(world.guest.open("f", how), wasi::kNotCapable);
  ASSERT_EQ(world.guest.call("fd_fdstat_set_rights", 3, 0, 0), wasi::kSuccess);
  EXPECT_EQ(world.guest.open("f"), wasi::kNotCapable);
  EXPECT_EQ(world.guest.sink.denials(), 0U);
}

TEST(FileStat, IsWrittenAtItsOffsets) {
  World world;
  world.dir.file.data = "1234567";
  const std::uint32_t fd = opened(world);
  ASSERT_EQ(world.guest.call("fd_filestat_get", fd, 0x40), wasi::kSuccess);
  const FakeMemory& memory = world.guest.memory;
  EXPECT_EQ(memory.at<std::uint64_t>(0x40), 1U);
  EXPECT_EQ(memory.at<std::uint64_t>(0x48), 42U);
  EXPECT_EQ(memory.at<std::uint64_t>(0x50), 4U);  // type and zero padding
  EXPECT_EQ(memory.at<std::uint64_t>(0x58), 0x1'0000'0002U);
  EXPECT_EQ(memory.at<std::uint64_t>(0x60), 7U);
  EXPECT_EQ(memory.at<std::uint64_t>(0x68), 1001U);
  EXPECT_EQ(memory.at<std::uint64_t>(0x70), 1002U);
  EXPECT_EQ(memory.at<std::uint64_t>(0x78), 1003U);
  EXPECT_EQ(memory.at<std::uint8_t>(0x80), 0xAA);
}

TEST(FileStat, OfAPipeIsItsTypeAndZeros) {
  World world;
  ASSERT_EQ(world.guest.call("fd_filestat_get", 0, 0x40), wasi::kSuccess);
  for (std::uint32_t at = 0x40; at < 0x80; at += 8) {
    EXPECT_EQ(world.guest.memory.at<std::uint64_t>(at), 0U);
  }
}

TEST(SetTimes, ByDescriptorPassesEachTimeAsAsked) {
  World world;
  Guest::Open how;
  how.base = Guest::kWriteRights;
  const std::uint32_t fd = opened(world, how);
  ASSERT_EQ(world.guest.call("fd_filestat_set_times", fd, 11, 22, 1 | 8), wasi::kSuccess);
  EXPECT_EQ(world.dir.file.times->accessed.kind, cap::SetTime::Kind::kValue);
  EXPECT_EQ(world.dir.file.times->accessed.value, Nanoseconds{11});
  EXPECT_EQ(world.dir.file.times->modified.kind, cap::SetTime::Kind::kNow);
  ASSERT_EQ(world.guest.call("fd_filestat_set_times", fd, 11, 22, 2 | 4), wasi::kSuccess);
  EXPECT_EQ(world.dir.file.times->accessed.kind, cap::SetTime::Kind::kNow);
  EXPECT_EQ(world.dir.file.times->modified.value, Nanoseconds{22});
  ASSERT_EQ(world.guest.call("fd_filestat_set_times", fd, 11, 22, 0), wasi::kSuccess);
  EXPECT_EQ(world.dir.file.times->modified.kind, cap::SetTime::Kind::kKeep);
  ASSERT_EQ(world.guest.call("fd_filestat_set_times", 3, 1, 2, 5), wasi::kSuccess);
  EXPECT_EQ(world.dir.calls.back(), "set_times_self");
  EXPECT_EQ(world.guest.sink.last().operation, "fd_filestat_set_times");
}

TEST(SetTimes, BothNowAndAValueIsInvalidAndChangesNothing) {
  World world;
  Guest::Open how;
  how.base = Guest::kWriteRights;
  const std::uint32_t fd = opened(world, how);
  for (const std::uint32_t flags : {3U, 12U, 15U, 16U, 0x1'0000U}) {
    EXPECT_EQ(world.guest.call("fd_filestat_set_times", fd, 1, 2, flags), wasi::kInval) << flags;
    world.guest.path("f");
    EXPECT_EQ(world.guest.call("path_filestat_set_times", 3, 0, Guest::kPath, 1, 1, 2, flags),
              wasi::kInval);
  }
  EXPECT_FALSE(world.dir.file.times.has_value());
}

}  // namespace
}  // namespace warrant::testing
