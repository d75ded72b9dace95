// SPDX-License-Identifier: Apache-2.0
// Corner rows of preview1.md 5 and 7.4 on real directories.
#include "tests/abi/files_fixture.h"

namespace warrant::testing {
namespace {

class Paths : public Files {};

TEST_P(Paths, LeadingOutAreDenialsThatAreRecordedAsEscape) {
  for (const char* path : {"..", "../", "../x", "../w/file", "dir/../../x", "/etc", "out", "out/x",
                           "absolute", "absolute/passwd"}) {
    guest_.sink.events.clear();
    EXPECT_EQ(open(path, {.lookup = wasi::kFollow}), wasi::kNotCapable) << path;
    expect_denied(cap::Reason::kEscape);
  }
}

TEST_P(Paths, CreatingThroughAnEscapingLinkCreatesNothing) {
  EXPECT_EQ(open("out", {.open = wasi::kCreat, .lookup = wasi::kFollow}), wasi::kNotCapable);
  expect_denied(cap::Reason::kEscape);
  EXPECT_EQ(open("out", {.open = wasi::kCreat | wasi::kExcl}), wasi::kExist);
}

TEST_P(Paths, InsideAreResolvedOnHandles) {
  for (const char* path : {"dir/../file", "./file", ".//file", "dir/.././file", "dirlink/../file",
                           "dirlink/inner", "empty/../dir//inner"}) {
    EXPECT_EQ(open(path), wasi::kSuccess) << path;
  }
  EXPECT_EQ(open("missing/../file"), wasi::kNoEnt);
  EXPECT_EQ(open("file/../file"), wasi::kNotDir);
}

TEST_P(Paths, LoopsAreLoop) {
  EXPECT_EQ(open("loop", {.lookup = wasi::kFollow}), wasi::kLoop);
  EXPECT_EQ(open("loop/x"), wasi::kLoop);
  EXPECT_EQ(stat("loop", wasi::kFollow), wasi::kLoop);
}

TEST_P(Paths, OpenOfAFinalLinkWithoutFollow) {
  EXPECT_EQ(open("link"), wasi::kLoop);
  EXPECT_EQ(open("link", {.open = wasi::kDirectory}), wasi::kNotDir);
  EXPECT_EQ(open("link", {.open = wasi::kDirectory, .lookup = wasi::kFollow}), wasi::kNotDir);
  EXPECT_EQ(open("link", {.lookup = wasi::kFollow}), wasi::kSuccess);
}

TEST_P(Paths, OpenOfADanglingLink) {
  EXPECT_EQ(open("dangling", {.open = wasi::kCreat}), wasi::kLoop);
  EXPECT_EQ(open("dangling", {.open = wasi::kCreat | wasi::kExcl}), wasi::kExist);
  EXPECT_EQ(open("dangling", {.lookup = wasi::kFollow}), wasi::kNoEnt);
}

TEST_P(Paths, OpenExclusiveOfWhatIsThere) {
  EXPECT_EQ(open("file", {.open = wasi::kCreat | wasi::kExcl}), wasi::kExist);
  EXPECT_EQ(open("dir", {.open = wasi::kCreat | wasi::kExcl}), wasi::kExist);
  EXPECT_EQ(open("fresh", {.open = wasi::kCreat | wasi::kExcl}), wasi::kSuccess);
  EXPECT_EQ(guest_.sink.last().path, "/w/fresh");
}

TEST_P(Paths, OpenOfADirectory) {
  EXPECT_EQ(open("dir", {.base = wasi::kRightFdWrite}), wasi::kIsDir);
  EXPECT_EQ(open("dir", {.open = wasi::kDirectory, .base = wasi::kRightFdWrite}), wasi::kIsDir);
  EXPECT_EQ(open("dir", {.open = wasi::kTrunc, .base = wasi::kRightFdWrite}), wasi::kIsDir);
  ASSERT_EQ(open("dir", {.base = wasi::kRightFdRead | wasi::kRightFdSeek}), wasi::kSuccess);
  ASSERT_EQ(open("dir", {.flags = wasi::kNonblock}), wasi::kSuccess);
  EXPECT_EQ(guest_.call("fd_seek", opened(), 0, 0, 0x100), wasi::kIsDir);
}

TEST_P(Paths, OpenWithoutRightsStillTruncates) {
  ASSERT_EQ(open("file", {.open = wasi::kTrunc, .base = 0}), wasi::kSuccess);
  std::string text;
  EXPECT_EQ(guest_.read(opened(), 4, text), wasi::kBadF);
  ASSERT_EQ(stat("file"), wasi::kSuccess);
  EXPECT_EQ(size(), 0U);
}

TEST_P(Paths, OpenWithTrailingSlash) {
  EXPECT_EQ(open("file/"), wasi::kNotDir);
  EXPECT_EQ(open("dir/"), wasi::kSuccess);
  EXPECT_EQ(open("new/", {.open = wasi::kCreat}), wasi::kIsDir);
  EXPECT_EQ(open("file/", {.open = wasi::kCreat}), wasi::kIsDir);
  EXPECT_EQ(stat("new"), wasi::kNoEnt);
}

TEST_P(Paths, BelowASubdirectoryCannotLeaveIt) {
  ASSERT_EQ(open("dir", {.base = 0x07BF'FE19}), wasi::kSuccess);
  const std::uint32_t dir = opened();
  EXPECT_EQ(open("inner", {.fd = dir}), wasi::kSuccess);
  EXPECT_EQ(open("../file", {.fd = dir}), wasi::kNotCapable);
  expect_denied(cap::Reason::kEscape);
  EXPECT_EQ(guest_.sink.last().path, "/w/dir/../file");
}

TEST_P(Paths, ReadGrantDeniesChangesWhetherTheFileIsThereOrNot) {
  for (const char* path : {"file", "missing"}) {
    for (const Want& want :
         {Want{.base = wasi::kRightFdWrite, .fd = 5}, Want{.open = wasi::kCreat, .fd = 5},
          Want{.open = wasi::kTrunc, .fd = 5}, Want{.flags = wasi::kAppend, .fd = 5}}) {
      guest_.sink.events.clear();
      EXPECT_EQ(open(path, want), wasi::kNotCapable);
      expect_denied(cap::Reason::kReadOnly);
    }
  }
}

TEST_P(Paths, StatOfLinks) {
  EXPECT_EQ(stat("dangling", wasi::kFollow), wasi::kNoEnt);
  ASSERT_EQ(stat("dangling"), wasi::kSuccess);
  EXPECT_EQ(type(), 7);
  EXPECT_EQ(size(), 7U);
  ASSERT_EQ(stat("link", wasi::kFollow), wasi::kSuccess);
  EXPECT_EQ(type(), 4);
  EXPECT_EQ(stat("file/"), wasi::kNotDir);
  ASSERT_EQ(stat("dirlink/"), wasi::kSuccess);
  EXPECT_EQ(type(), 3);
  EXPECT_EQ(stat("out", wasi::kFollow), wasi::kNotCapable);
  expect_denied(cap::Reason::kEscape);
}

TEST_P(Paths, SetTimesOfALinkLeavesItsTarget) {
  ASSERT_EQ(set_times("file", 1'000), wasi::kSuccess);
  ASSERT_EQ(set_times("link", 2'000), wasi::kSuccess);
  ASSERT_EQ(stat("link"), wasi::kSuccess);
  EXPECT_EQ(modified(), 2'000U);
  ASSERT_EQ(stat("file"), wasi::kSuccess);
  EXPECT_EQ(modified(), 1'000U);
  ASSERT_EQ(set_times("link", 3'000, wasi::kFollow), wasi::kSuccess);
  ASSERT_EQ(stat("file"), wasi::kSuccess);
  EXPECT_EQ(modified(), 3'000U);
}

TEST_P(Paths, CreateDirectory) {
  EXPECT_EQ(mkdir("dir"), wasi::kExist);
  EXPECT_EQ(mkdir("dir/"), wasi::kExist);
  EXPECT_EQ(mkdir("file"), wasi::kExist);
  EXPECT_EQ(mkdir("new/"), wasi::kSuccess);
  ASSERT_EQ(stat("new"), wasi::kSuccess);
  EXPECT_EQ(type(), 3);
  EXPECT_EQ(mkdir("missing/new"), wasi::kNoEnt);
}

TEST_P(Paths, RemoveDirectory) {
  EXPECT_EQ(rmdir("dir"), wasi::kNotEmpty);
  EXPECT_EQ(rmdir("file"), wasi::kNotDir);
  EXPECT_EQ(rmdir("file/"), wasi::kNotDir);
  EXPECT_EQ(rmdir("."), wasi::kInval);
  EXPECT_EQ(rmdir("dirlink"), wasi::kNotDir);
  EXPECT_EQ(rmdir("empty/"), wasi::kSuccess);
  EXPECT_EQ(rmdir("empty"), wasi::kNoEnt);
}

TEST_P(Paths, UnlinkFile) {
  EXPECT_EQ(unlink("dir"), wasi::kIsDir);
  EXPECT_EQ(unlink("dir/"), wasi::kIsDir);
  EXPECT_EQ(unlink("file/"), wasi::kNotDir);
  EXPECT_EQ(unlink("dirlink/"), wasi::kNotDir);
  EXPECT_EQ(unlink("dirlink"), wasi::kSuccess);
  EXPECT_EQ(unlink("file"), wasi::kSuccess);
  EXPECT_EQ(stat("dir"), wasi::kSuccess);
}

TEST_P(Paths, RenameOverDirectoriesAndFiles) {
  ASSERT_EQ(mkdir("other"), wasi::kSuccess);
  EXPECT_EQ(rename("other", "dir"), wasi::kNotEmpty);
  EXPECT_EQ(rename("other", "file"), wasi::kNotDir);
  EXPECT_EQ(rename("file", "other"), wasi::kIsDir);
  EXPECT_EQ(rename("dir/", "empty/"), wasi::kSuccess);
  EXPECT_EQ(stat("empty/inner"), wasi::kSuccess);
  EXPECT_EQ(rename("file/", "x"), wasi::kNotDir);
  EXPECT_EQ(rename("file", "x/"), wasi::kNotDir);
  EXPECT_EQ(rename("file", "file"), wasi::kSuccess);
  EXPECT_EQ(content("file"), "0123456789");
}

TEST_P(Paths, RenameMovesALinkItself) {
  ASSERT_EQ(rename("link", "moved"), wasi::kSuccess);
  ASSERT_EQ(stat("moved"), wasi::kSuccess);
  EXPECT_EQ(type(), 7);
  EXPECT_EQ(stat("file"), wasi::kSuccess);
}

TEST_P(Paths, AcrossGrants) {
  EXPECT_EQ(rename("file", "taken", 3, 4), wasi::kXDev);
  EXPECT_EQ(link("file", "taken", 0, 3, 4), wasi::kXDev);
  EXPECT_EQ(guest_.sink.denials(), 0U);
  EXPECT_EQ(rename("file", "taken", 5, 3), wasi::kNotCapable);
  expect_denied(cap::Reason::kReadOnly);
  EXPECT_EQ(link("file", "taken", 0, 5, 3), wasi::kNotCapable);
  expect_denied(cap::Reason::kReadOnly);
  EXPECT_EQ(rename("file", "taken", 3, 5), wasi::kNotCapable);
  expect_denied(cap::Reason::kReadOnly);
  EXPECT_EQ(stat("taken"), wasi::kNoEnt);
  EXPECT_EQ(stat("file"), wasi::kSuccess);
}

TEST_P(Paths, Link) {
  for (const char* there : {"link", "file", "dir", "dangling"}) {
    EXPECT_EQ(link("file", there), wasi::kExist) << there;
  }
  EXPECT_EQ(link("dir", "x"), wasi::kPerm);
  EXPECT_EQ(link("file", "x", 1), wasi::kInval);
  EXPECT_EQ(link("file", "x/"), wasi::kNoEnt);
  ASSERT_EQ(link("link", "x"), wasi::kSuccess);
  ASSERT_EQ(stat("x"), wasi::kSuccess);
  EXPECT_EQ(type(), 7);
  ASSERT_EQ(link("file", "twin"), wasi::kSuccess);
  ASSERT_EQ(stat("twin"), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(kStat + 24), 2U);
}

TEST_P(Paths, SymlinkTargets) {
  for (const char* target : {"/etc", "../x", "dir/../../x"}) {
    guest_.sink.events.clear();
    EXPECT_EQ(symlink(target, "new"), wasi::kNotCapable) << target;
    expect_denied(cap::Reason::kLinkTarget);
  }
  EXPECT_EQ(symlink("", "new"), wasi::kNoEnt);
  EXPECT_EQ(stat("new"), wasi::kNoEnt);
  EXPECT_EQ(symlink("../file", "dir/new"), wasi::kSuccess);
  EXPECT_EQ(stat("dir/new", wasi::kFollow), wasi::kSuccess);
}

TEST_P(Paths, SymlinkNames) {
  EXPECT_EQ(symlink("t", "file"), wasi::kExist);
  EXPECT_EQ(symlink("t", "new/"), wasi::kNoEnt);
  EXPECT_EQ(symlink("t", "dir/"), wasi::kExist);
  EXPECT_EQ(symlink("t", "file/"), wasi::kNotDir);
}

TEST_P(Paths, Readlink) {
  const auto read = [this](std::string_view path, std::uint32_t size) {
    const std::uint32_t length = guest_.path(path);
    return guest_.call("path_readlink", 3, Guest::kPath, length, 0x200, size, 0x100);
  };
  EXPECT_EQ(read("file", 100), wasi::kInval);
  EXPECT_EQ(read("dir", 100), wasi::kInval);
  ASSERT_EQ(read("dangling", 100), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.text(0x200, 7), "nowhere");
  EXPECT_EQ(guest_.memory.at<std::uint32_t>(0x100), 7U);
  ASSERT_EQ(read("out", 4), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint32_t>(0x100), 4U);
  EXPECT_EQ(guest_.memory.text(0x200, 7), "../oere");
  ASSERT_EQ(read("out", 0), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint32_t>(0x100), 0U);
}

INSTANTIATE_TEST_SUITE_P(Real, Paths,
                         ::testing::Values(Backing::kMemory, Backing::kOpenat2, Backing::kWalk),
                         backing_name);

// Rights of a directory that a guest asked for before it knew that it is one; decision 0017.
class AskedForAFile : public Files {
 protected:
  static constexpr std::uint64_t kSeek = 1U << 2;
  static constexpr std::uint64_t kCreate = 1U << 10;
  static constexpr std::uint64_t kOpen = 1U << 13;
  static constexpr std::uint64_t kSize = 1U << 19;

  // What truncating below "dir" says when it was opened with these rights.
  std::uint32_t truncates(std::uint64_t base, std::uint64_t inheriting) {
    Guest::Open how;
    how.base = base;
    how.inheriting = inheriting;
    EXPECT_EQ(guest_.open("dir", how), 0U);
    Want want;
    want.fd = opened();
    want.open = 8;
    want.base = 0;
    EXPECT_EQ(guest_.call("fd_fdstat_get", want.fd, kStat), 0U);
    shown_ = guest_.memory.at<std::uint64_t>(kStat + 8);
    return open("inner", want);
  }
  std::uint64_t shown_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Backings, AskedForAFile,
                         ::testing::Values(Backing::kMemory, Backing::kOpenat2, Backing::kWalk),
                         backing_name);

TEST_P(AskedForAFile, ADirectoryTruncatesWhereItsDescendantsShallAndShowsThat) {
  EXPECT_EQ(truncates(kSeek | kCreate | kOpen, kSize), 0U);
  EXPECT_EQ(shown_, kCreate | kOpen | kSize);
}

TEST_P(AskedForAFile, AnyOtherRequestGetsWhatItNames) {
  EXPECT_EQ(truncates(kCreate | kOpen, kSize), wasi::kNotCapable);
  EXPECT_EQ(shown_, kCreate | kOpen);
  EXPECT_EQ(truncates(kSeek | kOpen, kSize), wasi::kNotCapable);
  EXPECT_EQ(truncates(kSeek | kCreate | kOpen, 0), wasi::kNotCapable);
}

TEST_P(AskedForAFile, WhatTheParentDoesNotHandOnIsNotAdded) {
  ASSERT_EQ(guest_.call("fd_fdstat_set_rights", 3, 0x07BF'FE19, 0x0FFF'FFFF & ~kSize), 0U);
  EXPECT_EQ(truncates(kSeek | kCreate | kOpen, kSize), wasi::kNotCapable);
  EXPECT_EQ(shown_, kCreate | kOpen);
}

}  // namespace
}  // namespace warrant::testing
