// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/limits.h"

#include <gtest/gtest.h>

namespace warrant::policy {
namespace {

// Numbers of limits.md section 1, typed from the page.
TEST(LimitTable, HasTheDefaultsAndCeilingsOfTheSpec) {
  const auto row = [](std::string_view word) { return row_of(*find_limit(word)); };
  EXPECT_EQ(row("wall").standard, 30'000'000'000U);
  EXPECT_EQ(row("wall").ceiling, 86'400'000'000'000U);
  EXPECT_EQ(row("cpu").standard, 10'000'000'000U);
  EXPECT_EQ(row("fuel").ceiling, 9'007'199'254'740'991U);
  EXPECT_EQ(row("blocks").ceiling, 10'000U);
  EXPECT_EQ(row("memory").standard, 67'108'864U);
  EXPECT_EQ(row("memory").ceiling, 4'294'967'296U);
  EXPECT_EQ(row("stack").standard, 1'048'576U);
  EXPECT_EQ(row("stack").ceiling, 16'777'216U);
  EXPECT_EQ(row("table").standard, 100'000U);
  EXPECT_EQ(row("open-files").standard, 1'024U);
  EXPECT_EQ(row("open-files").ceiling, 65'536U);
  EXPECT_EQ(row("poll").ceiling, 16'384U);
  EXPECT_EQ(row("inodes").standard, 4'096U);
  EXPECT_EQ(row("module-bytes").ceiling, 268'435'456U);
}

TEST(LimitTable, KnowsNoOtherWord) {
  EXPECT_FALSE(find_limit("walls"));
  EXPECT_FALSE(find_limit(""));
}

TEST(LimitText, IsOfTheKeysUnit) {
  EXPECT_EQ(parse_limit(LimitKey::kWall, "1s"), 1'000'000'000U);
  EXPECT_FALSE(parse_limit(LimitKey::kWall, "1"));
  EXPECT_EQ(parse_limit(LimitKey::kMemory, "1MiB"), 1'048'576U);
  EXPECT_FALSE(parse_limit(LimitKey::kMemory, "1s"));
  EXPECT_EQ(parse_limit(LimitKey::kPoll, "7"), 7U);
  EXPECT_FALSE(parse_limit(LimitKey::kPoll, "7KiB"));
}

TEST(Limits, AWrittenValueWinsOverALaterDefault) {
  Limits limits;
  limits.write(LimitKey::kWall, 5);
  limits.set_default(LimitKey::kWall, 9);
  limits.set_default(LimitKey::kCpu, 9);
  EXPECT_EQ(limits.get(LimitKey::kWall), 5U);
  EXPECT_EQ(limits.get(LimitKey::kCpu), 9U);
  EXPECT_TRUE(limits.is_written(LimitKey::kWall));
  EXPECT_FALSE(limits.is_written(LimitKey::kCpu));
}

}  // namespace
}  // namespace warrant::policy
