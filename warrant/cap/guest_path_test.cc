// SPDX-License-Identifier: Apache-2.0
#include "warrant/cap/guest_path.h"

#include <gtest/gtest.h>

#include <string>

#include "warrant/cap/reason.h"

namespace warrant::cap {
namespace {

Error refused(std::string_view bytes) {
  const auto path = GuestPath::parse(bytes);
  return path ? Error{Errc::kIo} : path.error();
}

TEST(GuestPath, NotUtf8IsIllegalBytes) {
  EXPECT_EQ(refused("a\xff").code, Errc::kIllegalBytes);
  EXPECT_EQ(refused("\xed\xa0\x80").code, Errc::kIllegalBytes);
  EXPECT_EQ(reason_of(refused("a\xff")), Reason::kBadPath);
}

TEST(GuestPath, NulIsInvalid) {
  EXPECT_EQ(refused(std::string_view("a\0b", 3)).code, Errc::kInvalid);
  EXPECT_EQ(refused(std::string_view("\0", 1)).code, Errc::kInvalid);
  EXPECT_EQ(reason_of(refused(std::string_view("a\0b", 3))), Reason::kBadPath);
}

TEST(GuestPath, EmptyHasNoEntry) {
  EXPECT_EQ(refused("").code, Errc::kNoEntry);
  EXPECT_EQ(reason_of(refused("")), Reason::kBadPath);
}

TEST(GuestPath, AbsoluteIsADenialOfEscape) {
  EXPECT_EQ(refused("/").code, Errc::kNotCapable);
  EXPECT_EQ(refused("/etc/passwd").code, Errc::kNotCapable);
  EXPECT_EQ(reason_of(refused("//x")), Reason::kEscape);
}

TEST(GuestPath, ComponentOf255BytesIsTheLongest) {
  EXPECT_TRUE(GuestPath::parse(std::string(255, 'a')));
  EXPECT_TRUE(GuestPath::parse("d/" + std::string(255, 'a') + "/e"));
  EXPECT_EQ(refused(std::string(256, 'a')).code, Errc::kNameTooLong);
  EXPECT_EQ(refused("d/" + std::string(256, 'a')).code, Errc::kNameTooLong);
  EXPECT_EQ(refused(std::string(256, 'a') + "/e").code, Errc::kNameTooLong);
}

TEST(GuestPath, PathOf4095BytesIsTheLongest) {
  std::string path;
  while (path.size() < 4094) path += "a/";
  path += "b";
  ASSERT_EQ(path.size(), 4095U);
  EXPECT_TRUE(GuestPath::parse(path));
  EXPECT_EQ(refused(path + "c").code, Errc::kNameTooLong);
}

TEST(GuestPath, DotsAndSlashesAreKeptAsTheyStand) {
  for (const std::string_view text : {"..", ".", "a/../../b", "a//b", "a/", "...", " ", "a\\b"}) {
    const auto path = GuestPath::parse(text);
    ASSERT_TRUE(path) << text;
    EXPECT_EQ(path->text(), text);
  }
}

TEST(GuestPath, OnlyOneOrdinaryComponentIsAPlainName) {
  EXPECT_TRUE(GuestPath::parse("a")->is_plain_name());
  EXPECT_TRUE(GuestPath::parse("...")->is_plain_name());
  for (const std::string_view text : {".", "..", "a/", "a/b", "./a"}) {
    EXPECT_FALSE(GuestPath::parse(text)->is_plain_name()) << text;
  }
}

void expect_split(std::string_view text, std::string_view parent, std::string_view last, bool dir) {
  const auto path = GuestPath::parse(text);
  ASSERT_TRUE(path) << text;
  const auto split = path->split_last();
  EXPECT_EQ(split.parent, parent) << text;
  EXPECT_EQ(split.last, last) << text;
  EXPECT_EQ(split.must_be_directory, dir) << text;
  EXPECT_EQ(path->has_trailing_slash(), dir) << text;
}

TEST(GuestPath, SplitsBeforeTheLastComponent) {
  expect_split("c", "", "c", false);
  expect_split("c/", "", "c", true);
  expect_split("a/b/c/", "a/b", "c", true);
  expect_split("a/b/c", "a/b", "c", false);
  expect_split("a//c///", "a", "c", true);
  expect_split("..", "", "..", false);
  expect_split("a/..", "a", "..", false);
  expect_split("./", "", ".", true);
}

}  // namespace
}  // namespace warrant::cap
