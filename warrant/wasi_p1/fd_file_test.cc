// SPDX-License-Identifier: Apache-2.0
// Data of files and streams: preview1.md 4.2 and 7.2.
#include <gtest/gtest.h>

#include "tests/support/world.h"

namespace warrant::testing {
namespace {

constexpr std::uint64_t kMax = 0x7FFF'FFFF'FFFF'FFFFULL;

// Opens a file with the given rights and flags; its number.
std::uint32_t opened(World& world, std::uint64_t base = Guest::kWriteRights,
                     std::uint32_t flags = 0) {
  Guest::Open how;
  how.base = base;
  how.flags = flags;
  EXPECT_EQ(world.guest.open("f", how), wasi::kSuccess);
  world.guest.sink.events.clear();
  return world.guest.opened();
}

std::uint64_t tell(World& world, std::uint32_t fd) {
  EXPECT_EQ(world.guest.call("fd_tell", fd, 0x80), wasi::kSuccess);
  return world.guest.memory.at<std::uint64_t>(0x80);
}

TEST(Read, TakesAllVectorsInOneCall) {
  World world;
  world.dir.file.data = "abcdefgh";
  const std::uint32_t fd = opened(world);
  world.guest.list({{0x6000, 3}, {0x6100, 0}, {0x6200, 4}});
  ASSERT_EQ(world.guest.call("fd_read", fd, Guest::kList, 3, 0x10), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.at<std::uint32_t>(0x10), 7U);
  EXPECT_EQ(world.guest.memory.text(0x6000, 3) + world.guest.memory.text(0x6200, 4), "abcdefg");
  EXPECT_EQ(world.dir.file.vectors.size(), 1U);
  EXPECT_EQ(tell(world, fd), 7U);
}

TEST(Read, AtTheEndWithoutVectorsAndWithEmptyOnesIsZero) {
  World world;
  const std::uint32_t fd = opened(world);
  world.guest.list({{0x6000, 8}, {0x6000, 0}});
  for (const std::uint32_t count : {0U, 1U, 2U}) {
    world.guest.memory.set(0x10, 99U);
    EXPECT_EQ(world.guest.call("fd_read", fd, Guest::kList, count, 0x10), wasi::kSuccess);
    EXPECT_EQ(world.guest.memory.at<std::uint32_t>(0x10), 0U);
    EXPECT_EQ(world.guest.call("fd_pread", fd, Guest::kList, count, 5, 0x10), wasi::kSuccess);
  }
  world.guest.list({{0xFFFF'FFF0, 0}});
  EXPECT_EQ(world.guest.call("fd_read", fd, Guest::kList, 1, 0x10), wasi::kSuccess);
}

TEST(Read, MoreThan1024VectorsAreInvalid) {
  World world;
  const std::uint32_t fd = opened(world);
  for (std::uint32_t i = 0; i < 1025; ++i) world.guest.memory.set(0x6000 + 8 * i, std::uint64_t{0});
  EXPECT_EQ(world.guest.call("fd_read", fd, 0x6000, 1024, 0x10), wasi::kSuccess);
  EXPECT_EQ(world.guest.call("fd_read", fd, 0x6000, 1025, 0x10), wasi::kInval);
  EXPECT_EQ(world.guest.call("fd_write", fd, 0x6000, 1025, 0x10), wasi::kInval);
}

TEST(Write, OverTheByteLimitIsAShortCount) {
  World::Options options;
  options.limits.vector_bytes = 10;
  World world(options);
  const std::uint32_t fd = opened(world);
  world.guest.list({{0x6000, 6}, {0x6000, 6}, {0x6000, 6}});
  ASSERT_EQ(world.guest.call("fd_write", fd, Guest::kList, 3, 0x10), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.at<std::uint32_t>(0x10), 10U);
  EXPECT_EQ(world.dir.file.data.size(), 10U);
}

TEST(Pread, LeavesThePositionAlone) {
  World world;
  world.dir.file.data = "abcdef";
  const std::uint32_t fd = opened(world);
  world.guest.list({{0x6000, 2}});
  ASSERT_EQ(world.guest.call("fd_pread", fd, Guest::kList, 1, 3, 0x10), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.text(0x6000, 2), "de");
  EXPECT_EQ(tell(world, fd), 0U);
}

TEST(Positional, OffsetsAboveTheLargestAreInvalid) {
  World world;
  const std::uint32_t fd = opened(world);
  world.guest.list({{0x6000, 2}});
  EXPECT_EQ(world.guest.call("fd_pread", fd, Guest::kList, 1, kMax + 1, 0x10), wasi::kInval);
  EXPECT_EQ(world.guest.call("fd_pwrite", fd, Guest::kList, 1, ~0ULL, 0x10), wasi::kInval);
  EXPECT_TRUE(world.dir.file.calls.empty());
}

TEST(Positional, NeedsTheRightToSeek) {
  World world;
  const std::uint32_t fd = opened(world, wasi::kRightFdRead | wasi::kRightFdWrite);
  world.guest.list({{0x6000, 2}});
  EXPECT_EQ(world.guest.call("fd_pread", fd, Guest::kList, 1, 0, 0x10), wasi::kNotCapable);
  EXPECT_EQ(world.guest.call("fd_pwrite", fd, Guest::kList, 1, 0, 0x10), wasi::kNotCapable);
  EXPECT_EQ(world.guest.sink.count(audit::Decision::kError), 2U);
}

TEST(Write, GoesOnAtThePosition) {
  World world;
  const std::uint32_t fd = opened(world);
  EXPECT_EQ(world.guest.write(fd, "hello "), wasi::kSuccess);
  EXPECT_EQ(world.guest.write(fd, "you"), wasi::kSuccess);
  EXPECT_EQ(world.dir.file.data, "hello you");
  EXPECT_EQ(world.dir.file.calls, (std::vector<std::string>{"write_at 0", "write_at 6"}));
}

TEST(Write, AShortCountMovesThePositionByThatMuch) {
  World world;
  world.dir.file.takes = 2;
  const std::uint32_t fd = opened(world);
  EXPECT_EQ(world.guest.write(fd, "hello"), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.at<std::uint32_t>(Guest::kOut), 2U);
  EXPECT_EQ(tell(world, fd), 2U);
}

TEST(Append, WritesAtTheEndAndThePositionFollows) {
  World world;
  world.dir.file.data = "12345";
  const std::uint32_t fd = opened(world, Guest::kWriteRights, wasi::kAppend);
  ASSERT_EQ(world.guest.write(fd, "67"), wasi::kSuccess);
  ASSERT_EQ(world.guest.write(fd, "8"), wasi::kSuccess);
  // The position is asked for only when it is needed.
  EXPECT_EQ(world.dir.file.calls, (std::vector<std::string>{"append", "append"}));
  EXPECT_EQ(tell(world, fd), 8U);
}

TEST(Append, PositionalWritesGoWhereTheySay) {
  World world;
  world.dir.file.data = "12345";
  const std::uint32_t fd = opened(world, Guest::kWriteRights, wasi::kAppend);
  world.guest.memory.set_text(0x6000, "xx");
  world.guest.list({{0x6000, 2}});
  ASSERT_EQ(world.guest.call("fd_pwrite", fd, Guest::kList, 1, 1, 0x10), wasi::kSuccess);
  EXPECT_EQ(world.dir.file.data, "1xx45");
}

TEST(Append, CanBeClearedAndThenOverwrites) {
  World world;
  world.dir.file.data = "12345";
  const std::uint32_t fd = opened(world, Guest::kWriteRights, wasi::kAppend);
  ASSERT_EQ(world.guest.call("fd_fdstat_set_flags", fd, 0), wasi::kSuccess);
  ASSERT_EQ(world.guest.write(fd, "x"), wasi::kSuccess);
  EXPECT_EQ(world.dir.file.data, "x2345");
}

TEST(SyncFlags, GoWithEachWriteAndCanChange) {
  World world;
  const std::uint32_t fd = opened(world, Guest::kWriteRights, wasi::kDsync);
  world.guest.write(fd, "a");
  world.guest.call("fd_fdstat_set_flags", fd, wasi::kSync | wasi::kAppend);
  world.guest.write(fd, "b");
  world.guest.call("fd_fdstat_set_flags", fd, 0);
  world.guest.call("fd_seek", fd, 0, 0, 0x80);
  world.guest.write(fd, "c");
  EXPECT_EQ(world.dir.file.calls,
            (std::vector<std::string>{"write_at 0 data", "append file", "write_at 0"}));
}

TEST(SyncFlags, RsyncSyncsBeforeEachRead) {
  World world;
  const std::uint32_t fd = opened(world, Guest::kWriteRights, wasi::kRsync);
  std::string text;
  ASSERT_EQ(world.guest.read(fd, 4, text), wasi::kSuccess);
  EXPECT_EQ(world.dir.file.calls, (std::vector<std::string>{"sync_data", "read_at 0"}));
}

TEST(Pwrite, LengthZeroBeyondTheEndDoesNotGrow) {
  World world;
  const std::uint32_t fd = opened(world);
  world.guest.list({{0x6000, 0}});
  EXPECT_EQ(world.guest.call("fd_pwrite", fd, Guest::kList, 1, 1000, 0x10), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.at<std::uint32_t>(0x10), 0U);
  EXPECT_TRUE(world.dir.file.calls.empty());
}

TEST(Modes, ReadingAndWritingWithoutThatRightIsBadf) {
  World world;
  const std::uint32_t reader = opened(world, Guest::kReadRights);
  EXPECT_EQ(world.guest.write(reader, "x"), wasi::kBadF);
  const std::uint32_t writer = opened(world, wasi::kRightFdWrite);
  std::string text;
  EXPECT_EQ(world.guest.read(writer, 4, text), wasi::kBadF);
  EXPECT_EQ(world.guest.sink.denials(), 0U);
  EXPECT_TRUE(world.dir.file.calls.empty());
}

TEST(Modes, RightsZeroOpensAndThenReadsAreBadf) {
  World world;
  const std::uint32_t fd = opened(world, 0);
  std::string text;
  EXPECT_EQ(world.guest.read(fd, 4, text), wasi::kBadF);
  EXPECT_FALSE(world.dir.options.read);
  EXPECT_FALSE(world.dir.options.write);
}

TEST(Errors, OfTheFileReachTheGuestAndThePositionStays) {
  World world;
  const std::uint32_t fd = opened(world);
  world.dir.file.error = Error{Errc::kIo, 0, "write"};
  EXPECT_EQ(world.guest.write(fd, "x"), wasi::kIo);
  world.dir.file.error = {};
  EXPECT_EQ(tell(world, fd), 0U);
  EXPECT_TRUE(world.guest.sink.events.empty());
}

TEST(Quotas, AreDenialsWithTheirOwnErrno) {
  World world;
  const std::uint32_t fd = opened(world);
  world.dir.file.error = cap::error_of(Errc::kQuota, cap::Reason::kQuotaBytes, "write");
  EXPECT_EQ(world.guest.write(fd, "x"), wasi::kDQuot);
  world.dir.file.error = cap::error_of(Errc::kFileTooBig, cap::Reason::kFileSize, "write");
  EXPECT_EQ(world.guest.write(fd, "x"), wasi::kFBig);
  ASSERT_EQ(world.guest.sink.denials(), 2U);
  EXPECT_EQ(world.guest.sink.events[0].reason, cap::Reason::kQuotaBytes);
  EXPECT_EQ(world.guest.sink.events[0].path, "/work/f");
  EXPECT_EQ(world.guest.sink.events[1].error, 22);
}

struct SeekCase {
  std::uint64_t start;
  std::int64_t offset;
  std::uint32_t whence;
  std::uint32_t code;
  std::uint64_t position;
};

TEST(Seek, FollowsItsTable) {
  World world;
  world.dir.file.data = "0123456789";
  const std::uint32_t fd = opened(world);
  const SeekCase cases[] = {
      {0, 4, 0, wasi::kSuccess, 4},
      {4, 3, 1, wasi::kSuccess, 7},
      {0, -2, 2, wasi::kSuccess, 8},
      {0, 50, 2, wasi::kSuccess, 60},
      {0, -1, 0, wasi::kInval, 0},
      {3, -4, 1, wasi::kInval, 3},
      {0, -11, 2, wasi::kInval, 0},
      {5, INT64_MAX, 1, wasi::kOverflow, 5},
      {0, INT64_MAX, 0, wasi::kSuccess, kMax},
      {0, INT64_MAX, 2, wasi::kOverflow, 0},
      {0, 0, 3, wasi::kInval, 0},
      {0, 0, 0x100, wasi::kInval, 0},
      {9, INT64_MIN, 1, wasi::kInval, 9},
  };
  for (const SeekCase& one : cases) {
    ASSERT_EQ(world.guest.call("fd_seek", fd, one.start, 0, 0x80), wasi::kSuccess);
    EXPECT_EQ(world.guest.call("fd_seek", fd, one.offset, one.whence, 0x80), one.code)
        << one.offset << " " << one.whence;
    EXPECT_EQ(tell(world, fd), one.position);
  }
}

TEST(Seek, NeedsOneOfTwoRightsOnlyToTell) {
  World world;
  const std::uint32_t teller = opened(world, wasi::kRightFdRead | wasi::kRightFdTell);
  EXPECT_EQ(world.guest.call("fd_seek", teller, 0, 1, 0x80), wasi::kSuccess);
  EXPECT_EQ(world.guest.call("fd_seek", teller, 1, 1, 0x80), wasi::kNotCapable);
  EXPECT_EQ(world.guest.call("fd_seek", teller, 0, 0, 0x80), wasi::kNotCapable);
  const std::uint32_t seeker = opened(world, wasi::kRightFdRead | wasi::kRightFdSeek);
  EXPECT_EQ(world.guest.call("fd_tell", seeker, 0x80), wasi::kSuccess);
  const std::uint32_t neither = opened(world, wasi::kRightFdRead);
  EXPECT_EQ(world.guest.call("fd_tell", neither, 0x80), wasi::kNotCapable);
}

TEST(Directories, RefuseEveryCallOnDataWithIsdir) {
  World world;
  world.guest.list({{0x6000, 2}});
  Guest& guest = world.guest;
  EXPECT_EQ(guest.call("fd_read", 3, Guest::kList, 1, 0x10), wasi::kIsDir);
  EXPECT_EQ(guest.call("fd_pread", 3, Guest::kList, 1, 0, 0x10), wasi::kIsDir);
  EXPECT_EQ(guest.call("fd_write", 3, Guest::kList, 1, 0x10), wasi::kIsDir);
  EXPECT_EQ(guest.call("fd_pwrite", 3, Guest::kList, 1, 0, 0x10), wasi::kIsDir);
  EXPECT_EQ(guest.call("fd_seek", 3, 0, 0, 0x80), wasi::kIsDir);
  EXPECT_EQ(guest.call("fd_tell", 3, 0x80), wasi::kIsDir);
  EXPECT_EQ(guest.call("fd_allocate", 3, 0, 1), wasi::kIsDir);
  EXPECT_EQ(guest.call("fd_filestat_set_size", 3, 1), wasi::kIsDir);
  EXPECT_EQ(guest.call("fd_advise", 3, 0, 1, 0), wasi::kIsDir);
}

TEST(Pipes, HaveNoPosition) {
  World world;
  world.guest.list({{0x6000, 2}});
  Guest& guest = world.guest;
  for (const std::uint32_t fd : {0U, 1U}) {
    EXPECT_EQ(guest.call("fd_pread", fd, Guest::kList, 1, 0, 0x10), wasi::kSPipe);
    EXPECT_EQ(guest.call("fd_pwrite", fd, Guest::kList, 1, 0, 0x10), wasi::kSPipe);
    EXPECT_EQ(guest.call("fd_seek", fd, 0, 0, 0x80), wasi::kSPipe);
    EXPECT_EQ(guest.call("fd_tell", fd, 0x80), wasi::kSPipe);
    EXPECT_EQ(guest.call("fd_advise", fd, 0, 1, 0), wasi::kSPipe);
    EXPECT_EQ(guest.call("fd_allocate", fd, 0, 1), wasi::kSPipe);
    EXPECT_EQ(guest.call("fd_sync", fd), wasi::kInval);
    EXPECT_EQ(guest.call("fd_datasync", fd), wasi::kInval);
  }
  EXPECT_EQ(guest.call("fd_filestat_set_size", 1, 0), wasi::kNotCapable);
  EXPECT_EQ(guest.call("fd_filestat_set_times", 1, 0, 0, 0), wasi::kNotCapable);
}

TEST(Sync, WorksOnReadOnlyFilesAndDirectories) {
  World world;
  const std::uint32_t fd = opened(world, Guest::kReadRights | wasi::kRightFdDatasync | (1ULL << 4));
  EXPECT_EQ(world.guest.call("fd_sync", fd), wasi::kSuccess);
  EXPECT_EQ(world.guest.call("fd_datasync", fd), wasi::kSuccess);
  EXPECT_EQ(world.dir.file.calls, (std::vector<std::string>{"sync", "sync_data"}));
  EXPECT_EQ(world.guest.call("fd_sync", 3), wasi::kSuccess);
  EXPECT_EQ(world.guest.call("fd_datasync", 3), wasi::kSuccess);
  EXPECT_EQ(world.dir.calls.back(), "sync_data");
}

TEST(Advise, FollowsItsTable) {
  World world;
  const std::uint32_t fd = opened(world);
  for (std::uint32_t advice = 0; advice < 6; ++advice) {
    EXPECT_EQ(world.guest.call("fd_advise", fd, 0, 10, advice), wasi::kSuccess);
  }
  EXPECT_EQ(world.guest.call("fd_advise", fd, 0, 10, 6), wasi::kInval);
  EXPECT_EQ(world.guest.call("fd_advise", fd, kMax + 1, 10, 0), wasi::kInval);
  EXPECT_EQ(world.guest.call("fd_advise", fd, 0, kMax + 1, 0), wasi::kInval);
  EXPECT_EQ(world.dir.file.calls.size(), 6U);
}

TEST(Allocate, FollowsItsTable) {
  World world;
  const std::uint32_t fd = opened(world);
  EXPECT_EQ(world.guest.call("fd_allocate", fd, 90, 20), wasi::kSuccess);
  EXPECT_EQ(world.dir.file.calls.back(), "allocate 90 20");
  EXPECT_EQ(world.guest.call("fd_allocate", fd, 0, 0), wasi::kInval);
  EXPECT_EQ(world.guest.call("fd_allocate", fd, kMax, 1), wasi::kFBig);
  EXPECT_EQ(world.guest.call("fd_allocate", fd, 1, ~0ULL), wasi::kFBig);
  EXPECT_EQ(world.guest.call("fd_allocate", fd, ~0ULL, 2), wasi::kFBig);
  world.dir.file.error = Error{Errc::kNotSupported, 0, "allocate"};
  EXPECT_EQ(world.guest.call("fd_allocate", fd, 0, 1), wasi::kNotSup);
}

TEST(SetSize, NeedsAFileOpenForWriting) {
  World world;
  const std::uint32_t fd = opened(world);
  EXPECT_EQ(world.guest.call("fd_filestat_set_size", fd, 7), wasi::kSuccess);
  EXPECT_EQ(world.dir.file.data.size(), 7U);
  EXPECT_EQ(world.guest.call("fd_filestat_set_size", fd, kMax + 1), wasi::kFBig);
  const std::uint32_t reader =
      opened(world, Guest::kReadRights | wasi::kRightSetSize | wasi::kRightFdAllocate);
  EXPECT_EQ(world.guest.call("fd_filestat_set_size", reader, 1), wasi::kBadF);
  EXPECT_EQ(world.guest.call("fd_allocate", reader, 0, 1), wasi::kBadF);
  const std::uint32_t lesser = opened(world, wasi::kRightFdWrite);
  EXPECT_EQ(world.guest.call("fd_filestat_set_size", lesser, 1), wasi::kNotCapable);
  EXPECT_EQ(world.dir.file.data.size(), 7U);
}

TEST(ReadGrant, DeniesEveryChangeThroughAnOpenFile) {
  World::Options options;
  options.access = cap::Access::kRead;
  World world(options);
  const std::uint32_t fd = opened(world, Guest::kAllRights & ~wasi::kRightFdWrite);
  world.guest.list({{0x6000, 2}});
  Guest& guest = world.guest;
  EXPECT_EQ(guest.call("fd_write", fd, Guest::kList, 1, 0x10), wasi::kNotCapable);
  EXPECT_EQ(guest.call("fd_pwrite", fd, Guest::kList, 1, 0, 0x10), wasi::kNotCapable);
  EXPECT_EQ(guest.call("fd_allocate", fd, 0, 9), wasi::kNotCapable);
  EXPECT_EQ(guest.call("fd_filestat_set_size", fd, 9), wasi::kNotCapable);
  EXPECT_EQ(guest.call("fd_filestat_set_times", fd, 0, 0, 1), wasi::kNotCapable);
  ASSERT_EQ(guest.sink.denials(), 5U);
  for (const KeptEvent& event : guest.sink.events) {
    EXPECT_EQ(event.reason, cap::Reason::kReadOnly) << event.operation;
    EXPECT_EQ(event.path, "/work/f");
    EXPECT_EQ(event.grant, cap::GrantIndex{0});
  }
  EXPECT_TRUE(world.dir.file.calls.empty());
}

TEST(Totals, AreRecordedAtClose) {
  World world;
  world.dir.file.data = "abc";
  const std::uint32_t fd = opened(world);
  std::string text;
  world.guest.read(fd, 2, text);
  world.guest.write(fd, "12345");
  EXPECT_TRUE(world.guest.sink.events.empty());
  ASSERT_EQ(world.guest.call("fd_close", fd), wasi::kSuccess);
  ASSERT_EQ(world.guest.sink.events.size(), 2U);
  EXPECT_EQ(world.guest.sink.events[0].operation, "fd_read");
  EXPECT_EQ(world.guest.sink.events[0].bytes, 2U);
  EXPECT_EQ(world.guest.sink.events[1].operation, "fd_write");
  EXPECT_EQ(world.guest.sink.events[1].bytes, 5U);
  EXPECT_EQ(world.guest.sink.events[1].path, "/work/f");
}

TEST(Totals, OfOpenFilesAreRecordedAtTheEndOfTheRun) {
  World world;
  const std::uint32_t fd = opened(world);
  world.guest.write(fd, "12345");
  world.guest.context->finish();
  ASSERT_EQ(world.guest.sink.events.size(), 1U);
  EXPECT_EQ(world.guest.sink.last().bytes, 5U);
  EXPECT_EQ(world.guest.context->usage().bytes_written, 5U);
  world.guest.context->finish();
  EXPECT_EQ(world.guest.sink.events.size(), 1U);
}

}  // namespace
}  // namespace warrant::testing
