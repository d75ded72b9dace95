// SPDX-License-Identifier: Apache-2.0
// Budgets of a grant. Expectations: filesystem.md section 13 and rows 39, 40 and 50 of section 14.
#include <gtest/gtest.h>

#include <thread>

#include "tests/contract/world.h"
#include "warrant/cap/attenuate.h"

namespace warrant::contract {
namespace {

using enum cap::Symlinks;

constexpr std::uint64_t kWritten = 100'000;
constexpr std::uint64_t kInodes = 10;
constexpr std::uint64_t kFileBytes = 60'000;

cap::DirectoryOptions tight() {
  cap::DirectoryOptions options = writable();
  options.quota = {.written = kWritten, .inodes = kInodes, .file_bytes = kFileBytes};
  return options;
}

template <typename Backing>
class QuotaOf : public testing::Test {
 protected:
  std::unique_ptr<World> world = Backing::kMake(tight());
  Guest guest{world->root()};
  // What is used of `written` beside the bookkeeping of `inodes` inodes.
  std::uint64_t used(std::uint64_t inodes) {
    return kWritten - world->accounting().bytes_left() - inodes * world->inode_bytes();
  }
  std::uint64_t inodes_used() { return kInodes - world->accounting().inodes_left(); }
};
using Backings = testing::Types<MemFs, OsOpenat2, OsWalk, Revocable, Budget>;
TYPED_TEST_SUITE(QuotaOf, Backings, Names);

TYPED_TEST(QuotaOf, GrowthIsChargedOnceAndOverwritingIsFree) {
  ASSERT_EQ(this->guest.write("f", std::string(1000, 'x')), "ok");
  EXPECT_EQ(this->used(1), 1000U);
  const auto file = this->guest.file("f", writing(kFollow));
  EXPECT_EQ(write_at(*file, 0, std::string(500, 'y')), "ok");
  EXPECT_EQ(this->used(1), 1000U);
  EXPECT_EQ(write_at(*file, 900, std::string(200, 'y')), "ok");
  EXPECT_EQ(this->used(1), 1100U);
  EXPECT_EQ(append(*file, "12345"), "ok");
  EXPECT_EQ(this->used(1), 1105U);
  ASSERT_TRUE(file->set_size(2000));
  EXPECT_EQ(this->used(1), 2000U);
  ASSERT_TRUE(file->set_size(10));
  EXPECT_EQ(this->used(1), 10U);
}

TYPED_TEST(QuotaOf, AWriteFarBehindTheEndIsChargedForTheHole) {
  ASSERT_EQ(this->guest.write("f", ""), "ok");
  const auto file = this->guest.file("f", writing(kFollow));
  EXPECT_EQ(write_at(*file, 9'999, "x"), "ok");
  EXPECT_EQ(this->used(1), 10'000U);
}

TYPED_TEST(QuotaOf, WhatDoesNotFitIsRefusedWholeAndChargesNothing) {
  ASSERT_EQ(this->guest.write("a", std::string(55'000, 'x')), "ok");
  ASSERT_EQ(this->guest.write("b", std::string(40'000, 'x')), "ok");
  const auto file = this->guest.file("b", writing(kFollow));
  EXPECT_EQ(append(*file, std::string(10'000, 'x')), "DQUOT quota_bytes");
  EXPECT_EQ(write_at(*file, 39'000, std::string(10'000, 'x')), "DQUOT quota_bytes");
  EXPECT_EQ(said(file->set_size(50'000)), "DQUOT quota_bytes");
  EXPECT_EQ(said(file->allocate(0, 50'000)), "DQUOT quota_bytes");
  EXPECT_EQ(this->used(2), 95'000U);
  EXPECT_EQ(file->stat()->size, 40'000U);
}

TYPED_TEST(QuotaOf, OneFileHasItsOwnLimit) {
  ASSERT_EQ(this->guest.write("f", "x"), "ok");
  const auto file = this->guest.file("f", writing(kFollow));
  EXPECT_EQ(said(file->set_size(kFileBytes)), "ok");
  EXPECT_EQ(said(file->set_size(kFileBytes + 1)), "FBIG file_size");
  EXPECT_EQ(append(*file, "x"), "FBIG file_size");
  EXPECT_EQ(said(file->set_size(INT64_MAX)), "FBIG file_size");
  EXPECT_EQ(said(file->allocate(0, INT64_MAX)), "FBIG file_size");
  EXPECT_EQ(write_at(*file, INT64_MAX - 1, "x"), "FBIG file_size");
  EXPECT_EQ(this->used(1), kFileBytes);
}

TYPED_TEST(QuotaOf, TwoDescriptorsCannotHideGrowthFromEachOther) {
  ASSERT_EQ(this->guest.write("f", ""), "ok");
  const auto one = this->guest.file("f", writing(kFollow));
  const auto other = this->guest.file("f", writing(kFollow));
  EXPECT_EQ(write_at(*one, 0, std::string(5'000, 'x')), "ok");
  EXPECT_EQ(write_at(*other, 0, std::string(5'000, 'y')), "ok");
  EXPECT_EQ(this->used(1), 5'000U);
  ASSERT_TRUE(other->set_size(0));
  EXPECT_EQ(this->used(1), 0U);
  EXPECT_EQ(write_at(*one, 0, std::string(5'000, 'x')), "ok");
  EXPECT_EQ(this->used(1), 5'000U);
}

TYPED_TEST(QuotaOf, RemovedSpaceComesBackWhenTheLastNameAndDescriptorAreGone) {
  ASSERT_EQ(this->guest.write("f", std::string(3'000, 'x')), "ok");
  ASSERT_EQ(this->guest.link("f", "g"), "ok");
  EXPECT_EQ(this->inodes_used(), 2U);
  {
    const auto file = this->guest.file("f", reading(kFollow));
    ASSERT_EQ(this->guest.unlink("f"), "ok");
    EXPECT_EQ(this->inodes_used(), 1U);
    EXPECT_EQ(this->used(1), 3'000U);
    ASSERT_EQ(this->guest.unlink("g"), "ok");
    EXPECT_EQ(this->used(1), 3'000U);
    EXPECT_EQ(this->inodes_used(), 1U);
  }
  EXPECT_EQ(this->used(0), 0U);
  EXPECT_EQ(this->inodes_used(), 0U);
}

TYPED_TEST(QuotaOf, AReplacedFileGivesItsSpaceBack) {
  ASSERT_EQ(this->guest.write("old", std::string(3'000, 'x')), "ok");
  ASSERT_EQ(this->guest.write("new", std::string(10, 'x')), "ok");
  ASSERT_EQ(this->guest.rename("new", "old"), "ok");
  EXPECT_EQ(this->used(1), 10U);
  EXPECT_EQ(this->inodes_used(), 1U);
}

TYPED_TEST(QuotaOf, TruncatingAtOpenGivesSpaceBack) {
  ASSERT_EQ(this->guest.write("f", std::string(3'000, 'x')), "ok");
  ASSERT_EQ(this->guest.write("f", "y"), "ok");
  EXPECT_EQ(this->used(1), 1U);
}

TYPED_TEST(QuotaOf, TheTextOfALinkCounts) {
  ASSERT_EQ(this->guest.symlink(std::string(1'000, 'x'), "l"), "ok");
  EXPECT_EQ(this->used(1), 1'000U);
  ASSERT_EQ(this->guest.unlink("l"), "ok");
  EXPECT_EQ(this->used(0), 0U);
  EXPECT_EQ(this->inodes_used(), 0U);
}

TYPED_TEST(QuotaOf, EveryKindOfEntryIsAnInodeAndFailuresCostNothing) {
  Guest& g = this->guest;
  EXPECT_EQ(g.make_directory("gone/d"), "NOENT");
  EXPECT_EQ(g.write("gone/f", ""), "NOENT");
  EXPECT_EQ(g.symlink("x", "gone/l"), "NOENT");
  EXPECT_EQ(this->inodes_used(), 0U);
  ASSERT_EQ(g.write("f", ""), "ok");
  ASSERT_EQ(g.make_directory("d"), "ok");
  ASSERT_EQ(g.symlink("x", "l"), "ok");
  ASSERT_EQ(g.link("f", "h"), "ok");
  EXPECT_EQ(this->inodes_used(), 4U);
  EXPECT_EQ(g.make_directory("d"), "EXIST");
  EXPECT_EQ(g.write("f", ""), "ok");
  EXPECT_EQ(g.link("f", "h"), "EXIST");
  EXPECT_EQ(g.symlink("x", "l"), "EXIST");
  EXPECT_EQ(this->inodes_used(), 4U);
  ASSERT_EQ(g.remove_directory("d"), "ok");
  EXPECT_EQ(this->inodes_used(), 3U);
}

TYPED_TEST(QuotaOf, ManyEmptyFilesEndAtTheInodeQuota) {
  Guest& g = this->guest;
  for (std::uint64_t i = 0; i < kInodes; ++i) ASSERT_EQ(g.write(std::to_string(i), ""), "ok");
  const std::string denied = "DQUOT quota_inodes";
  EXPECT_EQ(g.write("more", ""), denied);
  EXPECT_EQ(g.make_directory("more"), denied);
  EXPECT_EQ(g.symlink("x", "more"), denied);
  EXPECT_EQ(g.link("0", "more"), denied);
  EXPECT_EQ(g.names().size(), kInodes);
  ASSERT_EQ(g.unlink("0"), "ok");
  EXPECT_EQ(g.write("more", ""), "ok");
}

TYPED_TEST(QuotaOf, EverythingComesBackAfterATreeIsRemoved) {
  Guest& g = this->guest;
  ASSERT_EQ(g.make_directory("d"), "ok");
  ASSERT_EQ(g.write("d/f", std::string(777, 'x')), "ok");
  ASSERT_EQ(g.symlink("f", "d/l"), "ok");
  ASSERT_EQ(g.rename("d/f", "d/g"), "ok");
  for (const char* name : {"d/g", "d/l"}) ASSERT_EQ(g.unlink(name), "ok");
  ASSERT_EQ(g.remove_directory("d"), "ok");
  EXPECT_EQ(this->used(0), 0U);
  EXPECT_EQ(this->inodes_used(), 0U);
}

// Files of one grant in two threads; memory is for one thread, so the host's only.
template <typename Backing>
class SharedQuotaOf : public QuotaOf<Backing> {};
using HostBackings = testing::Types<OsOpenat2, OsWalk>;
TYPED_TEST_SUITE(SharedQuotaOf, HostBackings, Names);

TYPED_TEST(SharedQuotaOf, TwoThreadsNeverGetMoreThanThereIs) {
  ASSERT_EQ(this->guest.write("a", ""), "ok");
  ASSERT_EQ(this->guest.write("b", ""), "ok");
  const auto a = this->guest.file("a", writing(kFollow));
  const auto b = this->guest.file("b", writing(kFollow));
  const auto fill = [](cap::File& file) {
    while (append(file, std::string(97, 'x')) == "ok") {
    }
  };
  std::thread other([&] { fill(*b); });
  fill(*a);
  other.join();
  const std::uint64_t sum = a->stat()->size + b->stat()->size;
  EXPECT_LE(sum, kWritten);
  EXPECT_GT(sum, kWritten - 97);
  EXPECT_EQ(this->used(2), sum);
}

TEST(BudgetAttenuator, RefusesWhatItsOwnBudgetDoesNotHold) {
  const auto world = memfs_world(writable());
  auto again = cap::subtree(world->root(), *cap::GuestPath::parse("."));
  ASSERT_TRUE(again);
  const auto budget =
      std::make_shared<cap::Accounting>(cap::Quota{.written = 100, .inodes = 2, .file_bytes = 80});
  const auto narrowed = cap::with_quota(*std::move(again), budget);
  Guest g(*narrowed);
  EXPECT_EQ(g.write("f", std::string(60, 'x')), "ok");
  EXPECT_EQ(budget->bytes_left(), 40U);
  const auto file = g.file("f", writing(kFollow));
  EXPECT_EQ(append(*file, std::string(30, 'x')), "FBIG file_size");
  EXPECT_EQ(said(file->set_size(20)), "ok");
  EXPECT_EQ(budget->bytes_left(), 80U);
  EXPECT_EQ(g.write("g", std::string(81, 'x')), "FBIG file_size");
  EXPECT_EQ(budget->inodes_left(), 0U);
  EXPECT_EQ(g.make_directory("d"), "DQUOT quota_inodes");
  EXPECT_EQ(g.write("f", "still there"), "ok");
}

}  // namespace
}  // namespace warrant::contract
