// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/timestamp.h"

#include <gtest/gtest.h>

namespace warrant::policy {
namespace {

// Seconds from `date -u -d … +%s`.
TEST(Timestamp, AgreesWithTheCivilCalendar) {
  EXPECT_EQ(parse_timestamp("1970-01-01T00:00:00Z"), Timestamp{0});
  EXPECT_EQ(parse_timestamp("2000-02-29T12:30:45Z"), Timestamp{951'827'445'000'000'000});
  EXPECT_EQ(parse_timestamp("2026-11-21T17:00:00Z"), Timestamp{1'795'280'400'000'000'000});
  EXPECT_EQ(parse_timestamp("2553-12-31T23:59:59Z"), Timestamp{18'429'292'799'000'000'000U});
  EXPECT_EQ(parse_timestamp("1970-01-01T00:00:00.000000001Z"), Timestamp{1});
  EXPECT_EQ(parse_timestamp("1970-01-01T00:00:01.5Z"), Timestamp{1'500'000'000});
}

TEST(Timestamp, TakesNoOtherSpelling) {
  for (const char* bad : {"",
                          "2026-11-21",
                          "2026-11-21T17:00:00",
                          "2026-11-21T17:00:00z",
                          "2026-11-21t17:00:00Z",
                          "2026-11-21 17:00:00Z",
                          "2026-11-21T17:00:00+00:00",
                          "2026-11-21T24:00:00Z",
                          "2026-11-21T17:60:00Z",
                          "2026-12-31T23:59:60Z",
                          "2026-02-29T00:00:00Z",
                          "1900-02-29T00:00:00Z",
                          "2026-13-01T00:00:00Z",
                          "2026-00-01T00:00:00Z",
                          "2026-01-00T00:00:00Z",
                          "1969-12-31T23:59:59Z",
                          "2554-01-01T00:00:00Z",
                          "2026-11-21T17:00:00.Z",
                          "2026-11-21T17:00:00.1234567890Z",
                          "2026-11-21T17:00:00ZZ",
                          "+026-11-21T17:00:00Z",
                          "2026-1-21T17:00:00Z",
                          " 2026-11-21T17:00:00Z"}) {
    EXPECT_FALSE(parse_timestamp(bad)) << bad;
  }
}

TEST(Timestamp, PrintsWhatItReads) {
  for (const char* text :
       {"1970-01-01T00:00:00Z", "2000-02-29T12:30:45Z", "2100-02-28T23:59:59Z",
        "2100-03-01T00:00:00Z", "2026-11-21T17:00:00.25Z", "2553-12-31T23:59:59.999999999Z"}) {
    EXPECT_EQ(print_timestamp(parse_timestamp(text).value_or(Timestamp{})), text);
  }
}

TEST(Timestamp, ArithmeticStopsAtTheEnds) {
  EXPECT_EQ(subtract(Timestamp{5}, Nanoseconds{9}), Timestamp{0});
  EXPECT_EQ(subtract(Timestamp{9}, Nanoseconds{5}), Timestamp{4});
  EXPECT_EQ(add(Timestamp{UINT64_MAX - 1}, Nanoseconds{9}), Timestamp{UINT64_MAX});
}

}  // namespace
}  // namespace warrant::policy
