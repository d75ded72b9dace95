// SPDX-License-Identifier: Apache-2.0
// Paths as far as this room decides: preview1.md 5, 6 and 7.4. What a directory does with them is
// tested on real directories.
#include <gtest/gtest.h>

#include "tests/support/world.h"

namespace warrant::testing {
namespace {

World::Options access(cap::Access first, cap::Access second) {
  World::Options options;
  options.access = first;
  options.other = second;
  return options;
}

struct BadPath {
  std::string path;
  std::uint32_t code;
};

const BadPath kBadPaths[] = {
    {"", wasi::kNoEnt},
    {std::string("a\0b", 3), wasi::kInval},
    {"\xFF", wasi::kIlSeq},
    {"a/\xC0\x80", wasi::kIlSeq},
    {std::string(256, 'a'), wasi::kNameTooLong},
    {std::string(4096, 'a'), wasi::kNameTooLong},
    {std::string(5000, '/'), wasi::kNameTooLong},
    {"/etc/passwd", wasi::kNotCapable},
};

TEST(PathSyntax, IsRefusedWithoutAskingTheDirectory) {
  World world;
  Guest& guest = world.guest;
  for (const BadPath& bad : kBadPaths) {
    const std::uint32_t at = 0x8000;
    const auto length = guest.path(bad.path, at);
    guest.path("x", Guest::kPath2);
    const std::pair<std::string_view, std::vector<std::uint64_t>> calls[] = {
        {"path_open", {3, 0, at, length, 0, 0, 0, 0, 0x10}},
        {"path_filestat_get", {3, 0, at, length, 0x40}},
        {"path_filestat_set_times", {3, 0, at, length, 0, 0, 0}},
        {"path_create_directory", {3, at, length}},
        {"path_remove_directory", {3, at, length}},
        {"path_unlink_file", {3, at, length}},
        {"path_readlink", {3, at, length, 0x40, 8, 0x10}},
        {"path_symlink", {Guest::kPath2, 1, 3, at, length}},
        {"path_rename", {3, at, length, 3, Guest::kPath2, 1}},
        {"path_rename", {3, Guest::kPath2, 1, 3, at, length}},
        {"path_link", {3, 0, at, length, 3, Guest::kPath2, 1}},
        {"path_link", {3, 0, Guest::kPath2, 1, 3, at, length}},
    };
    for (const auto& [name, args] : calls) {
      EXPECT_EQ(guest.call_in("wasi_snapshot_preview1", name, args), bad.code)
          << name << " " << bad.path.substr(0, 20);
    }
  }
  EXPECT_TRUE(world.dir.calls.empty());
}

TEST(PathSyntax, AnAbsolutePathIsADenialAndRecordedAsEscape) {
  World world;
  EXPECT_EQ(world.guest.open("/etc/passwd"), wasi::kNotCapable);
  ASSERT_EQ(world.guest.sink.denials(), 1U);
  EXPECT_EQ(world.guest.sink.last().kind, audit::Kind::kFs);
  EXPECT_EQ(world.guest.sink.last().reason, cap::Reason::kEscape);
  EXPECT_EQ(world.guest.sink.last().operation, "path_open");
  EXPECT_EQ(world.guest.sink.last().path, "/etc/passwd");
  EXPECT_EQ(world.guest.sink.last().grant, cap::GrantIndex{0});
}

TEST(PathSyntax, OtherBadPathsAreErrorsAndNotDenials) {
  World world;
  EXPECT_EQ(world.guest.open(""), wasi::kNoEnt);
  EXPECT_EQ(world.guest.open("\xFF"), wasi::kIlSeq);
  EXPECT_TRUE(world.guest.sink.events.empty());
}

TEST(DirectoryDescriptor, ThatIsNoneIsNotdir) {
  World world;
  ASSERT_EQ(world.guest.open("f"), wasi::kSuccess);
  Guest& guest = world.guest;
  guest.path("x");
  for (const std::uint32_t fd : {0U, guest.opened()}) {
    EXPECT_EQ(guest.call("path_open", fd, 0, Guest::kPath, 1, 0, 0, 0, 0, 0x10), wasi::kNotDir);
    EXPECT_EQ(guest.call("path_unlink_file", fd, Guest::kPath, 1), wasi::kNotDir);
    EXPECT_EQ(guest.call("path_filestat_get", fd, 0, Guest::kPath, 1, 0x40), wasi::kNotDir);
    EXPECT_EQ(guest.call("path_rename", 3, Guest::kPath, 1, fd, Guest::kPath, 1), wasi::kNotDir);
  }
}

TEST(Denial, OfTheDirectoryIsRecordedWithTheWholeGuestPath) {
  World world;
  world.dir.error = cap::denied(cap::Reason::kEscape, "open");
  EXPECT_EQ(world.guest.open("../x"), wasi::kNotCapable);
  EXPECT_EQ(world.guest.sink.last().path, "/work/../x");
  EXPECT_EQ(world.guest.sink.last().reason, cap::Reason::kEscape);
  world.dir.error = Error{Errc::kNoEntry, 0, "open"};
  EXPECT_EQ(world.guest.open("x"), wasi::kNoEnt);
  EXPECT_EQ(world.guest.sink.denials(), 1U);
}

TEST(Denial, BelowASubdirectoryNamesThePathFromThePreopen) {
  World world;
  world.dir.opens_directory = true;
  ASSERT_EQ(world.guest.open("sub/dir/"), wasi::kSuccess);
  Guest::Open how;
  how.fd = world.guest.opened();
  how.base = 0;
  // Rights of the subdirectory: none were asked for, so the guest cannot open there.
  EXPECT_EQ(world.guest.open("x", how), wasi::kNotCapable);
  EXPECT_EQ(world.guest.sink.last().path, "/work/sub/dir/x");
  EXPECT_EQ(world.guest.sink.last().decision, audit::Decision::kError);
}

TEST(Open, FlagCombinationsThatMakeNoSenseAreInvalid) {
  World world;
  Guest::Open how;
  for (const std::uint32_t open : {2U | 1U, 2U | 4U, 2U | 8U, 4U, 4U | 8U, 16U, 0x1'0000U}) {
    how.open = open;
    EXPECT_EQ(world.guest.open("f", how), wasi::kInval) << open;
  }
  how = {};
  how.lookup = 2;
  EXPECT_EQ(world.guest.open("f", how), wasi::kInval);
  how = {};
  how.flags = 0x20;
  EXPECT_EQ(world.guest.open("f", how), wasi::kInval);
  how = {};
  how.base = 1ULL << 30;
  EXPECT_EQ(world.guest.open("f", how), wasi::kInval);
  how = {};
  how.inheriting = 1ULL << 63;
  EXPECT_EQ(world.guest.open("f", how), wasi::kInval);
  EXPECT_TRUE(world.dir.calls.empty());
}

TEST(Open, PassesFlagsAndTheAccessModeOfTheRights) {
  World world;
  Guest::Open how;
  how.lookup = wasi::kFollow;
  how.open = wasi::kCreat | wasi::kExcl | wasi::kTrunc;
  how.base = wasi::kRightFdWrite;
  how.flags = wasi::kAppend;
  ASSERT_EQ(world.guest.open("f", how), wasi::kSuccess);
  EXPECT_FALSE(world.dir.options.read);
  EXPECT_TRUE(world.dir.options.write && world.dir.options.create && world.dir.options.exclusive &&
              world.dir.options.truncate && world.dir.options.append);
  EXPECT_FALSE(world.dir.options.directory);
  EXPECT_EQ(world.dir.options.symlinks, cap::Symlinks::kFollow);
  how = {};
  how.open = wasi::kDirectory;
  world.dir.opens_directory = true;
  ASSERT_EQ(world.guest.open("f", how), wasi::kSuccess);
  EXPECT_TRUE(world.dir.options.directory && world.dir.options.read);
  EXPECT_FALSE(world.dir.options.write);
  EXPECT_EQ(world.dir.options.symlinks, cap::Symlinks::kNoFollow);
}

TEST(Open, ADirectoryWithWriteAskedIsIsdir) {
  World world;
  world.dir.opens_directory = true;
  Guest::Open how;
  how.base = wasi::kRightFdWrite;
  EXPECT_EQ(world.guest.open("d", how), wasi::kIsDir);
  how.base = wasi::kRightFdRead | wasi::kRightFdSeek | wasi::kRightFdReaddir;
  EXPECT_EQ(world.guest.open("d", how), wasi::kSuccess);
  world.guest.call("fd_fdstat_get", world.guest.opened(), 0x40);
  EXPECT_EQ(world.guest.memory.at<std::uint64_t>(0x48), wasi::kRightFdReaddir);
}

TEST(Open, IsRecordedAndACreationIsToldApart) {
  World world;
  world.guest.open("f");
  EXPECT_EQ(world.guest.sink.last().operation, "path_open");
  EXPECT_EQ(world.guest.sink.last().decision, audit::Decision::kAllow);
  EXPECT_EQ(world.guest.sink.last().path, "/work/f");
  world.dir.creates = true;
  Guest::Open how;
  how.open = wasi::kCreat;
  world.guest.open("g", how);
  EXPECT_EQ(world.guest.sink.last().operation, "path_create_file");
  EXPECT_EQ(world.guest.sink.last().path, "/work/g");
}

TEST(Open, ThatEmptiesAFileIsRecordedAsAChange) {
  World world;
  Guest::Open how;
  how.open = wasi::kTrunc;
  world.guest.open("f", how);
  EXPECT_EQ(world.guest.sink.last().operation, "path_filestat_set_size");
  how.open = wasi::kTrunc | wasi::kCreat;
  world.guest.open("f", how);
  EXPECT_EQ(world.guest.sink.last().operation, "path_filestat_set_size");
  world.dir.creates = true;
  world.guest.open("f", how);
  EXPECT_EQ(world.guest.sink.last().operation, "path_create_file");
}

TEST(Rename, IsRecordedByWhatBecameOfTheTarget) {
  World world;
  Guest& guest = world.guest;
  guest.path("x");
  const auto rename = [&] { guest.call("path_rename", 3, Guest::kPath, 1, 3, Guest::kPath, 1); };
  rename();
  EXPECT_EQ(guest.sink.last().operation, "path_rename");
  world.dir.renamed = cap::Renamed::kReplaced;
  rename();
  EXPECT_EQ(guest.sink.last().operation, "path_rename_replace");
  EXPECT_EQ(guest.sink.last().second_path, "/work/x");
}

TEST(ReadGrant, DeniesWriteClassOpensBeforeAskingTheWorld) {
  World world(access(cap::Access::kRead, cap::Access::kRead));
  std::vector<Guest::Open> wishes(4);
  wishes[0].base = wasi::kRightFdWrite;
  wishes[1].open = wasi::kCreat;
  wishes[2].open = wasi::kTrunc;
  wishes[3].flags = wasi::kAppend;
  for (const Guest::Open& how : wishes) {
    EXPECT_EQ(world.guest.open("f", how), wasi::kNotCapable);
    EXPECT_EQ(world.guest.sink.last().reason, cap::Reason::kReadOnly);
    EXPECT_EQ(world.guest.sink.last().decision, audit::Decision::kDeny);
    EXPECT_EQ(world.guest.sink.last().path, "/work/f");
  }
  EXPECT_TRUE(world.dir.calls.empty());
  EXPECT_EQ(world.guest.open("f"), wasi::kSuccess);
}

TEST(ReadGrant, DeniesEveryChangeByPath) {
  World world(access(cap::Access::kRead, cap::Access::kRead));
  Guest& guest = world.guest;
  guest.path("x");
  const std::pair<std::string_view, std::vector<std::uint64_t>> calls[] = {
      {"path_filestat_set_times", {3, 0, Guest::kPath, 1, 0, 0, 1}},
      {"path_create_directory", {3, Guest::kPath, 1}},
      {"path_remove_directory", {3, Guest::kPath, 1}},
      {"path_unlink_file", {3, Guest::kPath, 1}},
      {"path_symlink", {Guest::kPath, 1, 3, Guest::kPath, 1}},
      {"path_rename", {3, Guest::kPath, 1, 3, Guest::kPath, 1}},
      {"path_link", {3, 0, Guest::kPath, 1, 3, Guest::kPath, 1}},
      {"fd_filestat_set_times", {3, 0, 0, 1}},
  };
  for (const auto& [name, args] : calls) {
    guest.sink.events.clear();
    EXPECT_EQ(guest.call_in("wasi_snapshot_preview1", name, args), wasi::kNotCapable) << name;
    ASSERT_EQ(guest.sink.denials(), 1U) << name;
    EXPECT_EQ(guest.sink.last().reason, cap::Reason::kReadOnly) << name;
    EXPECT_EQ(guest.sink.last().operation, name);
  }
  EXPECT_TRUE(world.dir.calls.empty());
}

TEST(ReadGrant, AllowsReading) {
  World world(access(cap::Access::kRead, cap::Access::kRead));
  Guest& guest = world.guest;
  guest.path("x");
  EXPECT_EQ(guest.call("path_filestat_get", 3, 1, Guest::kPath, 1, 0x40), wasi::kSuccess);
  EXPECT_EQ(world.dir.symlinks, cap::Symlinks::kFollow);
  EXPECT_EQ(guest.call("path_readlink", 3, Guest::kPath, 1, 0x40, 8, 0x10), wasi::kSuccess);
  EXPECT_EQ(guest.call("fd_readdir", 3, 0x40, 8, 0, 0x10), wasi::kSuccess);
  EXPECT_TRUE(guest.sink.events.empty());
}

TEST(AcrossGrants, OneSideThatOnlyReadsIsADenialBothWays) {
  for (const auto& [from, to] : {std::pair(cap::Access::kRead, cap::Access::kWrite),
                                 std::pair(cap::Access::kWrite, cap::Access::kRead)}) {
    World world(access(from, to));
    Guest& guest = world.guest;
    guest.path("a");
    guest.path("b", Guest::kPath2);
    EXPECT_EQ(guest.call("path_rename", 3, Guest::kPath, 1, 4, Guest::kPath2, 1),
              wasi::kNotCapable);
    EXPECT_EQ(guest.call("path_link", 3, 0, Guest::kPath, 1, 4, Guest::kPath2, 1),
              wasi::kNotCapable);
    ASSERT_EQ(guest.sink.denials(), 2U);
    EXPECT_EQ(guest.sink.events[0].reason, cap::Reason::kReadOnly);
    EXPECT_TRUE(world.dir.calls.empty());
  }
}

TEST(AcrossGrants, OtherwiseTheDirectoryDecides) {
  World world;
  world.dir.error = Error{Errc::kCrossDevice, 0, "rename"};
  Guest& guest = world.guest;
  guest.path("a");
  guest.path("b", Guest::kPath2);
  EXPECT_EQ(guest.call("path_rename", 3, Guest::kPath, 1, 4, Guest::kPath2, 1), wasi::kXDev);
  EXPECT_EQ(guest.call("path_link", 3, 0, Guest::kPath, 1, 4, Guest::kPath2, 1), wasi::kXDev);
  EXPECT_EQ(world.dir.calls, (std::vector<std::string>{"rename a 1:b", "link a 1:b"}));
  EXPECT_TRUE(guest.sink.events.empty());
}

TEST(Changes, AreRecordedWithBothPaths) {
  World world;
  Guest& guest = world.guest;
  guest.path("a");
  guest.path("b", Guest::kPath2);
  ASSERT_EQ(guest.call("path_rename", 3, Guest::kPath, 1, 3, Guest::kPath2, 1), wasi::kSuccess);
  EXPECT_EQ(guest.sink.last().operation, "path_rename");
  EXPECT_EQ(guest.sink.last().path, "/work/a");
  EXPECT_EQ(guest.sink.last().second_path, "/work/b");
  ASSERT_EQ(guest.call("path_link", 3, 0, Guest::kPath, 1, 3, Guest::kPath2, 1), wasi::kSuccess);
  ASSERT_EQ(guest.call("path_symlink", Guest::kPath, 1, 3, Guest::kPath2, 1), wasi::kSuccess);
  EXPECT_EQ(guest.sink.last().path, "/work/b");
  EXPECT_EQ(guest.sink.last().second_path, "a");
  ASSERT_EQ(guest.call("path_create_directory", 3, Guest::kPath, 1), wasi::kSuccess);
  ASSERT_EQ(guest.call("path_remove_directory", 3, Guest::kPath, 1), wasi::kSuccess);
  ASSERT_EQ(guest.call("path_unlink_file", 3, Guest::kPath, 1), wasi::kSuccess);
  ASSERT_EQ(guest.call("path_filestat_set_times", 3, 0, Guest::kPath, 1, 5, 6, 5), wasi::kSuccess);
  EXPECT_EQ(guest.sink.events.size(), 7U);
  EXPECT_EQ(guest.sink.count(audit::Decision::kAllow), 7U);
  EXPECT_EQ(world.dir.calls, (std::vector<std::string>{"rename a 0:b", "link a 0:b", "symlink a b",
                                                       "create_directory a", "remove_directory a",
                                                       "unlink_file a", "set_times a"}));
}

TEST(Link, WithFollowIsInvalid) {
  World world;
  world.guest.path("a");
  for (const std::uint32_t flags : {1U, 2U, 0x8000'0000U}) {
    EXPECT_EQ(world.guest.call("path_link", 3, flags, Guest::kPath, 1, 3, Guest::kPath, 1),
              wasi::kInval);
  }
  EXPECT_TRUE(world.dir.calls.empty());
}

TEST(Lookup, UnknownFlagsAreInvalid) {
  World world;
  world.guest.path("a");
  EXPECT_EQ(world.guest.call("path_filestat_get", 3, 2, Guest::kPath, 1, 0x40), wasi::kInval);
  EXPECT_EQ(world.guest.call("path_filestat_set_times", 3, 2, Guest::kPath, 1, 0, 0, 0),
            wasi::kInval);
}

TEST(Symlink, TargetsThatAreTooLongAreRefused) {
  World world;
  const std::string target(4096, 't');
  world.guest.path(target, 0x8000);
  world.guest.path("l");
  EXPECT_EQ(world.guest.call("path_symlink", 0x8000, 4096, 3, Guest::kPath, 1), wasi::kNameTooLong);
  EXPECT_EQ(world.guest.call("path_symlink", 0x8000, 4095, 3, Guest::kPath, 1), wasi::kSuccess);
  EXPECT_EQ(world.dir.calls.size(), 1U);
}

TEST(Symlink, DeniedTargetsAreRecorded) {
  World world;
  world.dir.error = cap::denied(cap::Reason::kLinkTarget, "symlink");
  world.guest.path("/etc");
  world.guest.path("l", Guest::kPath2);
  EXPECT_EQ(world.guest.call("path_symlink", Guest::kPath, 4, 3, Guest::kPath2, 1),
            wasi::kNotCapable);
  EXPECT_EQ(world.guest.sink.last().reason, cap::Reason::kLinkTarget);
  EXPECT_EQ(world.guest.sink.last().path, "/work/l");
  EXPECT_EQ(world.guest.sink.last().second_path, "/etc");
}

TEST(Readlink, IsCutSilentlyAndLeavesTheRest) {
  World world;
  world.guest.path("l");
  ASSERT_EQ(world.guest.call("path_readlink", 3, Guest::kPath, 1, 0x40, 3, 0x10), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.at<std::uint32_t>(0x10), 3U);
  EXPECT_EQ(world.guest.memory.text(0x40, 3), "tar");
  EXPECT_EQ(world.guest.memory.at<std::uint8_t>(0x43), 0xAA);
  ASSERT_EQ(world.guest.call("path_readlink", 3, Guest::kPath, 1, 0x40, 100, 0x10), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.at<std::uint32_t>(0x10), 6U);
}

TEST(Readlink, IntoNothingIsSuccess) {
  World world;
  world.guest.path("l");
  ASSERT_EQ(world.guest.call("path_readlink", 3, Guest::kPath, 1, 0x40, 0, 0x10), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.at<std::uint32_t>(0x10), 0U);
}

}  // namespace
}  // namespace warrant::testing
