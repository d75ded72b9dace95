// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/guest_name.h"

#include <gtest/gtest.h>

namespace warrant::policy {
namespace {

TEST(GuestName, RootDotAndEmptyAreOne) {
  for (const char* name : {"/", ".", "", "./", "//", "/./"}) {
    EXPECT_EQ(normal_guest_name(name), "/") << name;
  }
}

TEST(GuestName, LosesDoubledAndTrailingSlashes) {
  EXPECT_EQ(normal_guest_name("/work//src/"), "/work/src");
  EXPECT_EQ(normal_guest_name("./src"), "src");
}

TEST(GuestName, MayNotClimb) {
  EXPECT_TRUE(check_guest_name("../x"));
  EXPECT_TRUE(check_guest_name("/a/../b"));
  EXPECT_TRUE(check_guest_name(std::string_view("a\0b", 3)));
  EXPECT_TRUE(check_guest_name("\xff"));
  EXPECT_FALSE(check_guest_name("/a..b/..c"));
  EXPECT_FALSE(check_guest_name("."));
}

TEST(GuestName, LiesInItselfAndBeneath) {
  EXPECT_TRUE(lies_in("/work", "/work"));
  EXPECT_TRUE(lies_in("/work/src", "/work/"));
  EXPECT_FALSE(lies_in("/workshop", "/work"));
  EXPECT_TRUE(lies_in("/anything", "/"));
  EXPECT_EQ(beneath("/work/src/a", "/work"), "src/a");
  EXPECT_EQ(beneath("/work", "/work"), ".");
  EXPECT_EQ(beneath("/src", "/"), "src");
}

}  // namespace
}  // namespace warrant::policy
