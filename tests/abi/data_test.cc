// SPDX-License-Identifier: Apache-2.0
// Corner rows of preview1.md 7.2 and 7.3 on real files.
#include "tests/abi/files_fixture.h"

namespace warrant::testing {
namespace {

class Data : public Files {
 protected:
  std::uint32_t writable(std::string_view path, std::uint32_t flags = 0) {
    EXPECT_EQ(open(path, {.open = wasi::kCreat, .base = Guest::kWriteRights, .flags = flags}),
              wasi::kSuccess);
    return opened();
  }
  std::uint64_t size_of(std::uint32_t fd) {
    EXPECT_EQ(guest_.call("fd_filestat_get", fd, kStat), wasi::kSuccess);
    return size();
  }
};

TEST_P(Data, ReadAndPreadAtTheEndAreZero) {
  const std::uint32_t fd = writable("file");
  std::string text;
  ASSERT_EQ(guest_.read(fd, 100, text), wasi::kSuccess);
  EXPECT_EQ(text, "0123456789");
  ASSERT_EQ(guest_.read(fd, 100, text), wasi::kSuccess);
  EXPECT_EQ(text, "");
  ASSERT_EQ(guest_.call("fd_pread", fd, Guest::kList, 1, 1000, 0x100), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint32_t>(0x100), 0U);
}

TEST_P(Data, AllVectorsArePartOfOneTransfer) {
  const std::uint32_t fd = writable("file");
  guest_.list({{0x6000, 1}, {0x6100, 0}, {0x6200, 3}, {0x6300, 2}});
  ASSERT_EQ(guest_.call("fd_read", fd, Guest::kList, 4, 0x100), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint32_t>(0x100), 6U);
  EXPECT_EQ(guest_.memory.text(0x6200, 3), "123");
  ASSERT_EQ(guest_.call("fd_write", fd, Guest::kList, 4, 0x100), wasi::kSuccess);
  EXPECT_EQ(content("file"), "012345012345");
}

TEST_P(Data, PwriteOfNothingBeyondTheEndDoesNotGrow) {
  const std::uint32_t fd = writable("file");
  guest_.list({{0x6000, 0}});
  ASSERT_EQ(guest_.call("fd_pwrite", fd, Guest::kList, 1, 500, 0x100), wasi::kSuccess);
  EXPECT_EQ(size_of(fd), 10U);
}

TEST_P(Data, AppendGoesToTheEndAndThePositionFollows) {
  const std::uint32_t fd = writable("file", wasi::kAppend);
  ASSERT_EQ(guest_.write(fd, "ab"), wasi::kSuccess);
  ASSERT_EQ(guest_.call("fd_tell", fd, 0x100), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(0x100), 12U);
  EXPECT_EQ(content("file"), "0123456789ab");
}

TEST_P(Data, PwriteInAppendModeGoesToItsOffset) {
  const std::uint32_t fd = writable("file", wasi::kAppend);
  guest_.memory.set_text(0x6000, "xy");
  guest_.list({{0x6000, 2}});
  ASSERT_EQ(guest_.call("fd_pwrite", fd, Guest::kList, 1, 2, 0x100), wasi::kSuccess);
  EXPECT_EQ(content("file"), "01xy456789");
}

TEST_P(Data, ClearedAppendOverwrites) {
  const std::uint32_t fd = writable("file", wasi::kAppend);
  ASSERT_EQ(guest_.call("fd_fdstat_set_flags", fd, 0), wasi::kSuccess);
  ASSERT_EQ(guest_.write(fd, "x"), wasi::kSuccess);
  EXPECT_EQ(content("file"), "x123456789");
}

TEST_P(Data, SyncFlagsAndSyncWork) {
  const std::uint32_t fd = writable("file", wasi::kSync | wasi::kDsync | wasi::kRsync);
  ASSERT_EQ(guest_.write(fd, "x"), wasi::kSuccess);
  std::string text;
  ASSERT_EQ(guest_.read(fd, 2, text), wasi::kSuccess);
  EXPECT_EQ(text, "12");
  EXPECT_EQ(guest_.call("fd_sync", fd), wasi::kSuccess);
  EXPECT_EQ(guest_.call("fd_datasync", fd), wasi::kSuccess);
  EXPECT_EQ(guest_.call("fd_sync", 3), wasi::kSuccess);
  EXPECT_EQ(guest_.call("fd_datasync", 5), wasi::kSuccess);
}

TEST_P(Data, SeekBeyondTheEndThenWriteLeavesZeros) {
  const std::uint32_t fd = writable("file");
  ASSERT_EQ(guest_.call("fd_seek", fd, 2, 2, 0x100), wasi::kSuccess);
  ASSERT_EQ(guest_.write(fd, "x"), wasi::kSuccess);
  EXPECT_EQ(content("file"), std::string("0123456789\0\0x", 13));
}

TEST_P(Data, AllocateGrowsAndNeverShrinks) {
  const std::uint32_t fd = writable("new");
  ASSERT_EQ(guest_.call("fd_filestat_set_size", fd, 100), wasi::kSuccess);
  const std::uint32_t code = guest_.call("fd_allocate", fd, 10, 10);
  if (code == wasi::kNotSup) GTEST_SKIP() << "this file system cannot allocate";
  ASSERT_EQ(code, wasi::kSuccess);
  EXPECT_EQ(size_of(fd), 100U);
  ASSERT_EQ(guest_.call("fd_allocate", fd, 90, 20), wasi::kSuccess);
  EXPECT_EQ(size_of(fd), 110U);
}

TEST_P(Data, AdviseChangesNothing) {
  const std::uint32_t fd = writable("file");
  for (std::uint32_t advice = 0; advice < 6; ++advice) {
    EXPECT_EQ(guest_.call("fd_advise", fd, 0, 0, advice), wasi::kSuccess);
  }
  EXPECT_EQ(content("file"), "0123456789");
}

TEST_P(Data, SetSizeBeyondTheQuotaIsDeniedBeforeAnything) {
  const std::uint32_t fd = writable("file");
  EXPECT_EQ(guest_.call("fd_filestat_set_size", fd, (1ULL << 62)), wasi::kFBig);
  EXPECT_EQ(guest_.sink.last().decision, audit::Decision::kDeny);
  EXPECT_EQ(guest_.sink.last().reason, cap::Reason::kFileSize);
  EXPECT_EQ(size_of(fd), 10U);
}

TEST_P(Data, TimesBySetTimesComeBackExactly) {
  const std::uint32_t fd = writable("file");
  ASSERT_EQ(guest_.call("fd_filestat_set_times", fd, 1'000'000'001, 2'000'000'002, 5),
            wasi::kSuccess);
  ASSERT_EQ(guest_.call("fd_filestat_get", fd, kStat), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(kStat + 40), 1'000'000'001U);
  EXPECT_EQ(modified(), 2'000'000'002U);
}

TEST_P(Data, IdentityIsTheSameForTwoOpensAndForTheListing) {
  const std::uint32_t a = writable("file");
  const std::uint32_t b = writable("file");
  ASSERT_EQ(guest_.call("fd_filestat_get", a, kStat), wasi::kSuccess);
  const std::uint64_t number = inode();
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(kStat), 1U);
  ASSERT_EQ(guest_.call("fd_filestat_get", b, kStat), wasi::kSuccess);
  EXPECT_EQ(inode(), number);
  ASSERT_EQ(stat("file"), wasi::kSuccess);
  EXPECT_EQ(inode(), number);
}

TEST_P(Data, AFileThatIsRemovedWhileOpenGoesOn) {
  const std::uint32_t fd = writable("file");
  ASSERT_EQ(unlink("file"), wasi::kSuccess);
  std::string text;
  ASSERT_EQ(guest_.read(fd, 4, text), wasi::kSuccess);
  EXPECT_EQ(text, "0123");
  EXPECT_EQ(open("file"), wasi::kNoEnt);
}

class Listing : public Files {
 protected:
  struct Entry {
    std::string name;
    std::uint64_t next;
    std::uint64_t inode;
    std::uint8_t type;
  };
  std::vector<Entry> page(std::uint32_t fd, std::uint32_t size, std::uint64_t cookie, bool& end) {
    std::vector<Entry> all;
    EXPECT_EQ(guest_.call("fd_readdir", fd, 0x8000, size, cookie, 0x100), wasi::kSuccess);
    const auto used = guest_.memory.at<std::uint32_t>(0x100);
    end = used < size;
    for (std::uint32_t at = 0; at + 24 <= used;) {
      const std::uint32_t base = 0x8000 + at;
      const auto length = guest_.memory.at<std::uint32_t>(base + 16);
      if (at + 24 + length > used) break;
      all.push_back({guest_.memory.text(base + 24, length), guest_.memory.at<std::uint64_t>(base),
                     guest_.memory.at<std::uint64_t>(base + 8),
                     guest_.memory.at<std::uint8_t>(base + 20)});
      at += 24 + length;
    }
    return all;
  }
};

TEST_P(Listing, HasDotsTypesAndInodes) {
  bool end = false;
  const auto all = page(3, 0x4000, 0, end);
  EXPECT_TRUE(end);
  EXPECT_EQ(all.size(), 11U);
  ASSERT_EQ(guest_.call("fd_filestat_get", 3, kStat), wasi::kSuccess);
  const std::uint64_t self = inode();
  int dots = 0;
  for (const Entry& entry : all) {
    if (entry.name == "." || entry.name == "..") {
      ++dots;
      EXPECT_EQ(entry.inode, self) << entry.name;
      EXPECT_EQ(entry.type, 3);
    }
    if (entry.name == "link") {
      EXPECT_EQ(entry.type, 7);
    }
    if (entry.name == "file") {
      EXPECT_EQ(entry.type, 4);
    }
  }
  EXPECT_EQ(dots, 2);
}

TEST_P(Listing, InSmallPiecesVisitsEachEntryOnce) {
  std::vector<std::string> names;
  std::uint64_t cookie = 0;
  bool end = false;
  for (int guard = 0; guard < 100 && !end; ++guard) {
    const auto part = page(3, 40, cookie, end);
    for (const Entry& entry : part) names.push_back(entry.name);
    if (!part.empty()) cookie = part.back().next;
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{".", "..", "absolute", "dangling", "dir", "dirlink",
                                             "empty", "file", "link", "loop", "out"}));
}

TEST_P(Listing, CookiesStayGoodAfterRemovals) {
  bool end = false;
  const auto all = page(3, 0x4000, 0, end);
  ASSERT_GT(all.size(), 4U);
  for (const std::string name : {"file", "link"}) ASSERT_EQ(unlink(name), wasi::kSuccess);
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    std::size_t next = i + 1;
    while (next < all.size() && (all[next].name == "file" || all[next].name == "link")) ++next;
    if (next == all.size()) break;
    const auto rest = page(3, 0x4000, all[i].next, end);
    ASSERT_FALSE(rest.empty());
    EXPECT_EQ(rest[0].name, all[next].name);
  }
}

TEST_P(Listing, ACookieBeyondTheEndGivesNothing) {
  bool end = false;
  EXPECT_TRUE(page(3, 0x1000, ~0ULL, end).empty());
  EXPECT_TRUE(end);
}

INSTANTIATE_TEST_SUITE_P(Real, Data,
                         ::testing::Values(Backing::kMemory, Backing::kOpenat2, Backing::kWalk),
                         backing_name);
INSTANTIATE_TEST_SUITE_P(Real, Listing,
                         ::testing::Values(Backing::kMemory, Backing::kOpenat2, Backing::kWalk),
                         backing_name);

}  // namespace
}  // namespace warrant::testing
