// SPDX-License-Identifier: Apache-2.0
// Every operation on {file, directory, link to each, dangling link} × {"", "/", "//", "/.", "/.."}.
// Expectations: preview1.md section 7.4 and filesystem.md section 14 rows 8, 9 and 29.
#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "tests/contract/world.h"

namespace warrant::contract {
namespace {

using enum cap::Symlinks;

template <typename Backing>
class SlashMatrix : public testing::Test {};
using Backings = testing::Types<MemFs, OsOpenat2, OsWalk, Revocable, Budget>;
TYPED_TEST_SUITE(SlashMatrix, Backings, Names);

// f: file, d: directory, lf: link to the file, ld: link to the directory, lx: link to nothing.
constexpr std::array<std::string_view, 5> kKinds = {"f", "d", "lf", "ld", "lx"};

// One row a suffix, one word a kind, in that order.
struct Expected {
  std::array<std::string_view, 5> plain;
  std::array<std::string_view, 5> slash;  // also for "//"
  std::array<std::string_view, 5> dot;
  std::array<std::string_view, 5> dots;
};

using Row = std::array<std::string_view, 5>;
constexpr Row kThroughDirectories = {"NOTDIR", "directory", "NOTDIR", "directory", "NOENT"};
constexpr Row kDotDotOfMutation = {"NOTDIR", "INVAL", "NOTDIR", "INVAL", "NOENT"};

using Act = std::function<std::string(Guest&, const std::string&)>;

template <typename Backing>
void check(const Expected& expected, const Act& act) {
  const std::array<std::pair<std::string_view, const Row*>, 5> suffixes = {
      {{"", &expected.plain},
       {"/", &expected.slash},
       {"//", &expected.slash},
       {"/.", &expected.dot},
       {"/..", &expected.dots}}};
  for (const auto& [suffix, row] : suffixes) {
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
      const auto world = Backing::kMake(writable());
      Guest guest(world->root());
      ASSERT_EQ(guest.write("f", "content"), "ok");
      ASSERT_EQ(guest.write("g", "other"), "ok");
      ASSERT_EQ(guest.make_directory("d"), "ok");
      ASSERT_EQ(guest.make_directory("e"), "ok");
      ASSERT_EQ(guest.symlink("f", "lf"), "ok");
      ASSERT_EQ(guest.symlink("d", "ld"), "ok");
      ASSERT_EQ(guest.symlink("nowhere", "lx"), "ok");
      const std::string path = std::string(kKinds[kind]) + std::string(suffix);
      EXPECT_EQ(act(guest, path), (*row)[kind]) << path;
    }
  }
}

TYPED_TEST(SlashMatrix, StatNoFollow) {
  check<TypeParam>({{"file", "directory", "link", "link", "link"},
                    kThroughDirectories,
                    kThroughDirectories,
                    kThroughDirectories},
                   [](Guest& g, const std::string& p) { return g.stat(p, kNoFollow); });
}

TYPED_TEST(SlashMatrix, StatFollow) {
  check<TypeParam>({{"file", "directory", "file", "directory", "NOENT"},
                    kThroughDirectories,
                    kThroughDirectories,
                    kThroughDirectories},
                   [](Guest& g, const std::string& p) { return g.stat(p, kFollow); });
}

TYPED_TEST(SlashMatrix, OpenToReadNoFollow) {
  check<TypeParam>({{"file", "directory", "LOOP", "LOOP", "LOOP"},
                    kThroughDirectories,
                    kThroughDirectories,
                    kThroughDirectories},
                   [](Guest& g, const std::string& p) { return g.open(p, reading(kNoFollow)); });
}

TYPED_TEST(SlashMatrix, OpenToReadFollow) {
  check<TypeParam>({{"file", "directory", "file", "directory", "NOENT"},
                    kThroughDirectories,
                    kThroughDirectories,
                    kThroughDirectories},
                   [](Guest& g, const std::string& p) { return g.open(p, reading(kFollow)); });
}

TYPED_TEST(SlashMatrix, OpenDirectoryNoFollow) {
  check<TypeParam>({{"NOTDIR", "directory", "NOTDIR", "NOTDIR", "NOTDIR"},
                    kThroughDirectories,
                    kThroughDirectories,
                    kThroughDirectories},
                   [](Guest& g, const std::string& p) {
                     cap::OpenOptions options = reading(kNoFollow);
                     options.directory = true;
                     return g.open(p, options);
                   });
}

TYPED_TEST(SlashMatrix, OpenToWrite) {
  constexpr Row kDirectoriesRefuse = {"NOTDIR", "ISDIR", "NOTDIR", "ISDIR", "NOENT"};
  check<TypeParam>({{"file", "ISDIR", "file", "ISDIR", "NOENT"},
                    kDirectoriesRefuse,
                    kDirectoriesRefuse,
                    kDirectoriesRefuse},
                   [](Guest& g, const std::string& p) { return g.open(p, writing(kFollow)); });
}

TYPED_TEST(SlashMatrix, OpenToCreate) {
  constexpr Row kDirectoriesRefuse = {"NOTDIR", "ISDIR", "NOTDIR", "ISDIR", "NOENT"};
  check<TypeParam>({{"file", "ISDIR", "file", "ISDIR", "file"},
                    {"ISDIR", "ISDIR", "ISDIR", "ISDIR", "ISDIR"},
                    kDirectoriesRefuse,
                    kDirectoriesRefuse},
                   [](Guest& g, const std::string& p) { return g.open(p, creating(kFollow)); });
}

TYPED_TEST(SlashMatrix, OpenToCreateExclusively) {
  constexpr Row kThere = {"NOTDIR", "EXIST", "NOTDIR", "EXIST", "NOENT"};
  check<TypeParam>({{"EXIST", "EXIST", "EXIST", "EXIST", "EXIST"},
                    {"ISDIR", "ISDIR", "ISDIR", "ISDIR", "ISDIR"},
                    kThere,
                    kThere},
                   [](Guest& g, const std::string& p) {
                     cap::OpenOptions options = creating(kFollow);
                     options.exclusive = true;
                     return g.open(p, options);
                   });
}

TYPED_TEST(SlashMatrix, CreateDirectory) {
  check<TypeParam>({{"EXIST", "EXIST", "EXIST", "EXIST", "EXIST"},
                    {"EXIST", "EXIST", "EXIST", "EXIST", "EXIST"},
                    {"NOTDIR", "EXIST", "NOTDIR", "EXIST", "NOENT"},
                    kDotDotOfMutation},
                   [](Guest& g, const std::string& p) { return g.make_directory(p); });
}

TYPED_TEST(SlashMatrix, RemoveDirectory) {
  check<TypeParam>({{"NOTDIR", "ok", "NOTDIR", "NOTDIR", "NOTDIR"},
                    {"NOTDIR", "ok", "NOTDIR", "NOTDIR", "NOTDIR"},
                    {"NOTDIR", "INVAL", "NOTDIR", "INVAL", "NOENT"},
                    kDotDotOfMutation},
                   [](Guest& g, const std::string& p) { return g.remove_directory(p); });
}

TYPED_TEST(SlashMatrix, Unlink) {
  check<TypeParam>({{"ok", "ISDIR", "ok", "ok", "ok"},
                    {"NOTDIR", "ISDIR", "NOTDIR", "NOTDIR", "NOTDIR"},
                    {"NOTDIR", "ISDIR", "NOTDIR", "ISDIR", "NOENT"},
                    kDotDotOfMutation},
                   [](Guest& g, const std::string& p) { return g.unlink(p); });
}

TYPED_TEST(SlashMatrix, RenameFrom) {
  check<TypeParam>({{"ok", "ok", "ok", "ok", "ok"},
                    {"NOTDIR", "ok", "NOTDIR", "NOTDIR", "NOTDIR"},
                    {"NOTDIR", "BUSY", "NOTDIR", "BUSY", "NOENT"},
                    kDotDotOfMutation},
                   [](Guest& g, const std::string& p) { return g.rename(p, "new"); });
}

TYPED_TEST(SlashMatrix, RenameDirectoryOnto) {
  check<TypeParam>({{"NOTDIR", "ok", "NOTDIR", "NOTDIR", "NOTDIR"},
                    {"NOTDIR", "ok", "NOTDIR", "NOTDIR", "NOTDIR"},
                    {"NOTDIR", "BUSY", "NOTDIR", "BUSY", "NOENT"},
                    kDotDotOfMutation},
                   [](Guest& g, const std::string& p) { return g.rename("e", p); });
}

TYPED_TEST(SlashMatrix, RenameFileOnto) {
  check<TypeParam>({{"ok", "ISDIR", "ok", "ok", "ok"},
                    {"NOTDIR", "NOTDIR", "NOTDIR", "NOTDIR", "NOTDIR"},
                    {"NOTDIR", "BUSY", "NOTDIR", "BUSY", "NOENT"},
                    kDotDotOfMutation},
                   [](Guest& g, const std::string& p) { return g.rename("g", p); });
}

TYPED_TEST(SlashMatrix, LinkFrom) {
  check<TypeParam>({{"ok", "PERM", "ok", "ok", "ok"},
                    {"NOTDIR", "PERM", "NOTDIR", "NOTDIR", "NOTDIR"},
                    {"NOTDIR", "PERM", "NOTDIR", "PERM", "NOENT"},
                    kDotDotOfMutation},
                   [](Guest& g, const std::string& p) { return g.link(p, "new"); });
}

TYPED_TEST(SlashMatrix, LinkOnto) {
  check<TypeParam>({{"EXIST", "EXIST", "EXIST", "EXIST", "EXIST"},
                    {"NOTDIR", "EXIST", "NOTDIR", "NOTDIR", "NOTDIR"},
                    {"NOTDIR", "EXIST", "NOTDIR", "EXIST", "NOENT"},
                    kDotDotOfMutation},
                   [](Guest& g, const std::string& p) { return g.link("g", p); });
}

TYPED_TEST(SlashMatrix, Symlink) {
  check<TypeParam>({{"EXIST", "EXIST", "EXIST", "EXIST", "EXIST"},
                    {"NOTDIR", "EXIST", "NOTDIR", "NOTDIR", "NOTDIR"},
                    {"NOTDIR", "EXIST", "NOTDIR", "EXIST", "NOENT"},
                    kDotDotOfMutation},
                   [](Guest& g, const std::string& p) { return g.symlink("g", p); });
}

TYPED_TEST(SlashMatrix, ReadLink) {
  constexpr Row kNoLink = {"NOTDIR", "INVAL", "NOTDIR", "INVAL", "NOENT"};
  check<TypeParam>({{"INVAL", "INVAL", "f", "d", "nowhere"}, kNoLink, kNoLink, kNoLink},
                   [](Guest& g, const std::string& p) { return g.read_link(p); });
}

TYPED_TEST(SlashMatrix, SetTimesNoFollow) {
  constexpr Row kDirectories = {"NOTDIR", "ok", "NOTDIR", "ok", "NOENT"};
  check<TypeParam>({{"ok", "ok", "ok", "ok", "ok"}, kDirectories, kDirectories, kDirectories},
                   [](Guest& g, const std::string& p) { return g.touch(p, kNoFollow); });
}

TYPED_TEST(SlashMatrix, SetTimesFollow) {
  constexpr Row kDirectories = {"NOTDIR", "ok", "NOTDIR", "ok", "NOENT"};
  check<TypeParam>({{"ok", "ok", "ok", "ok", "NOENT"}, kDirectories, kDirectories, kDirectories},
                   [](Guest& g, const std::string& p) { return g.touch(p, kFollow); });
}

// What does not exist yet.
TYPED_TEST(SlashMatrix, NewNames) {
  const auto world = TypeParam::kMake(writable());
  Guest guest(world->root());
  ASSERT_EQ(guest.write("f", "content"), "ok");
  EXPECT_EQ(guest.open("new/", creating(kFollow)), "ISDIR");
  EXPECT_EQ(guest.open("gone/new", creating(kFollow)), "NOENT");
  EXPECT_EQ(guest.open("gone/new/", creating(kFollow)), "NOENT");
  EXPECT_EQ(guest.open("new/", reading(kFollow)), "NOENT");
  EXPECT_EQ(guest.link("f", "new/"), "NOENT");
  EXPECT_EQ(guest.symlink("f", "new/"), "NOENT");
  EXPECT_EQ(guest.rename("f", "new/"), "NOTDIR");
  EXPECT_EQ(guest.unlink("new/"), "NOENT");
  EXPECT_EQ(guest.make_directory("new/"), "ok");
  EXPECT_EQ(guest.rename("new/", "newer/"), "ok");
  EXPECT_EQ(guest.stat("newer", kNoFollow), "directory");
  EXPECT_EQ(guest.remove_directory("newer/"), "ok");
}

// A link whose text ends with a slash names a directory: nothing is made through it, whether what
// is missing is its target or lies behind another link.
TYPED_TEST(SlashMatrix, LinksWithASlash) {
  const auto world = TypeParam::kMake(writable());
  Guest guest(world->root());
  ASSERT_EQ(guest.make_directory("d"), "ok");
  ASSERT_EQ(guest.write("f", "content"), "ok");
  world->plant_link("gone/", "to_gone");
  world->plant_link("./a/b/..", "lost");
  world->plant_link("lost/", "to_lost");
  world->plant_link("d/", "to_d");
  world->plant_link("f/", "to_f");
  EXPECT_EQ(guest.open("to_gone", creating(kFollow)), "ISDIR");
  EXPECT_EQ(guest.open("to_lost", creating(kFollow)), "ISDIR");
  EXPECT_EQ(guest.open("lost", creating(kFollow)), "NOENT");
  EXPECT_EQ(guest.open("to_d", creating(kFollow)), "ISDIR");
  EXPECT_EQ(guest.open("to_f", creating(kFollow)), "NOTDIR");
  for (const char* link : {"to_gone", "to_lost", "lost"}) {
    EXPECT_EQ(guest.open(link, reading(kFollow)), "NOENT") << link;
  }
}

}  // namespace
}  // namespace warrant::contract
