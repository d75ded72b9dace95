// SPDX-License-Identifier: Apache-2.0
// Files: reads, writes, sizes, times. Expectations: preview1.md sections 7.2 and 7.3, filesystem.md
// sections 6, 11, 12 and rows 38 and 49 of section 14.
#include <gtest/gtest.h>

#include <array>

#include "tests/contract/world.h"

namespace warrant::contract {
namespace {

using enum cap::Symlinks;

template <typename Backing>
class FileOf : public testing::Test {
 protected:
  std::unique_ptr<cap::File> make(std::string_view content) {
    EXPECT_EQ(guest.write("f", content), "ok");
    return guest.file("f", writing(kFollow));
  }
  std::unique_ptr<World> world = Backing::kMake(writable());
  Guest guest{world->root()};
};
using Backings = testing::Types<MemFs, OsOpenat2, OsWalk, Revocable, Budget>;
TYPED_TEST_SUITE(FileOf, Backings, Names);

constexpr std::uint64_t kMax = INT64_MAX;

TYPED_TEST(FileOf, AllBuffersOfACallAreUsed) {
  const auto file = this->make("");
  std::array<std::byte, 3> a{};
  std::array<std::byte, 0> none{};
  std::array<std::byte, 5> b{};
  a.fill(std::byte{'a'});
  b.fill(std::byte{'b'});
  const std::array<Buffer, 3> from = {Buffer::host(a), Buffer::host(none), Buffer::host(b)};
  EXPECT_EQ(*file->write_at(from, cap::FileOffset{2}, cap::WriteSync::kData), 8U);
  EXPECT_EQ(read_at(*file, 0, 100), std::string("\0\0aaabbbbb", 10));
  std::array<std::byte, 4> c{};
  std::array<std::byte, 9> d{};
  const std::array<Buffer, 2> to = {Buffer::host(c), Buffer::host(d)};
  EXPECT_EQ(*file->read_at(to, cap::FileOffset{3}), 7U);
  EXPECT_EQ(c[1], std::byte{'a'});
  EXPECT_EQ(d[2], std::byte{'b'});
  EXPECT_EQ(d[3], std::byte{0});
}

TYPED_TEST(FileOf, MoreThan1024BuffersAreInvalid) {
  const auto file = this->make("x");
  std::array<std::byte, 1> byte{};
  const std::vector<Buffer> many(1025, Buffer::host(byte));
  EXPECT_EQ(said(file->read_at(many, cap::FileOffset{0})), "INVAL");
  EXPECT_EQ(said(file->write_at(many, cap::FileOffset{0}, cap::WriteSync::kNone)), "INVAL");
  EXPECT_EQ(said(file->append(many, cap::WriteSync::kNone)), "INVAL");
  EXPECT_EQ(this->guest.read("f"), "x");
}

TYPED_TEST(FileOf, NothingToReadIsZeroAndSuccess) {
  const auto file = this->make("abc");
  EXPECT_EQ(read_at(*file, 3, 10), "");
  EXPECT_EQ(read_at(*file, 1000, 10), "");
  EXPECT_EQ(read_at(*file, 0, 0), "");
  EXPECT_EQ(*file->read_at({}, cap::FileOffset{0}), 0U);
}

TYPED_TEST(FileOf, OffsetsAbove63BitsAreInvalid) {
  const auto file = this->make("abc");
  EXPECT_EQ(read_at(*file, kMax + 1, 1), "INVAL");
  EXPECT_EQ(write_at(*file, kMax + 1, "x"), "INVAL");
}

TYPED_TEST(FileOf, AnEmptyWriteBeyondTheEndGrowsNothing) {
  const auto file = this->make("abc");
  EXPECT_EQ(write_at(*file, 100, ""), "ok");
  EXPECT_EQ(file->stat()->size, 3U);
}

TYPED_TEST(FileOf, AHoleReadsAsZero) {
  const auto file = this->make("abc");
  EXPECT_EQ(write_at(*file, 10'000, "x"), "ok");
  EXPECT_EQ(read_at(*file, 2, 3), std::string("c\0\0", 3));
  EXPECT_EQ(read_at(*file, 9'999, 5), std::string("\0x", 2));
}

TYPED_TEST(FileOf, WhatWasCutOffReadsAsZeroAfterGrowing) {
  const auto file = this->make("abcdef");
  ASSERT_TRUE(file->set_size(2));
  ASSERT_TRUE(file->set_size(6));
  EXPECT_EQ(read_at(*file, 0, 10), std::string("ab\0\0\0\0", 6));
}

TYPED_TEST(FileOf, AppendGoesToTheEndWhereverItIs) {
  const auto one = this->make("abc");
  const auto other = this->guest.file("f", writing(kFollow));
  EXPECT_EQ(append(*one, "1"), "ok");
  EXPECT_EQ(append(*other, "2"), "ok");
  EXPECT_EQ(write_at(*one, 0, "X"), "ok");
  EXPECT_EQ(append(*one, "3"), "ok");
  EXPECT_EQ(this->guest.read("f"), "Xbc123");
}

TYPED_TEST(FileOf, OpenForReadingIsDeniedEveryWriteAndKeepsItsContent) {
  this->make("abc");
  const auto file = this->guest.file("f", reading(kFollow));
  EXPECT_EQ(write_at(*file, 0, "x"), "NOTCAPABLE read_only");
  EXPECT_EQ(append(*file, "x"), "NOTCAPABLE read_only");
  EXPECT_EQ(said(file->set_size(0)), "NOTCAPABLE read_only");
  EXPECT_EQ(said(file->allocate(0, 10)), "NOTCAPABLE read_only");
  EXPECT_EQ(this->guest.read("f"), "abc");
}

TYPED_TEST(FileOf, OpenForWritingOnlyDoesNotRead) {
  this->make("abc");
  cap::OpenOptions options = writing(kFollow);
  options.read = false;
  const auto file = this->guest.file("f", options);
  EXPECT_EQ(read_at(*file, 0, 3), "BADF");
  EXPECT_EQ(write_at(*file, 0, "x"), "ok");
}

TYPED_TEST(FileOf, OpenForNothingStillOpensAndTruncates) {
  this->make("abc");
  cap::OpenOptions options;
  const auto file = this->guest.file("f", options);
  EXPECT_EQ(read_at(*file, 0, 3), "BADF");
  EXPECT_EQ(file->stat()->size, 3U);
  options.truncate = true;
  this->guest.file("f", options);
  EXPECT_EQ(file->stat()->size, 0U);
}

TYPED_TEST(FileOf, AllocateGrowsAndNeverShrinks) {
  const auto file = this->make(std::string(100, 'x'));
  const std::string answer = said(file->allocate(10, 10));
  if (answer == "NOTSUP") GTEST_SKIP() << "this file system cannot allocate";
  EXPECT_EQ(answer, "ok");
  EXPECT_EQ(file->stat()->size, 100U);
  EXPECT_TRUE(file->allocate(90, 20));
  EXPECT_EQ(file->stat()->size, 110U);
  EXPECT_EQ(said(file->allocate(0, 0)), "INVAL");
  EXPECT_EQ(said(file->allocate(kMax, 1)), "FBIG");
  EXPECT_EQ(said(file->allocate(kMax + 1, 1)), "FBIG");
  EXPECT_EQ(read_at(*file, 99, 20), "x" + std::string(10, '\0'));
}

TYPED_TEST(FileOf, SizesAbove63BitsAreTooBig) {
  const auto file = this->make("abc");
  EXPECT_EQ(said(file->set_size(kMax + 1)), "FBIG");
  EXPECT_EQ(file->stat()->size, 3U);
}

TYPED_TEST(FileOf, AdviceChangesNothingAndKnowsItsRange) {
  const auto file = this->make("abc");
  EXPECT_TRUE(file->advise(0, 100, cap::Advice::kWillNeed));
  EXPECT_TRUE(file->advise(0, 0, cap::Advice::kDontNeed));
  EXPECT_EQ(said(file->advise(kMax + 1, 0, cap::Advice::kNormal)), "INVAL");
  EXPECT_EQ(said(file->advise(0, kMax + 1, cap::Advice::kNormal)), "INVAL");
  EXPECT_EQ(this->guest.read("f"), "abc");
}

TYPED_TEST(FileOf, SyncWorksOnWhatIsOnlyRead) {
  this->make("abc");
  const auto file = this->guest.file("f", reading(kFollow));
  EXPECT_TRUE(file->sync());
  EXPECT_TRUE(file->sync_data());
  EXPECT_TRUE(this->world->root().sync());
  EXPECT_TRUE(this->world->root().sync_data());
}

TYPED_TEST(FileOf, TimesAreExactToTheNanosecondAndKeptWhenNotNamed) {
  const auto file = this->make("abc");
  using Kind = cap::SetTime::Kind;
  const Nanoseconds first{1'000'000'001};
  const Nanoseconds second{2'000'000'000'123'456'789};
  ASSERT_TRUE(file->set_times({{Kind::kValue, first}, {Kind::kValue, second}}));
  EXPECT_EQ(file->stat()->accessed, first);
  EXPECT_EQ(file->stat()->modified, second);
  ASSERT_TRUE(file->set_times({{Kind::kKeep, {}}, {Kind::kValue, first}}));
  EXPECT_EQ(file->stat()->accessed, first);
  EXPECT_EQ(file->stat()->modified, first);
}

TYPED_TEST(FileOf, TimesAtTheEndsOfTheRangeNeverCrash) {
  const auto file = this->make("abc");
  using Kind = cap::SetTime::Kind;
  for (const std::uint64_t value : {std::uint64_t{0}, UINT64_MAX}) {
    const auto set = file->set_times({{Kind::kValue, Nanoseconds{value}}, {Kind::kKeep, {}}});
    // A file system with narrower times keeps the nearest it has.
    EXPECT_TRUE(set) << said(set);
    if (value == 0) {
      EXPECT_EQ(file->stat()->accessed, Nanoseconds{0});
    }
  }
}

TYPED_TEST(FileOf, TwoOpensOfOneFileAreOneInode) {
  const auto one = this->make("abc");
  const auto other = this->guest.file("f", reading(kFollow));
  EXPECT_EQ(one->stat()->inode, other->stat()->inode);
  EXPECT_EQ(one->stat()->device, other->stat()->device);
  EXPECT_EQ(one->stat()->inode, this->guest.stat_of("f").inode);
  EXPECT_EQ(one->stat()->device, 1U);
  EXPECT_EQ(one->stat()->links, 1U);
  EXPECT_EQ(one->grant(), cap::GrantIndex{0});
}

TYPED_TEST(FileOf, AnUnlinkedFileKeepsWorkingUntilItIsClosed) {
  const auto file = this->make("abc");
  ASSERT_EQ(this->guest.unlink("f"), "ok");
  EXPECT_EQ(append(*file, "def"), "ok");
  EXPECT_EQ(read_at(*file, 0, 10), "abcdef");
  EXPECT_EQ(file->stat()->links, 0U);
  EXPECT_EQ(this->guest.stat("f", kNoFollow), "NOENT");
}

TYPED_TEST(FileOf, LargeTransfersAreWhole) {
  const auto file = this->make("");
  std::string large(3 << 20, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 >> 7);
  EXPECT_EQ(write_at(*file, 5, large), "ok");
  EXPECT_EQ(read_at(*file, 5, large.size()), large);
}

}  // namespace
}  // namespace warrant::contract
