// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/units.h"

#include <gtest/gtest.h>

namespace warrant::policy {
namespace {

TEST(Duration, NeedsAUnit) {
  EXPECT_EQ(parse_duration("30s"), Nanoseconds{30'000'000'000});
  EXPECT_EQ(parse_duration("250ms"), Nanoseconds{250'000'000});
  EXPECT_EQ(parse_duration("2m"), Nanoseconds{120'000'000'000});
  EXPECT_EQ(parse_duration("1h"), Nanoseconds{3'600'000'000'000});
  EXPECT_EQ(parse_duration("1d"), Nanoseconds{86'400'000'000'000});
  EXPECT_EQ(parse_duration("0s"), Nanoseconds{0});
  for (const char* bad :
       {"", "30", "s", "30 s", "-1s", "+1s", "1.5s", "1us", "1S", "30s ", "1e3s"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(Duration, OverflowIsRefusedNotWrapped) {
  EXPECT_FALSE(parse_duration("9007199254740991d"));
  EXPECT_FALSE(parse_duration("99999999999999999999s"));
}

TEST(Size, MayHaveAUnit) {
  EXPECT_EQ(parse_size("64MiB"), 64ULL << 20);
  EXPECT_EQ(parse_size("1KiB"), 1024U);
  EXPECT_EQ(parse_size("3GiB"), 3ULL << 30);
  EXPECT_EQ(parse_size("1TiB"), 1ULL << 40);
  EXPECT_EQ(parse_size("17"), 17U);
  EXPECT_EQ(parse_size("17B"), 17U);
  for (const char* bad : {"", "MiB", "64MB", "64M", "64mib", "-1", "0x10", "1.5MiB", "1 KiB"}) {
    EXPECT_FALSE(parse_size(bad)) << bad;
  }
}

TEST(Size, StopsAtTwoToThe53) {
  EXPECT_EQ(parse_size("9007199254740991"), 9'007'199'254'740'991U);
  EXPECT_FALSE(parse_size("9007199254740992"));
  EXPECT_FALSE(parse_size("8192TiB"));
  EXPECT_EQ(parse_size("8191TiB"), 8191ULL << 40);
}

TEST(Print, ComesBackByParse) {
  for (const std::uint64_t value : {1ULL, 1023ULL, 1024ULL, 64ULL << 20, (64ULL << 20) + 1}) {
    EXPECT_EQ(parse_size(print_size(value)), value);
  }
  for (const std::uint64_t ms :
       {0ULL, 1ULL, 999ULL, 1000ULL, 30'000ULL, 90'000ULL, 86'400'000ULL}) {
    const Nanoseconds value{ms * 1'000'000};
    EXPECT_EQ(parse_duration(print_duration(value)), value);
  }
  EXPECT_EQ(print_size(64ULL << 20), "64MiB");
  EXPECT_EQ(print_duration(Nanoseconds{30'000'000'000}), "30s");
}

}  // namespace
}  // namespace warrant::policy
