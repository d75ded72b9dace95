// SPDX-License-Identifier: Apache-2.0
// Names: opening, linking, renaming, removing, listing. Expectations: preview1.md sections 7.3 and
// 7.4, filesystem.md sections 6, 8, 9, 11 and 12.
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "tests/contract/world.h"
#include "warrant/cap/attenuate.h"
#include "warrant/cap/link_text.h"

namespace warrant::contract {
namespace {

using enum cap::Symlinks;

template <typename Backing>
class DirectoryOf : public testing::Test {
 protected:
  std::unique_ptr<World> world = Backing::kMake(writable());
  Guest guest{world->root()};
};
using Backings = testing::Types<MemFs, OsOpenat2, OsWalk, Revocable, Budget>;
TYPED_TEST_SUITE(DirectoryOf, Backings, Names);

struct Seen {
  std::string name;
  std::uint64_t inode;
  cap::FileType type;
  cap::DirCookie next;
};

// Takes `limit` entries, then has enough.
class Collect final : public cap::EntrySink {
 public:
  explicit Collect(std::size_t limit) : limit_(limit) {}
  bool accept(const cap::Entry& entry) override {
    if (seen.size() == limit_) return false;
    seen.push_back({std::string(entry.name), entry.inode, entry.type, entry.next});
    return true;
  }
  std::vector<Seen> seen;

 private:
  std::size_t limit_;
};

cap::OpenOptions with(cap::OpenOptions options, bool cap::OpenOptions::* flag) {
  options.*flag = true;
  return options;
}

TYPED_TEST(DirectoryOf, CombinationsThatMeanNothingAreInvalid) {
  Guest& g = this->guest;
  const cap::OpenOptions directory = with(reading(kFollow), &cap::OpenOptions::directory);
  EXPECT_EQ(g.open("x", with(directory, &cap::OpenOptions::create)), "INVAL");
  EXPECT_EQ(g.open("x", with(directory, &cap::OpenOptions::exclusive)), "INVAL");
  EXPECT_EQ(g.open("x", with(directory, &cap::OpenOptions::truncate)), "INVAL");
  EXPECT_EQ(g.open("x", with(reading(kFollow), &cap::OpenOptions::exclusive)), "INVAL");
  EXPECT_TRUE(g.names().empty());
}

TYPED_TEST(DirectoryOf, PathsAreResolvedOnHandlesNotOnText) {
  Guest& g = this->guest;
  ASSERT_EQ(g.make_directory("a"), "ok");
  ASSERT_EQ(g.make_directory("a/b"), "ok");
  ASSERT_EQ(g.write("f", "x"), "ok");
  ASSERT_EQ(g.symlink("a/b", "l"), "ok");
  EXPECT_EQ(g.stat("a//b", kNoFollow), "directory");
  EXPECT_EQ(g.stat("a/./b/.", kNoFollow), "directory");
  EXPECT_EQ(g.stat("a/..", kNoFollow), "directory");
  EXPECT_EQ(g.stat("f/..", kNoFollow), "NOTDIR");
  EXPECT_EQ(g.stat("gone/..", kNoFollow), "NOENT");
  // l/.. is a, where the link leads, not where it stands.
  EXPECT_EQ(g.write("l/../here", "x"), "ok");
  EXPECT_EQ(g.stat("a/here", kNoFollow), "file");
}

TYPED_TEST(DirectoryOf, FortyLinksAreFollowedAndFortyOneAreALoop) {
  Guest& g = this->guest;
  ASSERT_EQ(g.write("l0", "end"), "ok");
  for (int i = 1; i <= 41; ++i) {
    ASSERT_EQ(g.symlink("l" + std::to_string(i - 1), "l" + std::to_string(i)), "ok");
  }
  EXPECT_EQ(g.read("l40"), "end");
  EXPECT_EQ(g.read("l41"), "LOOP");
  ASSERT_EQ(g.symlink("self", "self"), "ok");
  EXPECT_EQ(g.stat("self", kFollow), "LOOP");
  EXPECT_EQ(g.stat("self", kNoFollow), "link");
  EXPECT_EQ(g.stat("self/x", kNoFollow), "LOOP");
}

TYPED_TEST(DirectoryOf, CreateThroughADanglingLinkMakesItsTarget) {
  Guest& g = this->guest;
  ASSERT_EQ(g.symlink("target", "l"), "ok");
  EXPECT_EQ(g.open("l", creating(kNoFollow)), "LOOP");
  EXPECT_EQ(g.open("l", with(creating(kFollow), &cap::OpenOptions::exclusive)), "EXIST");
  EXPECT_EQ(g.stat("target", kNoFollow), "NOENT");
  EXPECT_EQ(g.open("l", creating(kFollow)), "file");
  EXPECT_EQ(g.stat("target", kNoFollow), "file");
}

TYPED_TEST(DirectoryOf, TruncateIsForFiles) {
  Guest& g = this->guest;
  ASSERT_EQ(g.make_directory("d"), "ok");
  EXPECT_EQ(g.open("d", with(reading(kFollow), &cap::OpenOptions::truncate)), "ISDIR");
  EXPECT_EQ(g.open("gone", with(reading(kFollow), &cap::OpenOptions::truncate)), "NOENT");
}

TYPED_TEST(DirectoryOf, AStatOfALinkIsTheLink) {
  Guest& g = this->guest;
  ASSERT_EQ(g.symlink("1234567", "l"), "ok");
  EXPECT_EQ(g.stat_of("l").size, 7U);
  EXPECT_EQ(g.stat("l", kFollow), "NOENT");
}

TYPED_TEST(DirectoryOf, TimesOfALinkAreItsOwn) {
  Guest& g = this->guest;
  ASSERT_EQ(g.write("f", "x"), "ok");
  ASSERT_EQ(g.symlink("f", "l"), "ok");
  const Nanoseconds before = g.stat_of("f").modified;
  ASSERT_EQ(g.touch("l", kNoFollow), "ok");
  EXPECT_EQ(g.stat_of("l").modified, Nanoseconds{1'234'567'890'123'456'789});
  EXPECT_EQ(g.stat_of("f").modified, before);
  ASSERT_EQ(g.touch("l", kFollow), "ok");
  EXPECT_EQ(g.stat_of("f").modified, Nanoseconds{1'234'567'890'123'456'789});
}

TYPED_TEST(DirectoryOf, OnlyEmptyDirectoriesAreRemovedOrReplaced) {
  Guest& g = this->guest;
  for (const char* name : {"a", "b", "b/c", "e"}) ASSERT_EQ(g.make_directory(name), "ok");
  EXPECT_EQ(g.remove_directory("b"), "NOTEMPTY");
  EXPECT_EQ(g.rename("a", "b"), "NOTEMPTY");
  EXPECT_EQ(g.rename("a", "e"), "ok");
  EXPECT_EQ(g.names(), (std::vector<std::string>{"b", "e"}));
  EXPECT_EQ(g.rename("b", "b/c/d"), "INVAL");
  EXPECT_EQ(g.rename("b/c", "b"), "NOTEMPTY");
  EXPECT_EQ(g.rename("gone", "x"), "NOENT");
  EXPECT_EQ(g.rename("b", "gone/x"), "NOENT");
}

TYPED_TEST(DirectoryOf, RenamingBetweenNamesOfOneInodeDoesNothing) {
  Guest& g = this->guest;
  ASSERT_EQ(g.write("f", "x"), "ok");
  ASSERT_EQ(g.link("f", "g"), "ok");
  EXPECT_EQ(g.rename("f", "g"), "ok");
  EXPECT_EQ(g.names(), (std::vector<std::string>{"f", "g"}));
  EXPECT_EQ(g.rename("f", "f"), "ok");
  EXPECT_EQ(g.stat_of("f").links, 2U);
}

TYPED_TEST(DirectoryOf, AHardLinkIsTheSameFile) {
  Guest& g = this->guest;
  ASSERT_EQ(g.write("f", "one"), "ok");
  ASSERT_EQ(g.link("f", "g"), "ok");
  EXPECT_EQ(g.stat_of("f").inode, g.stat_of("g").inode);
  EXPECT_EQ(g.stat_of("g").links, 2U);
  EXPECT_EQ(g.write("g", "two"), "ok");
  EXPECT_EQ(g.read("f"), "two");
  EXPECT_EQ(g.unlink("f"), "ok");
  EXPECT_EQ(g.read("g"), "two");
  EXPECT_EQ(g.stat_of("g").links, 1U);
}

TYPED_TEST(DirectoryOf, ALinkToALinkLinksTheLink) {
  Guest& g = this->guest;
  ASSERT_EQ(g.symlink("nowhere", "l"), "ok");
  EXPECT_EQ(g.link("l", "m"), "ok");
  EXPECT_EQ(g.read_link("m"), "nowhere");
  EXPECT_EQ(g.stat_of("m").inode, g.stat_of("l").inode);
}

TYPED_TEST(DirectoryOf, ReadLinkCutsToTheBuffer) {
  ASSERT_EQ(this->guest.symlink("abcdef", "l"), "ok");
  std::array<std::byte, 4> to{};
  to[3] = std::byte{'!'};
  const auto size = this->world->root().read_link(*cap::GuestPath::parse("l"),
                                                  Buffer::host(std::span(to).first(3)));
  ASSERT_TRUE(size);
  EXPECT_EQ(*size, 3U);
  EXPECT_EQ(to[2], std::byte{'c'});
  EXPECT_EQ(to[3], std::byte{'!'});
}

TYPED_TEST(DirectoryOf, ALinkMustNotLeadOutFromWhereItStands) {
  Guest& g = this->guest;
  ASSERT_EQ(g.make_directory("a"), "ok");
  ASSERT_EQ(g.make_directory("a/b"), "ok");
  ASSERT_EQ(g.symlink("a/b", "deep"), "ok");
  ASSERT_EQ(g.symlink(".", "here"), "ok");
  const std::string denied = "NOTCAPABLE link_target";
  EXPECT_EQ(g.symlink("/etc/passwd", "x"), denied);
  EXPECT_EQ(g.symlink("..", "x"), denied);
  EXPECT_EQ(g.symlink("a/../../y", "x"), denied);
  EXPECT_EQ(g.symlink("../a/../..", "a/x"), denied);
  EXPECT_EQ(g.symlink("../../x", "a/x"), denied);
  // "here" is the root under another name, "deep" two levels down under a short one.
  EXPECT_EQ(g.symlink("../x", "here/x"), denied);
  EXPECT_EQ(g.symlink("../../../x", "deep/x"), denied);
  EXPECT_EQ(g.symlink("../../f", "deep/x"), "ok");
  EXPECT_EQ(g.symlink("../f", "a/x"), "ok");
  EXPECT_EQ(g.symlink("", "x"), "NOENT");
  EXPECT_EQ(g.symlink(std::string_view("a\0b", 3), "x"), "INVAL");
  EXPECT_EQ(g.symlink(std::string(4096, 'x'), "x"), "NAMETOOLONG");
}

constexpr const char* kLinkTarget = "NOTCAPABLE link_target";

TYPED_TEST(DirectoryOf, ALinkIsJudgedAgainWhereItIsMovedOrLinkedTo) {
  Guest& g = this->guest;
  for (const char* name : {"a", "a/b", "a/b/c", "e", "e/f"})
    ASSERT_EQ(g.make_directory(name), "ok");
  ASSERT_EQ(g.symlink("../secret", "a/p"), "ok");
  ASSERT_EQ(g.symlink("../../x", "a/b/q"), "ok");
  EXPECT_EQ(g.rename("a/p", "report"), kLinkTarget);
  EXPECT_EQ(g.link("a/p", "report"), kLinkTarget);
  EXPECT_EQ(g.rename("a/b/q", "a/q"), kLinkTarget);
  EXPECT_EQ(g.link("a/b/q", "e/q"), kLinkTarget);
  EXPECT_EQ(g.stat("report", kNoFollow), "NOENT");
  EXPECT_EQ(g.read_link("a/p"), "../secret");
  // What stays inside may move: deeper, as deep, in its directory, and up as far as it allows.
  EXPECT_EQ(g.rename("a/p", "a/b/p"), "ok");
  EXPECT_EQ(g.rename("a/b/p", "a/b/c/p"), "ok");
  EXPECT_EQ(g.rename("a/b/c/p", "e/p"), "ok");
  EXPECT_EQ(g.rename("e/p", "e/r"), "ok");
  EXPECT_EQ(g.link("e/r", "a/r"), "ok");
  EXPECT_EQ(g.rename("a/b/q", "e/f/q"), "ok");
  EXPECT_EQ(g.read_link("e/f/q"), "../../x");
  ASSERT_EQ(g.symlink("f", "l"), "ok");
  EXPECT_EQ(g.rename("l", "e/l"), "ok");
  EXPECT_EQ(g.rename("e/l", "l"), "ok");
}

TYPED_TEST(DirectoryOf, ALinkThatLeadsOutAlreadyStaysInItsDirectory) {
  Guest& g = this->guest;
  ASSERT_EQ(g.make_directory("d"), "ok");
  this->world->plant_link("/etc/passwd", "absolute");
  this->world->plant_link("../x", "climbing");
  for (const char* name : {"absolute", "climbing"}) {
    const std::string below = "d/" + std::string(name);
    const std::string other = std::string(name) + "2";
    if (name == std::string_view("absolute")) {
      EXPECT_EQ(g.rename(name, below), kLinkTarget);
      EXPECT_EQ(g.link(name, below), kLinkTarget);
    }
    EXPECT_EQ(g.link(name, other), "ok");
    EXPECT_EQ(g.rename(name, other + "b"), "ok");
  }
  EXPECT_EQ(g.rename("climbing2", "d/inside"), "ok");
}

TYPED_TEST(DirectoryOf, ADirectoryCarriesNoLinkToWhereItWouldLeadOut) {
  Guest& g = this->guest;
  for (const char* name : {"a", "a/b", "a/b/c", "a/b/c/d", "e", "e/f"}) {
    ASSERT_EQ(g.make_directory(name), "ok");
  }
  ASSERT_EQ(g.symlink("../../../../x", "a/b/c/d/l"), "ok");
  ASSERT_EQ(g.write("a/b/c/file", "f"), "ok");
  EXPECT_EQ(g.rename("a/b/c", "c"), kLinkTarget);
  EXPECT_EQ(g.rename("a/b/c", "a/c"), kLinkTarget);
  EXPECT_EQ(g.rename("a/b", "b"), kLinkTarget);
  EXPECT_EQ(g.rename("a/b/c/d", "d"), kLinkTarget);
  EXPECT_EQ(g.stat("c", kNoFollow), "NOENT");
  // As deep and deeper; and back.
  EXPECT_EQ(g.rename("a/b/c", "e/f/c"), "ok");
  EXPECT_EQ(g.rename("e/f/c", "e/f/k"), "ok");
  EXPECT_EQ(g.read_link("e/f/k/d/l"), "../../../../x");
  ASSERT_EQ(g.make_directory("e/f/deep"), "ok");
  EXPECT_EQ(g.rename("e/f/k", "e/f/deep/k"), "ok");
  EXPECT_EQ(g.rename("e/f/deep/k", "e/k"), kLinkTarget);
  EXPECT_EQ(g.rename("e/f/deep/k", "e/f/c"), "ok");
  // Without the link it may go anywhere, and so may links that stay inside.
  ASSERT_EQ(g.unlink("e/f/c/d/l"), "ok");
  ASSERT_EQ(g.symlink("../file", "e/f/c/d/l"), "ok");
  ASSERT_EQ(g.symlink("..", "e/f/c/d/up"), "ok");
  EXPECT_EQ(g.rename("e/f/c", "c"), "ok");
  EXPECT_EQ(g.read_link("c/d/l"), "../file");
}

TYPED_TEST(DirectoryOf, AMoveThroughHandlesIsJudgedFromTheRoot) {
  Guest& g = this->guest;
  for (const char* name : {"a", "a/b", "a/b/c", "a/b/m"}) ASSERT_EQ(g.make_directory(name), "ok");
  ASSERT_EQ(g.symlink("../../x", "a/b/l"), "ok");
  ASSERT_EQ(g.symlink("../../../x", "a/b/m/l"), "ok");
  const auto deep = g.sub("a/b/c");
  const auto middle = g.sub("a/b");
  const auto up = g.sub("a");
  const auto link = *cap::GuestPath::parse("a/b/l");
  const auto moved = *cap::GuestPath::parse("a/b/m");
  const auto name = *cap::GuestPath::parse("n");
  const auto l = *cap::GuestPath::parse("l");
  EXPECT_EQ(said(g.directory().rename(link, *up, name)), kLinkTarget);
  EXPECT_EQ(said(middle->rename(l, *up, name)), kLinkTarget);
  EXPECT_EQ(said(middle->link(l, *up, name)), kLinkTarget);
  EXPECT_EQ(said(g.directory().rename(moved, *up, name)), kLinkTarget);
  // Above the handle, and still within what was granted.
  EXPECT_EQ(said(g.directory().rename(link, *deep, l)), "ok");
  EXPECT_EQ(said(deep->link(l, *middle, name)), "ok");
  EXPECT_EQ(said(deep->rename(l, *middle, l)), "ok");
  EXPECT_EQ(g.read_link("a/b/l"), "../../x");
  EXPECT_EQ(said(g.directory().rename(moved, *deep, name)), "ok");
  EXPECT_EQ(said(deep->rename(name, *middle, *cap::GuestPath::parse("back"))), "ok");
  EXPECT_EQ(g.read_link("a/b/back/l"), "../../../x");
}

TYPED_TEST(DirectoryOf, ADirectoryWithTooMuchInItDoesNotRise) {
  // A budget holds fewer names, and what only passes on has nothing to add.
  if (TypeParam::kMake == budget_world || TypeParam::kMake == revocable_world) return;
  cap::DirectoryOptions options = writable();
  options.quota.inodes = 100'000;
  const auto roomy = TypeParam::kMake(options);
  Guest g(roomy->root());
  for (const char* name : {"a", "a/many", "a/few"}) ASSERT_EQ(g.make_directory(name), "ok");
  ASSERT_EQ(g.write("a/many/f", ""), "ok");
  for (std::size_t n = 0; n < cap::kMostCarriedEntries; ++n) {
    ASSERT_EQ(g.link("a/many/f", "a/many/" + std::to_string(n)), "ok");
    if (n % 60'000 != 59'999) continue;
    ASSERT_EQ(g.unlink("a/many/f"), "ok");  // a file has at most 65,000 names
    ASSERT_EQ(g.write("a/many/f", ""), "ok");
  }
  EXPECT_EQ(g.rename("a/many", "many"), kLinkTarget);
  EXPECT_EQ(g.rename("a/many", "a/many2"), "ok");
  EXPECT_EQ(g.unlink("a/many2/7"), "ok");
  EXPECT_EQ(g.rename("a/many2", "many"), "ok");
  EXPECT_EQ(g.rename("a/few", "few"), "ok");
}

TYPED_TEST(DirectoryOf, ARenameSaysWhatBecameOfTheTarget) {
  Guest& g = this->guest;
  for (const char* name : {"f", "g"}) ASSERT_EQ(g.write(name, name), "ok");
  ASSERT_EQ(g.link("f", "h"), "ok");
  const auto move = [&](const char* from, const char* to) {
    auto& at = g.directory();
    return *at.rename(*cap::GuestPath::parse(from), at, *cap::GuestPath::parse(to));
  };
  EXPECT_EQ(move("f", "h"), cap::Renamed::kUnchanged);
  EXPECT_EQ(g.stat("f", kNoFollow), "file");
  EXPECT_EQ(move("f", "n"), cap::Renamed::kMoved);
  EXPECT_EQ(move("n", "g"), cap::Renamed::kReplaced);
  EXPECT_EQ(g.read("g"), "f");
}

TYPED_TEST(DirectoryOf, LinksCanBeForbiddenToMakeAndToFollow) {
  cap::DirectoryOptions options = writable();
  options.create_symlinks = cap::CreateSymlinks::kNone;
  options.symlinks = cap::FollowLinks::kNone;
  const auto other = TypeParam::kMake(options);
  Guest g(other->root());
  ASSERT_EQ(g.write("f", "x"), "ok");
  EXPECT_EQ(g.symlink("f", "l"), "NOTCAPABLE link_target");
  other->plant_link("f", "l");
  other->plant_link(".", "d");
  EXPECT_EQ(g.read("l"), "LOOP");
  EXPECT_EQ(g.stat("l", kFollow), "LOOP");
  EXPECT_EQ(g.stat("l", kNoFollow), "link");
  EXPECT_EQ(g.stat("d/f", kNoFollow), "LOOP");
  EXPECT_EQ(g.read_link("l"), "f");
  EXPECT_EQ(g.unlink("l"), "ok");
}

TYPED_TEST(DirectoryOf, ARemovedDirectoryKeepsItsHandleAndFindsNothing) {
  Guest& g = this->guest;
  ASSERT_EQ(g.make_directory("d"), "ok");
  const auto removed = g.sub("d");
  ASSERT_EQ(g.remove_directory("d"), "ok");
  Guest inside(*removed);
  EXPECT_TRUE(removed->stat_self());
  EXPECT_EQ(inside.stat("x", kNoFollow), "NOENT");
  EXPECT_EQ(inside.write("x", "y"), "NOENT");
  EXPECT_EQ(inside.make_directory("x"), "NOENT");
  EXPECT_EQ(inside.symlink("a", "x"), "NOENT");
  EXPECT_TRUE(inside.names().empty());
  // Nor does anything move in, whatever it is.
  ASSERT_EQ(g.write("file", "x"), "ok");
  ASSERT_EQ(g.symlink("file", "link"), "ok");
  ASSERT_EQ(g.make_directory("directory"), "ok");
  const auto there = *cap::GuestPath::parse("x");
  for (const char* name : {"file", "link", "directory"}) {
    const auto from = *cap::GuestPath::parse(name);
    EXPECT_EQ(said(this->world->root().rename(from, *removed, there)), "NOENT") << name;
    EXPECT_NE(g.stat(name, kNoFollow), "NOENT");
  }
  for (const char* name : {"file", "link"}) {
    const auto from = *cap::GuestPath::parse(name);
    EXPECT_EQ(said(this->world->root().link(from, *removed, there)), "NOENT") << name;
  }
}

TYPED_TEST(DirectoryOf, AMovedDirectoryIsStillConfinedToItself) {
  Guest& g = this->guest;
  for (const char* name : {"a", "a/b", "c"}) ASSERT_EQ(g.make_directory(name), "ok");
  const auto moved = g.sub("a/b");
  ASSERT_EQ(g.rename("a/b", "c/b"), "ok");
  Guest inside(*moved);
  EXPECT_EQ(inside.write("f", "x"), "ok");
  EXPECT_EQ(g.read("c/b/f"), "x");
  EXPECT_EQ(inside.stat("..", kNoFollow), "NOTCAPABLE escape");
  EXPECT_EQ(inside.stat("../b/f", kNoFollow), "NOTCAPABLE escape");
}

TYPED_TEST(DirectoryOf, NamesAreComparedByteByByte) {
  Guest& g = this->guest;
  for (const char* name :
       {".git", ".GIT", "caf\xc3\xa9", "cafe\xcc\x81", "NUL.txt", "C:", "COM1"}) {
    EXPECT_EQ(g.write(name, name), "ok");
    EXPECT_EQ(g.read(name), name);
  }
  EXPECT_EQ(g.names().size(), 7U);
}

TYPED_TEST(DirectoryOf, PathsThatAreNoneAreRefusedBeforeAnythingHappens) {
  Guest& g = this->guest;
  EXPECT_EQ(g.stat("", kFollow), "NOENT bad_path");
  EXPECT_EQ(g.stat(std::string_view("a\0b", 3), kFollow), "INVAL bad_path");
  EXPECT_EQ(g.stat("\xff", kFollow), "ILSEQ bad_path");
  EXPECT_EQ(g.stat(std::string(256, 'x'), kFollow), "NAMETOOLONG bad_path");
  EXPECT_EQ(g.stat(std::string(255, 'x'), kFollow), "NOENT");
  std::string longest;
  while (longest.size() < 4094) longest += "./";
  EXPECT_EQ(g.stat(longest + ".", kFollow), "directory");
  EXPECT_EQ(g.stat(longest + "./", kFollow), "NAMETOOLONG bad_path");
}

TYPED_TEST(DirectoryOf, AListingHasDotsTypesAndInodes) {
  Guest& g = this->guest;
  ASSERT_EQ(g.write("f", "x"), "ok");
  ASSERT_EQ(g.make_directory("d"), "ok");
  ASSERT_EQ(g.symlink("f", "l"), "ok");
  Collect all(100);
  ASSERT_TRUE(this->world->root().list(cap::DirCookie{0}, all));
  ASSERT_EQ(all.seen.size(), 5U);
  const std::uint64_t own = this->world->root().stat_self()->inode;
  for (const Seen& entry : all.seen) {
    if (entry.name == "." || entry.name == "..") {
      EXPECT_EQ(entry.inode, own) << entry.name;
      EXPECT_EQ(entry.type, cap::FileType::kDirectory);
      continue;
    }
    EXPECT_EQ(entry.inode, g.stat_of(entry.name).inode);
    EXPECT_EQ(entry.type, g.stat_of(entry.name).type);
  }
}

TYPED_TEST(DirectoryOf, AListingGoesOnFromEveryCookie) {
  Guest& g = this->guest;
  for (int i = 0; i < 300; ++i)
    ASSERT_EQ(g.write("file-with-a-name-" + std::to_string(i), ""), "ok");
  cap::Directory& root = this->world->root();
  Collect all(1000);
  ASSERT_TRUE(root.list(cap::DirCookie{0}, all));
  ASSERT_EQ(all.seen.size(), 302U);
  for (const std::size_t at : {0U, 1U, 17U, 299U, 300U}) {
    Collect rest(1);
    ASSERT_TRUE(root.list(all.seen[at].next, rest));
    ASSERT_EQ(rest.seen.size(), 1U);
    EXPECT_EQ(rest.seen[0].name, all.seen[at + 1].name);
  }
  Collect end(10);
  ASSERT_TRUE(root.list(all.seen.back().next, end));
  EXPECT_TRUE(end.seen.empty());
  ASSERT_TRUE(root.list(cap::DirCookie{UINT64_MAX}, end));
  EXPECT_TRUE(end.seen.empty());
}

TYPED_TEST(DirectoryOf, AnEntryThatWasRefusedComesAgain) {
  Guest& g = this->guest;
  for (int i = 0; i < 20; ++i) ASSERT_EQ(g.write(std::to_string(i), ""), "ok");
  std::set<std::string> names;
  cap::DirCookie from{0};
  for (;;) {
    Collect some(3);
    ASSERT_TRUE(this->world->root().list(from, some));
    if (some.seen.empty()) break;
    for (const Seen& entry : some.seen) EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    from = some.seen.back().next;
  }
  EXPECT_EQ(names.size(), 22U);
}

TYPED_TEST(DirectoryOf, ALargeListingSurvivesRemovalsAndRepeatsNothing) {
  Guest& g = this->guest;
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(g.write("n" + std::to_string(i), ""), "ok");
  std::set<std::string> names;
  cap::DirCookie from{0};
  for (int round = 0;; ++round) {
    Collect some(100);
    ASSERT_TRUE(this->world->root().list(from, some));
    if (some.seen.empty()) break;
    for (const Seen& entry : some.seen) {
      EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
      if (entry.name[0] == 'n') {
        EXPECT_EQ(g.unlink(entry.name), "ok");
      }
    }
    from = some.seen.back().next;
    ASSERT_LT(round, 30);
  }
  EXPECT_EQ(names.size(), 2002U);
  EXPECT_TRUE(g.names().empty());
}

TYPED_TEST(DirectoryOf, AReadGrantDeniesEveryWriteClassOperation) {
  cap::DirectoryOptions options = writable();
  options.access = cap::Access::kRead;
  const auto other = TypeParam::kMake(options);
  Guest g(other->root());
  other->plant_link("nowhere", "l");
  const std::string denied = "NOTCAPABLE read_only";
  EXPECT_EQ(g.open("f", creating(kFollow)), denied);
  EXPECT_EQ(g.open("l", writing(kFollow)), denied);
  EXPECT_EQ(g.open("l", with(reading(kFollow), &cap::OpenOptions::truncate)), denied);
  EXPECT_EQ(g.open("l", with(reading(kFollow), &cap::OpenOptions::append)), denied);
  EXPECT_EQ(g.open("l", with(with(reading(kFollow), &cap::OpenOptions::directory),
                             &cap::OpenOptions::create)),
            "INVAL");
  EXPECT_EQ(g.make_directory("d"), denied);
  EXPECT_EQ(g.remove_directory("l"), denied);
  EXPECT_EQ(g.unlink("l"), denied);
  EXPECT_EQ(g.rename("l", "m"), denied);
  EXPECT_EQ(g.link("l", "m"), denied);
  EXPECT_EQ(g.symlink("x", "m"), denied);
  EXPECT_EQ(g.touch("l", kNoFollow), denied);
  EXPECT_EQ(said(other->root().set_times_self({})), denied);
  EXPECT_EQ(g.read_link("l"), "nowhere");
  EXPECT_EQ(g.names(), std::vector<std::string>{"l"});
}

TYPED_TEST(DirectoryOf, TheReadOnlyAttenuatorDeniesTheSameOnAWritableGrant) {
  Guest& g = this->guest;
  ASSERT_EQ(g.write("f", "abc"), "ok");
  ASSERT_EQ(g.make_directory("d"), "ok");
  auto again = cap::subtree(this->world->root(), *cap::GuestPath::parse("."));
  ASSERT_TRUE(again);
  const auto narrowed = cap::read_only(*std::move(again));
  Guest n(*narrowed);
  const std::string denied = "NOTCAPABLE read_only";
  EXPECT_EQ(n.write("f", "x"), denied);
  EXPECT_EQ(n.open("f", with(reading(kFollow), &cap::OpenOptions::truncate)), denied);
  EXPECT_EQ(n.rename("f", "g"), denied);
  EXPECT_EQ(n.link("f", "g"), denied);
  EXPECT_EQ(n.unlink("f"), denied);
  EXPECT_EQ(n.remove_directory("d"), denied);
  EXPECT_EQ(n.touch("f", kFollow), denied);
  EXPECT_EQ(said(n.file("f", reading(kFollow))->set_times({})), denied);
  EXPECT_EQ(Guest(*n.sub("d")).make_directory("x"), denied);
  EXPECT_EQ(n.read("f"), "abc");
}

TYPED_TEST(DirectoryOf, ARevokedDirectoryTakesEverythingOpenedThroughItAlong) {
  Guest& g = this->guest;
  ASSERT_EQ(g.write("f", "abc"), "ok");
  ASSERT_EQ(g.make_directory("d"), "ok");
  cap::Revoker revoker;
  auto again = cap::subtree(this->world->root(), *cap::GuestPath::parse("."));
  ASSERT_TRUE(again);
  const auto lent = revoker.wrap(*std::move(again));
  Guest n(*lent);
  const auto file = n.file("f", writing(kFollow));
  const auto below = n.sub("d");
  EXPECT_EQ(write_at(*file, 0, "A"), "ok");
  revoker.revoke();
  const std::string gone = "BADF revoked";
  EXPECT_EQ(write_at(*file, 0, "x"), gone);
  EXPECT_EQ(append(*file, "x"), gone);
  EXPECT_EQ(read_at(*file, 0, 1), gone);
  EXPECT_EQ(said(file->set_size(0)), gone);
  EXPECT_EQ(n.stat("f", kFollow), gone);
  EXPECT_EQ(n.unlink("f"), gone);
  EXPECT_EQ(Guest(*below).make_directory("x"), gone);
  EXPECT_EQ(g.read("f"), "Abc");
}

TYPED_TEST(DirectoryOf, TwoGrantsAreTwoDevicesAndAReadOneIsNeverTheTarget) {
  Guest& g = this->guest;
  ASSERT_EQ(g.write("f", "abc"), "ok");
  const auto other = TypeParam::kMake(writable());
  cap::DirectoryOptions read = writable();
  read.access = cap::Access::kRead;
  const auto closed = TypeParam::kMake(read);
  const auto f = *cap::GuestPath::parse("f");
  const auto name = *cap::GuestPath::parse("g");
  EXPECT_EQ(said(g.directory().rename(f, other->root(), name)), "XDEV");
  EXPECT_EQ(said(g.directory().link(f, other->root(), name)), "XDEV");
  EXPECT_EQ(said(closed->root().rename(f, g.directory(), name)), "NOTCAPABLE read_only");
  EXPECT_EQ(said(closed->root().link(f, g.directory(), name)), "NOTCAPABLE read_only");
  EXPECT_EQ(g.read("f"), "abc");
}

}  // namespace
}  // namespace warrant::contract
