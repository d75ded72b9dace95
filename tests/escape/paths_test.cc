// SPDX-License-Identifier: Apache-2.0
// Ways out by name and by link. Numbers are the rows of filesystem.md section 14; each test says
// what was answered and that nothing outside changed.
#include <gtest/gtest.h>

#include <functional>

#include "tests/escape/arena.h"

namespace warrant::escape {
namespace {

using contract::creating;
using contract::Guest;
using contract::reading;
using contract::said;
using contract::writing;
using enum cap::Symlinks;

constexpr const char* kEscape = "NOTCAPABLE escape";

template <typename Backing>
class Paths : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(guest.make_directory("d"), "ok");
    ASSERT_EQ(guest.write("f", "inside"), "ok");
    before = arena->outside();
  }
  void TearDown() override { EXPECT_EQ(arena->outside(), before); }

  std::unique_ptr<Arena> arena = Backing::kMake();
  Guest guest{arena->grant()};
  std::string before;
};
using Backings = testing::Types<InMemory, ByOpenat2, ByWalk>;
TYPED_TEST_SUITE(Paths, Backings, ArenaNames);

// What every operation answers to one path.
std::vector<std::pair<const char*, std::string>> all_answers(Guest& g, const std::string& path) {
  cap::OpenOptions truncating = reading(kFollow);
  truncating.truncate = true;
  cap::OpenOptions directory = reading(kNoFollow);
  directory.directory = true;
  return {{"open", g.open(path, reading(kFollow))},
          {"open nofollow", g.open(path, reading(kNoFollow))},
          {"open directory", g.open(path, directory)},
          {"write", g.open(path, writing(kFollow))},
          {"create", g.open(path, creating(kFollow))},
          {"truncate", g.open(path, truncating)},
          {"stat", g.stat(path, kFollow)},
          {"stat nofollow", g.stat(path, kNoFollow)},
          {"times", g.touch(path, kFollow)},
          {"times nofollow", g.touch(path, kNoFollow)},
          {"mkdir", g.make_directory(path)},
          {"rmdir", g.remove_directory(path)},
          {"unlink", g.unlink(path)},
          {"rename from", g.rename(path, "new")},
          {"rename to", g.rename("f", path)},
          {"link from", g.link(path, "new")},
          {"link to", g.link("f", path)},
          {"symlink", g.symlink("f", path)},
          {"readlink", g.read_link(path)}};
}

TYPED_TEST(Paths, Row1DotDotAboveTheHandle) {
  for (const char* path :
       {"../x", "d/../../x", "..", "../", "d/../..", "../outside/secret", "./.."}) {
    for (const auto& [operation, answer] : all_answers(this->guest, path)) {
      EXPECT_EQ(answer, kEscape) << operation << " " << path;
    }
  }
}

TYPED_TEST(Paths, Row2LeavingAndComingBack) {
  for (const char* path : {"../root/f", "d/../../root/f", "../root"}) {
    for (const auto& [operation, answer] : all_answers(this->guest, path)) {
      EXPECT_EQ(answer, kEscape) << operation << " " << path;
    }
  }
}

TYPED_TEST(Paths, Row3AbsoluteAndEmptyPaths) {
  for (const auto& [operation, answer] : all_answers(this->guest, this->arena->outside_path())) {
    EXPECT_EQ(answer, kEscape) << operation;
  }
  for (const auto& [operation, answer] : all_answers(this->guest, "")) {
    EXPECT_EQ(answer, "NOENT bad_path") << operation;
  }
}

TYPED_TEST(Paths, Row4LinksThatLeadOutInTheMiddle) {
  this->arena->plant_link(this->arena->outside_path(), "abs");
  this->arena->plant_link("../outside", "rel");
  this->arena->plant_link("d/../../outside", "winding");
  this->arena->plant_link("rel", "twice");
  for (const char* link : {"abs", "rel", "winding", "twice"}) {
    for (const char* rest : {"/secret", "/d/deep", "/gone"}) {
      const std::string path = std::string(link) + rest;
      for (const auto& [operation, answer] : all_answers(this->guest, path)) {
        EXPECT_EQ(answer, kEscape) << operation << " " << path;
      }
    }
  }
}

TYPED_TEST(Paths, Row4LinksThatLeadOutAtTheEnd) {
  this->arena->plant_link("../outside/secret", "l");
  Guest& g = this->guest;
  cap::OpenOptions truncating = reading(kFollow);
  truncating.truncate = true;
  EXPECT_EQ(g.open("l", reading(kFollow)), kEscape);
  EXPECT_EQ(g.open("l", writing(kFollow)), kEscape);
  EXPECT_EQ(g.open("l", creating(kFollow)), kEscape);
  EXPECT_EQ(g.open("l", truncating), kEscape);
  EXPECT_EQ(g.open("l", reading(kNoFollow)), "LOOP");
  EXPECT_EQ(g.stat("l", kFollow), kEscape);
  EXPECT_EQ(g.touch("l", kFollow), kEscape);
  EXPECT_EQ(g.stat("l", kNoFollow), "link");
  EXPECT_EQ(g.touch("l", kNoFollow), "ok");
  EXPECT_EQ(g.link("l", "copy"), "ok");
  EXPECT_EQ(g.stat("copy", kNoFollow), "link");
  EXPECT_EQ(g.rename("l", "moved"), "ok");
  EXPECT_EQ(g.unlink("moved"), "ok");
}

TYPED_TEST(Paths, Row5And6CreateThroughADanglingLinkThatLeadsOut) {
  this->arena->plant_link("../outside/new", "rel");
  this->arena->plant_link(this->arena->outside_path() + "/new", "abs");
  cap::OpenOptions exclusive = creating(kFollow);
  exclusive.exclusive = true;
  for (const char* link : {"rel", "abs"}) {
    EXPECT_EQ(this->guest.open(link, creating(kFollow)), kEscape);
    EXPECT_EQ(this->guest.open(link, exclusive), "EXIST");
    EXPECT_EQ(this->guest.make_directory(link), "EXIST");
    EXPECT_EQ(this->guest.symlink("f", link), "EXIST");
    EXPECT_EQ(this->guest.link("f", link), "EXIST");
  }
}

TYPED_TEST(Paths, Row7LoopsOfLinks) {
  this->arena->plant_link("b", "a");
  this->arena->plant_link("a", "b");
  for (const char* path : {"a", "a/x", "a/"}) {
    EXPECT_EQ(this->guest.open(path, reading(kFollow)), "LOOP") << path;
    EXPECT_EQ(this->guest.open(path, writing(kFollow)), "LOOP") << path;
    EXPECT_EQ(this->guest.stat(path, kFollow), "LOOP") << path;
  }
}

// A link with a slash behind it, and a link whose text ends in one.
TYPED_TEST(Paths, Row8And9SlashesBehindLinksThatLeadOut) {
  this->arena->plant_link("../outside/d", "l");
  this->arena->plant_link("../outside/d/", "s");
  this->arena->plant_link(this->arena->outside_path() + "/d/", "t");
  for (const char* path : {"l/", "l//", "s/", "t/", "l/.", "s/.", "l/..", "t/.."}) {
    for (const auto& [operation, answer] : all_answers(this->guest, path)) {
      const bool existing = std::string_view(operation) == "mkdir" && answer == "EXIST";
      EXPECT_TRUE(answer == kEscape || answer == "NOTDIR" || existing)
          << operation << " " << path << " " << answer;
    }
  }
  EXPECT_EQ(this->guest.stat("l/", kNoFollow), kEscape);
  EXPECT_EQ(this->guest.open("s", reading(kFollow)), kEscape);
  EXPECT_EQ(this->guest.stat("l", kNoFollow), "link");
}

TYPED_TEST(Paths, Row10LinksThatWouldLeadOutAreNotMade) {
  const std::string outside = this->arena->outside_path();
  for (const std::string& target : {outside, std::string("../outside"), std::string("d/../../x")}) {
    EXPECT_EQ(this->guest.symlink(target, "l"), "NOTCAPABLE link_target") << target;
  }
  EXPECT_EQ(this->guest.symlink("../../outside", "d/l"), "NOTCAPABLE link_target");
  EXPECT_EQ(this->guest.stat("l", kNoFollow), "NOENT");
}

// The same link by a detour: made where it may stand, then moved to where it leads out.
TYPED_TEST(Paths, Row10LinksAreNotMovedToWhereTheyWouldLeadOut) {
  Guest& g = this->guest;
  ASSERT_EQ(g.make_directory("d/e"), "ok");
  ASSERT_EQ(g.symlink("../outside/secret", "d/p"), "ok");
  ASSERT_EQ(g.symlink("../../outside/secret", "d/e/q"), "ok");
  const char* denied = "NOTCAPABLE link_target";
  EXPECT_EQ(g.rename("d/p", "report"), denied);
  EXPECT_EQ(g.link("d/p", "report"), denied);
  EXPECT_EQ(g.rename("d/p", "d/e/../../report"), denied);
  EXPECT_EQ(g.rename("d/e", "e"), denied);
  EXPECT_EQ(g.rename("d/e/", "e/"), denied);
  ASSERT_EQ(g.symlink(".", "here"), "ok");
  EXPECT_EQ(g.rename("d/p", "here/report"), denied);
  EXPECT_EQ(g.rename("d/e", "here/e"), denied);
  EXPECT_EQ(g.rename("here/d/e", "e"), denied);
  const auto below = g.sub("d/e");
  const auto q = *cap::GuestPath::parse("q");
  EXPECT_EQ(said(below->rename(q, g.directory(), q)), denied);
  EXPECT_EQ(said(below->link(q, g.directory(), q)), denied);
  EXPECT_EQ(g.stat("report", kNoFollow), "NOENT");
  EXPECT_EQ(g.stat("e", kNoFollow), "NOENT");
  EXPECT_EQ(g.read_link("d/p"), "../outside/secret");
}

TYPED_TEST(Paths, Row33ReadlinkSaysOnlyWhatIsStored) {
  this->arena->plant_link("../outside/secret", "l");
  EXPECT_EQ(this->guest.read_link("l"), "../outside/secret");
  EXPECT_EQ(this->guest.read_link("../outside/secret"), kEscape);
}

TYPED_TEST(Paths, Row34TheAnswerIsTheSameWhetherOrNotItExists) {
  this->arena->plant_link("../outside", "l");
  const auto there = all_answers(this->guest, "../outside/secret");
  const auto gone = all_answers(this->guest, "../outside/gone");
  const auto nowhere = all_answers(this->guest, "../no/such/place");
  EXPECT_EQ(there, gone);
  EXPECT_EQ(there, nowhere);
  EXPECT_EQ(all_answers(this->guest, "l/secret"), all_answers(this->guest, "l/gone"));
}

TYPED_TEST(Paths, Row36AHandleOfAMovedDirectoryStaysConfined) {
  const auto below = this->guest.sub("d");
  ASSERT_EQ(this->guest.make_directory("e"), "ok");
  ASSERT_EQ(this->guest.rename("d", "e/d"), "ok");
  Guest inside(*below);
  for (const char* path : {"..", "../f", "../../outside/secret", "../../../outside/secret"}) {
    EXPECT_EQ(inside.stat(path, kFollow), kEscape) << path;
    EXPECT_EQ(inside.open(path, writing(kFollow)), kEscape) << path;
  }
  EXPECT_EQ(inside.write("here", "x"), "ok");
  EXPECT_EQ(this->guest.read("e/d/here"), "x");
}

}  // namespace
}  // namespace warrant::escape
