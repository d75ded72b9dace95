// SPDX-License-Identifier: Apache-2.0
#include "warrant/toml/depth.h"

#include <gtest/gtest.h>

#include <string>

namespace warrant::toml {
namespace {

TEST(Depth, CountsBracketsAndDotsOfOneKey) {
  EXPECT_FALSE(find_deeper("a = [[1], [2]]", 2));
  EXPECT_TRUE(find_deeper("a = [[[1]]]", 2));
  EXPECT_FALSE(find_deeper("a.b.c = 1\na.b.d = 1", 2));
  EXPECT_TRUE(find_deeper("a.b.c.d = 1", 2));
  EXPECT_TRUE(find_deeper("[a.b.c]", 2));
  EXPECT_FALSE(find_deeper("a = [1, 2, 3, 4]\nb = {x = 1, y = 2}", 1));
}

TEST(Depth, LeavesOutStringsAndComments) {
  EXPECT_FALSE(find_deeper("a = \"[[[[....\" # [[[[ ....", 1));
  EXPECT_FALSE(find_deeper("a = '[[[[\\'", 1));
  EXPECT_FALSE(find_deeper("a = \"\\\"[[[[\"", 1));
  EXPECT_FALSE(find_deeper("a = \"\"\"\n[[[[ \" \"\" [[\"\"\"", 1));
  EXPECT_FALSE(find_deeper("a = '''\n[[[[ ' '' [['''", 1));
}

TEST(Depth, KeepsStepAfterStringsThatEndInQuotes) {
  EXPECT_TRUE(find_deeper("a = \"\"\"x\"\"\"\"\"\nb = [[1]]", 1));
  EXPECT_TRUE(find_deeper("a = ''\nb = [[1]]", 1));
  EXPECT_TRUE(find_deeper("a = \"\"\nb = [[1]]", 1));
  EXPECT_TRUE(find_deeper("a = \"open\nb = [[1]]", 1));
}

TEST(Depth, SaysWhere) {
  const auto at = find_deeper("a = 1\nb = [[1]]", 1);
  ASSERT_TRUE(at);
  EXPECT_EQ(*at, (codec::Position{2, 6}));
}

}  // namespace
}  // namespace warrant::toml
