// SPDX-License-Identifier: Apache-2.0
#include "warrant/cap/accounting.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <thread>

#include "warrant/cap/reason.h"

namespace warrant::cap {
namespace {

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

TEST(Accounting, DefaultsAreThoseOfTheQuotaTable) {
  const Accounting accounting{Quota{}};
  EXPECT_EQ(accounting.bytes_left(), 64U * 1024 * 1024);
  EXPECT_EQ(accounting.inodes_left(), 4096U);
  EXPECT_TRUE(accounting.check_file_size(64U * 1024 * 1024));
  EXPECT_FALSE(accounting.check_file_size(64U * 1024 * 1024 + 1));
}

TEST(Accounting, TheLastByteFitsAndTheNextIsAQuotaDenial) {
  Accounting accounting({.written = 10, .inodes = 1, .file_bytes = 10});
  EXPECT_TRUE(accounting.reserve_bytes(4));
  EXPECT_TRUE(accounting.reserve_bytes(6));
  EXPECT_TRUE(accounting.reserve_bytes(0));
  const auto refused = accounting.reserve_bytes(1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kQuota);
  EXPECT_EQ(reason_of(refused.error()), Reason::kQuotaBytes);
  EXPECT_EQ(accounting.bytes_left(), 0U);
}

TEST(Accounting, ARefusedReservationTakesNothing) {
  Accounting accounting({.written = 10, .inodes = 1, .file_bytes = 10});
  EXPECT_TRUE(accounting.reserve_bytes(3));
  EXPECT_FALSE(accounting.reserve_bytes(8));
  EXPECT_FALSE(accounting.reserve_bytes(kHuge));
  EXPECT_EQ(accounting.bytes_left(), 7U);
}

TEST(Accounting, NothingOverflowsWithAnUnboundedQuota) {
  Accounting accounting({.written = kHuge, .inodes = 1, .file_bytes = kHuge});
  EXPECT_TRUE(accounting.reserve_bytes(kHuge));
  EXPECT_FALSE(accounting.reserve_bytes(1));
  EXPECT_TRUE(accounting.check_file_size(kHuge));
}

TEST(Accounting, CreditsComeBackAndNeverMakeMoreThanTheQuota) {
  Accounting accounting({.written = 10, .inodes = 2, .file_bytes = 10});
  EXPECT_TRUE(accounting.reserve_bytes(10));
  accounting.credit_bytes(4);
  EXPECT_EQ(accounting.bytes_left(), 4U);
  accounting.credit_bytes(kHuge);
  EXPECT_EQ(accounting.bytes_left(), 10U);
}

TEST(Accounting, InodesAreCountedOneByOne) {
  Accounting accounting({.written = 10, .inodes = 2, .file_bytes = 10});
  EXPECT_TRUE(accounting.reserve_inode());
  EXPECT_TRUE(accounting.reserve_inode());
  const auto refused = accounting.reserve_inode();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kQuota);
  EXPECT_EQ(reason_of(refused.error()), Reason::kQuotaInodes);
  accounting.credit_inode();
  EXPECT_EQ(accounting.inodes_left(), 1U);
}

TEST(Accounting, AFileAboveItsSizeIsTooBig) {
  const Accounting accounting({.written = 100, .inodes = 1, .file_bytes = 10});
  EXPECT_TRUE(accounting.check_file_size(10));
  const auto refused = accounting.check_file_size(11);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kFileTooBig);
  EXPECT_EQ(reason_of(refused.error()), Reason::kFileSize);
}

TEST(Accounting, ThreadsTogetherNeverTakeMoreThanTheQuota) {
  constexpr std::uint64_t kQuota = 30'000;
  Accounting accounting({.written = kQuota, .inodes = 1, .file_bytes = 1});
  std::array<std::uint64_t, 4> taken{};
  {
    std::array<std::jthread, 4> threads;
    for (std::size_t n = 0; n < threads.size(); ++n) {
      threads[n] = std::jthread([&accounting, &mine = taken[n]] {
        for (int i = 0; i < 10'000; ++i) mine += accounting.reserve_bytes(1) ? 1U : 0U;
      });
    }
  }
  EXPECT_EQ(taken[0] + taken[1] + taken[2] + taken[3], kQuota);
  EXPECT_EQ(accounting.bytes_left(), 0U);
}

}  // namespace
}  // namespace warrant::cap
