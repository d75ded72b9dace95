// SPDX-License-Identifier: Apache-2.0
// What comes back of `written` and `inodes`: what the run charged, and nothing that was there
// before it. Otherwise a guest could empty the files of others to write more of its own.
// Expectations: filesystem.md section 13, "credited on shrink, and on removal or replacement of
// what this run created".
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/escape/arena.h"

namespace warrant::escape {
namespace {

using contract::append;
using contract::creating;
using contract::Guest;
using contract::said;
using contract::writing;
using enum cap::Symlinks;

class Credit : public testing::TestWithParam<os::Resolver> {
 protected:
  static constexpr std::uint64_t kOld = 3000;  // bytes that were there before

  void SetUp() override {
    std::ofstream(arena.root_path() + "/old") << std::string(kOld, 'o');
    bytes = arena.accounting().bytes_left();
    inodes = arena.accounting().inodes_left();
  }
  std::int64_t spent_bytes() {
    return static_cast<std::int64_t>(bytes) -
           static_cast<std::int64_t>(arena.accounting().bytes_left());
  }
  std::int64_t spent_inodes() {
    return static_cast<std::int64_t>(inodes) -
           static_cast<std::int64_t>(arena.accounting().inodes_left());
  }
  void grow(const char* name, std::size_t by) {
    ASSERT_EQ(append(*guest.file(name, writing(kFollow)), std::string(by, 'x')), "ok");
  }
  void cut(const char* name, std::uint64_t size) {
    ASSERT_EQ(said(guest.file(name, writing(kFollow))->set_size(size)), "ok");
  }

  HostArena arena{GetParam()};
  Guest guest{arena.grant()};
  std::uint64_t bytes = 0;
  std::uint64_t inodes = 0;
};
INSTANTIATE_TEST_SUITE_P(Resolvers, Credit,
                         testing::Values(os::Resolver::kOpenat2, os::Resolver::kWalk),
                         [](const auto& which) {
                           return which.param == os::Resolver::kWalk ? "Walk" : "Openat2";
                         });

TEST_P(Credit, ShrinkingWhatWasThereBeforeGivesNothing) {
  cut("old", 0);
  EXPECT_EQ(spent_bytes(), 0);
  grow("old", kOld);
  EXPECT_EQ(spent_bytes(), kOld);
}

TEST_P(Credit, TruncatingItAtAnOpenGivesNothing) {
  ASSERT_EQ(guest.write("old", ""), "ok");
  EXPECT_EQ(spent_bytes(), 0);
}

TEST_P(Credit, ItsGrowthComesBackAndNoMore) {
  const auto file = guest.file("old", writing(kFollow));
  ASSERT_EQ(append(*file, std::string(500, 'x')), "ok");
  EXPECT_EQ(spent_bytes(), 500);
  ASSERT_EQ(said(file->set_size(kOld + 200)), "ok");
  EXPECT_EQ(spent_bytes(), 200);
  ASSERT_EQ(said(file->set_size(0)), "ok");
  EXPECT_EQ(spent_bytes(), 0);
}

TEST_P(Credit, ItsGrowthComesBackThroughALaterDescriptorToo) {
  grow("old", 500);
  EXPECT_EQ(spent_bytes(), 500);
  cut("old", kOld + 100);
  EXPECT_EQ(spent_bytes(), 100);
  cut("old", 0);
  EXPECT_EQ(spent_bytes(), 0);
  cut("old", 0);
  EXPECT_EQ(spent_bytes(), 0);
}

TEST_P(Credit, RemovingOrReplacingItGivesNothing) {
  ASSERT_EQ(guest.write("mine", "12345"), "ok");
  ASSERT_EQ(guest.rename("mine", "old"), "ok");
  EXPECT_EQ(spent_bytes(), 5);
  EXPECT_EQ(spent_inodes(), 1);
  std::ofstream(arena.root_path() + "/other") << "theirs";
  ASSERT_EQ(guest.unlink("other"), "ok");
  EXPECT_EQ(spent_bytes(), 5);
  EXPECT_EQ(spent_inodes(), 1);
  ASSERT_EQ(guest.unlink("old"), "ok");
  EXPECT_EQ(spent_bytes(), 0);
  EXPECT_EQ(spent_inodes(), 0);
}

TEST_P(Credit, WhatOthersWroteIntoAFileOfTheRunIsNotGivenBack) {
  ASSERT_EQ(guest.write("mine", "12345"), "ok");
  std::ofstream(arena.root_path() + "/mine", std::ios::app) << std::string(kOld, 'o');
  ASSERT_EQ(guest.unlink("mine"), "ok");
  EXPECT_EQ(spent_bytes(), 0);
  EXPECT_EQ(spent_inodes(), 0);
}

TEST_P(Credit, RemovalByOthersGivesNothing) {
  ASSERT_EQ(guest.write("mine", "12345"), "ok");
  ASSERT_EQ(::unlink((arena.root_path() + "/mine").c_str()), 0);
  EXPECT_EQ(spent_bytes(), 5);
  EXPECT_EQ(spent_inodes(), 1);
}

TEST_P(Credit, SpaceOfAnOpenFileComesBackAtItsLastClose) {
  auto file = guest.file("mine", creating(kFollow));
  ASSERT_EQ(append(*file, "12345"), "ok");
  ASSERT_EQ(guest.unlink("mine"), "ok");
  EXPECT_EQ(spent_bytes(), 5);
  ASSERT_EQ(append(*file, "678"), "ok");
  EXPECT_EQ(spent_bytes(), 8);
  file.reset();
  EXPECT_EQ(spent_bytes(), 0);
  EXPECT_EQ(spent_inodes(), 0);
}

}  // namespace
}  // namespace warrant::escape
