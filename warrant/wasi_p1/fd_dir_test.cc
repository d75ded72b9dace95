// SPDX-License-Identifier: Apache-2.0
// Listings and preopens: preview1.md 7.3.
#include <gtest/gtest.h>

#include "tests/support/world.h"

namespace warrant::testing {
namespace {

constexpr std::uint32_t kBuf = 0x2003;  // records in a listing are unaligned

struct Listed {
  std::string name;
  std::uint64_t next;
  std::uint64_t inode;
  std::uint8_t type;
};

std::vector<Listed> parse(const FakeMemory& memory, std::uint32_t used) {
  std::vector<Listed> all;
  std::uint32_t at = 0;
  while (at + 24 <= used) {
    const auto length = memory.at<std::uint32_t>(kBuf + at + 16);
    if (at + 24 + length > used) break;
    all.push_back({memory.text(kBuf + at + 24, length), memory.at<std::uint64_t>(kBuf + at),
                   memory.at<std::uint64_t>(kBuf + at + 8),
                   memory.at<std::uint8_t>(kBuf + at + 20)});
    EXPECT_EQ(memory.at<std::uint32_t>(kBuf + at + 20) >> 8, 0U);  // padding
    at += 24 + length;
  }
  return all;
}

class Readdir : public ::testing::Test {
 protected:
  Readdir() {
    world_.dir.items = {{".", cap::FileType::kDirectory},
                        {"..", cap::FileType::kDirectory},
                        {"file", cap::FileType::kRegularFile},
                        {"\xFF\xFE", cap::FileType::kSymbolicLink},
                        {"fifo", cap::FileType::kUnknown}};
  }
  std::uint32_t list(std::uint32_t size, std::uint64_t cookie) {
    EXPECT_EQ(world_.guest.call("fd_readdir", 3, kBuf, size, cookie, 0x10), wasi::kSuccess);
    return world_.guest.memory.at<std::uint32_t>(0x10);
  }
  World world_;
};

TEST_F(Readdir, DeliversAllEntriesWithRawNames) {
  const std::uint32_t used = list(4096, 0);
  EXPECT_EQ(used, 5 * 24U + 1 + 2 + 4 + 2 + 4);
  const auto all = parse(world_.guest.memory, used);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[0].name, ".");
  EXPECT_EQ(all[3].name, "\xFF\xFE");
  EXPECT_EQ(all[2].type, 4);
  EXPECT_EQ(all[3].type, 7);
  EXPECT_EQ(all[4].type, 0);
  EXPECT_EQ(all[2].inode, 102U);
  EXPECT_EQ(all[2].next, 3U);
}

TEST_F(Readdir, GoesOnAtACookieAndEndsBeyondTheLast) {
  const auto rest = parse(world_.guest.memory, list(4096, 3));
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[0].name, "\xFF\xFE");
  EXPECT_EQ(list(4096, 5), 0U);
  EXPECT_EQ(list(4096, ~0ULL), 0U);
}

TEST_F(Readdir, FillsToTheBrimCutAnywhereAndSaysSoBySize) {
  const std::uint32_t whole = list(4096, 0);
  const std::string expected = world_.guest.memory.text(kBuf, whole);
  for (std::uint32_t size = 0; size <= whole + 2; ++size) {
    for (std::uint32_t i = 0; i < whole + 8; ++i) {
      world_.guest.memory.set(kBuf + i, std::uint8_t{0xAA});
    }
    const std::uint32_t used = list(size, 0);
    ASSERT_EQ(used, std::min(size, whole)) << size;
    ASSERT_EQ(world_.guest.memory.text(kBuf, used), expected.substr(0, used)) << size;
    ASSERT_EQ(world_.guest.memory.at<std::uint8_t>(kBuf + size), 0xAA) << size;
  }
}

TEST_F(Readdir, WithSmallBuffersVisitsEachEntryOnce) {
  for (const std::uint32_t size : {28U, 29U, 50U, 60U}) {
    std::vector<std::string> names;
    std::uint64_t cookie = 0;
    while (true) {
      const std::uint32_t used = list(size, cookie);
      const auto part = parse(world_.guest.memory, used);
      for (const Listed& entry : part) names.push_back(entry.name);
      if (used < size) break;
      ASSERT_FALSE(part.empty());
      cookie = part.back().next;
    }
    EXPECT_EQ(names, (std::vector<std::string>{".", "..", "file", "\xFF\xFE", "fifo"})) << size;
  }
}

TEST_F(Readdir, AsksTheDirectoryForNoMoreThanFits) {
  list(24 + 1 + 10, 0);
  EXPECT_EQ(world_.dir.delivered, 2U);
}

TEST_F(Readdir, OfAFileOrAStreamIsNotdir) {
  ASSERT_EQ(world_.guest.open("f"), wasi::kSuccess);
  for (const std::uint32_t fd : {0U, world_.guest.opened()}) {
    EXPECT_EQ(world_.guest.call("fd_readdir", fd, kBuf, 100, 0, 0x10), wasi::kNotDir);
  }
}

TEST_F(Readdir, WithoutTheRightIsNotcapable) {
  world_.guest.call("fd_fdstat_set_rights", 3, 0x07BFFE19 & ~wasi::kRightFdReaddir, 0);
  EXPECT_EQ(world_.guest.call("fd_readdir", 3, kBuf, 100, 0, 0x10), wasi::kNotCapable);
}

TEST_F(Readdir, ErrorChangesNoByte) {
  world_.dir.error = Error{Errc::kIo, 0, "list"};
  EXPECT_EQ(world_.guest.call("fd_readdir", 3, kBuf, 100, 0, 0x10), wasi::kIo);
  EXPECT_EQ(world_.guest.memory.at<std::uint32_t>(0x10), 0xAAAA'AAAAU);
  EXPECT_EQ(world_.guest.memory.at<std::uint32_t>(kBuf), 0xAAAA'AAAAU);
}

TEST(Prestat, GivesTagLengthAndName) {
  World world;
  ASSERT_EQ(world.guest.call("fd_prestat_get", 3, 0x40), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.at<std::uint32_t>(0x40), 0U);
  EXPECT_EQ(world.guest.memory.at<std::uint32_t>(0x44), 5U);
  ASSERT_EQ(world.guest.call("fd_prestat_dir_name", 3, 0x60, 5), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.text(0x60, 5), "/work");
  EXPECT_EQ(world.guest.memory.at<std::uint8_t>(0x65), 0xAA);  // no NUL
  EXPECT_EQ(world.guest.call("fd_prestat_dir_name", 3, 0x60, 100), wasi::kSuccess);
}

TEST(Prestat, NameIntoAShortBufferIsNametoolong) {
  World world;
  EXPECT_EQ(world.guest.call("fd_prestat_dir_name", 3, 0x60, 4), wasi::kNameTooLong);
  EXPECT_EQ(world.guest.call("fd_prestat_dir_name", 3, 0x60, 0), wasi::kNameTooLong);
  EXPECT_EQ(world.guest.memory.at<std::uint8_t>(0x60), 0xAA);
}

TEST(Prestat, OfAnythingElseIsBadf) {
  World::Options options;
  options.connected = 1;
  World world(options);
  world.dir.opens_directory = true;
  ASSERT_EQ(world.guest.open("d"), wasi::kSuccess);
  for (const std::uint32_t fd : {0U, 1U, 2U, 5U, world.guest.opened(), 99U}) {
    EXPECT_EQ(world.guest.call("fd_prestat_get", fd, 0x40), wasi::kBadF) << fd;
    EXPECT_EQ(world.guest.call("fd_prestat_dir_name", fd, 0x60, 100), wasi::kBadF) << fd;
  }
  EXPECT_EQ(world.guest.sink.denials(), 0U);
}

}  // namespace
}  // namespace warrant::testing
