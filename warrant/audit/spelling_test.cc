// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/spelling.h"

#include <gtest/gtest.h>

#include <string>

namespace warrant::audit {
namespace {

std::string respelt(std::string_view path) {
  std::string to(path.size(), '?');
  to.resize(respell(path, to));
  return to;
}

TEST(Spelling, EmptyComponentsDotsAndSlashesBehindAreNoPartOfAName) {
  for (const char* path : {"ro/a", "ro//a", "ro/./a", "./ro/a", ".//ro///././a", "ro/a/", "ro/a/.",
                           "ro/a//./", "././ro/./a"}) {
    EXPECT_EQ(respelt(path), "ro/a") << path;
  }
  for (const char* path : {"/ro/a", "//ro/a", "/./ro//a", "/ro/a/"}) {
    EXPECT_EQ(respelt(path), "/ro/a") << path;
  }
  for (const char* path : {".", "./", "././/"}) EXPECT_EQ(respelt(path), ".") << path;
  EXPECT_EQ(respelt("//."), "/");
  EXPECT_EQ(respelt(""), "");
}

TEST(Spelling, NothingIsTakenAcrossTwoDots) {
  EXPECT_EQ(respelt("ro/link/../a"), "ro/link/../a");
  EXPECT_EQ(respelt("./..//a"), "../a");
  EXPECT_EQ(respelt("ro/.hidden/..."), "ro/.hidden/...");
}

TEST(Spelling, APlainSpellingIsOneThatStaysAsItIs) {
  const std::string letters = "/.a";
  for (std::size_t number = 0; number < 2'187; ++number) {  // every text of up to 7 letters
    std::string path;
    for (std::size_t rest = number, at = 0; at < 7; ++at, rest /= 3) {
      path += letters[rest % 3];
      EXPECT_EQ(is_plainly_spelt(path), respelt(path) == path) << path;
    }
  }
}

}  // namespace
}  // namespace warrant::audit
