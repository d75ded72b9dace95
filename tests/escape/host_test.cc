// SPDX-License-Identifier: Apache-2.0
// Attacks that need a host: special nodes, hard links, mounts, roots, modes, descriptors. Numbers
// are the rows of filesystem.md section 14.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/escape/arena.h"

namespace warrant::escape {
namespace {

using contract::creating;
using contract::Guest;
using contract::reading;
using contract::said;
using contract::TemporaryTree;
using contract::writable;
using contract::writing;
using enum cap::Symlinks;

class Host : public testing::TestWithParam<os::Resolver> {
 protected:
  void SetUp() override { before = arena.outside(); }
  void TearDown() override {
    if (!changes_outside) {
      EXPECT_EQ(arena.outside(), before);
    }
  }
  std::string at(const char* name) const { return arena.root_path() + "/" + name; }

  HostArena arena{GetParam()};
  Guest guest{arena.grant()};
  std::string before;
  bool changes_outside = false;  // the test itself does
};
INSTANTIATE_TEST_SUITE_P(Resolvers, Host,
                         testing::Values(os::Resolver::kOpenat2, os::Resolver::kWalk),
                         [](const auto& which) {
                           return which.param == os::Resolver::kWalk ? "Walk" : "Openat2";
                         });

cap::DirectoryOptions read_only() {
  cap::DirectoryOptions options;
  options.access = cap::Access::kRead;
  return options;
}

constexpr const char* kSpecial = "NOTCAPABLE special_node";
constexpr const char* kReadOnly = "NOTCAPABLE read_only";
constexpr const char* kHardLink = "NOTCAPABLE hard_link";

TEST_P(Host, Row24AFifoIsRefusedAtOnce) {
  ASSERT_EQ(::mkfifo(at("p").c_str(), 0666), 0);
  EXPECT_EQ(guest.open("p", reading(kFollow)), kSpecial);
  EXPECT_EQ(guest.open("p", writing(kFollow)), kSpecial);
  cap::OpenOptions only = writing(kFollow);
  only.read = false;
  // Nobody reads: the kernel says ENXIO, and the refusal is the same.
  EXPECT_EQ(guest.open("p", only), "NOTCAPABLE special_node");
  EXPECT_EQ(guest.open("p", creating(kFollow)), kSpecial);
  EXPECT_EQ(guest.stat("p", kNoFollow), "special");
  EXPECT_EQ(guest.rename("p", "q"), "ok");
  EXPECT_EQ(guest.unlink("q"), "ok");
}

TEST_P(Host, Row25SocketsAreRefused) {
  const os::OwnedFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, at("s").c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(guest.open("s", reading(kFollow)), kSpecial);
  EXPECT_EQ(guest.open("s", writing(kFollow)), kSpecial);
  EXPECT_EQ(guest.unlink("s"), "ok");
}

TEST_P(Host, Row25DevicesAreRefusedAndTerminalsNotTaken) {
  if (::mknod(at("null").c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0) {
    GTEST_SKIP() << "needs the right to make device nodes";
  }
  ASSERT_EQ(::mknod(at("tty").c_str(), S_IFCHR | 0666, makedev(5, 0)), 0);
  const os::OwnedFd usable(::open(at("null").c_str(), O_RDONLY | O_CLOEXEC));
  for (const char* name : {"null", "tty"}) {
    const std::string answer = guest.open(name, reading(kFollow));
    // On a nodev mount the kernel refuses first.
    EXPECT_EQ(answer, usable.is_open() ? kSpecial : "ACCES") << name;
    EXPECT_EQ(guest.stat(name, kNoFollow), "special");
  }
}

TEST_P(Host, Row16APlantedHardLinkIsReadableAndNotWritable) {
  ASSERT_EQ(::link((arena.outside_path() + "/secret").c_str(), at("l").c_str()), 0);
  before = arena.outside();
  cap::OpenOptions truncating = reading(kFollow);
  truncating.truncate = true;
  EXPECT_EQ(guest.read("l"), "canary");
  EXPECT_EQ(guest.open("l", writing(kFollow)), kHardLink);
  EXPECT_EQ(guest.open("l", truncating), kHardLink);
  EXPECT_EQ(guest.touch("l", kFollow), kHardLink);
  EXPECT_EQ(said(guest.file("l", reading(kFollow))->set_times({})), kHardLink);
}

TEST_P(Host, Row16AnOwnLinkBesideAPlantedOneDoesNotHelp) {
  changes_outside = true;  // the link counts of the canary change
  ASSERT_EQ(::link((arena.outside_path() + "/secret").c_str(), at("l").c_str()), 0);
  ASSERT_EQ(guest.link("l", "m"), "ok");
  EXPECT_EQ(guest.open("m", writing(kFollow)), kHardLink);
  ASSERT_EQ(guest.unlink("l"), "ok");
  EXPECT_EQ(guest.open("m", writing(kFollow)), kHardLink);
  std::string content;
  std::ifstream(arena.outside_path() + "/secret") >> content;
  EXPECT_EQ(content, "canary");
}

TEST_P(Host, Row16ALinkThatSomebodyElseRemovesIsNotCountedAsOwn) {
  changes_outside = true;  // the link counts of the canary change
  ASSERT_EQ(::link((arena.outside_path() + "/secret").c_str(), at("l").c_str()), 0);
  ASSERT_EQ(guest.link("l", "m"), "ok");
  ASSERT_EQ(::unlink(at("m").c_str()), 0);
  EXPECT_EQ(guest.open("l", writing(kFollow)), kHardLink);
  std::string content;
  std::ifstream(arena.outside_path() + "/secret") >> content;
  EXPECT_EQ(content, "canary");
}

TEST_P(Host, Row16ALinkMadeAfterTheOpenStopsSizesAndTimes) {
  ASSERT_EQ(guest.write("f", "x"), "ok");
  const auto file = guest.file("f", writing(kFollow));
  ASSERT_EQ(::link(at("f").c_str(), at("g").c_str()), 0);
  EXPECT_EQ(said(file->set_size(0)), kHardLink);
  EXPECT_EQ(said(file->allocate(0, 10)), kHardLink);
  EXPECT_EQ(said(file->set_times({})), kHardLink);
}

TEST_P(Host, TheHardLinkRuleIsTheGrants) {
  for (const cap::Hardlinks rule : {cap::Hardlinks::kDeny, cap::Hardlinks::kAllow}) {
    cap::DirectoryOptions options = writable();
    options.hardlinks = rule;
    HostArena other(GetParam(), options);
    Guest g(other.grant());
    ASSERT_EQ(g.write("f", "x"), "ok");
    ASSERT_EQ(g.link("f", "g"), "ok");
    EXPECT_EQ(g.open("g", writing(kFollow)), rule == cap::Hardlinks::kAllow ? "file" : kHardLink);
  }
}

TEST_P(Host, Row17And18NothingMovesBetweenAReadGrantAndAWritableOne) {
  std::filesystem::create_directory(arena.root_path() + "-read");
  std::ofstream(arena.root_path() + "-read/f") << "kept";
  os::RootReport report;
  const auto opened = arena.open(arena.root_path() + "-read", read_only(), report);
  ASSERT_TRUE(opened) << report.text;
  cap::Directory& read = **opened;
  ASSERT_EQ(guest.write("mine", "x"), "ok");
  const auto f = *cap::GuestPath::parse("f");
  const auto mine = *cap::GuestPath::parse("mine");
  EXPECT_EQ(said(read.link(f, arena.grant(), f)), kReadOnly);
  EXPECT_EQ(said(read.rename(f, arena.grant(), f)), kReadOnly);
  EXPECT_EQ(said(arena.grant().link(mine, read, mine)), kReadOnly);
  EXPECT_EQ(said(arena.grant().rename(mine, read, f)), kReadOnly);
  EXPECT_EQ(Guest(read).read("f"), "kept");
}

TEST_P(Host, Row18BetweenTwoWritableGrantsAndOverARoot) {
  ASSERT_EQ(guest.make_directory("second"), "ok");
  ASSERT_EQ(guest.make_directory("e"), "ok");
  std::filesystem::create_directory(arena.root_path() + "-other");
  os::RootReport report;
  const auto other = arena.open(arena.root_path() + "-other", writable(), report);
  const auto nested = arena.open(at("second"), writable(), report);
  ASSERT_TRUE(other && nested) << report.text;
  const auto e = *cap::GuestPath::parse("e");
  EXPECT_EQ(said(arena.grant().rename(e, **other, e)), "XDEV");
  EXPECT_EQ(guest.rename("e", "second"), "BUSY");
  EXPECT_EQ(guest.rename("second", "third"), "BUSY");
  EXPECT_EQ(guest.remove_directory("second"), "BUSY");
}

TEST_P(Host, Row19To21AReadGrantKeepsContentAndTimes) {
  HostArena closed(GetParam(), read_only());
  std::ofstream(closed.root_path() + "/f") << "kept";
  struct stat first{};
  ASSERT_EQ(::stat((closed.root_path() + "/f").c_str(), &first), 0);
  Guest g(closed.grant());
  cap::OpenOptions truncating = reading(kFollow);
  truncating.truncate = true;
  EXPECT_EQ(g.open("f", truncating), kReadOnly);
  EXPECT_EQ(g.open("f", creating(kFollow)), kReadOnly);
  EXPECT_EQ(g.touch("f", kFollow), kReadOnly);
  const auto file = g.file("f", reading(kFollow));
  EXPECT_EQ(said(file->set_times({{cap::SetTime::Kind::kNow, {}}, {}})), kReadOnly);
  struct stat last{};
  ASSERT_EQ(::stat((closed.root_path() + "/f").c_str(), &last), 0);
  EXPECT_EQ(last.st_size, 4);
  EXPECT_EQ(last.st_mtim.tv_nsec, first.st_mtim.tv_nsec);
  EXPECT_EQ(last.st_ctim.tv_nsec, first.st_ctim.tv_nsec);
}

TEST_P(Host, Row23ModesAreOurs) {
  const mode_t old = ::umask(0);
  EXPECT_EQ(guest.write("f", "x"), "ok");
  EXPECT_EQ(guest.make_directory("d"), "ok");
  ::umask(old);
  struct stat now{};
  ASSERT_EQ(::stat(at("f").c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 07777, 0666U);
  ASSERT_EQ(::stat(at("d").c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 07777, 0777U);
}

TEST_P(Host, Row27EveryDescriptorClosesOnExecAndWithItsObject) {
  const std::size_t before_open = open_descriptors();
  {
    ASSERT_EQ(guest.make_directory("d"), "ok");
    const auto below = guest.sub("d");
    const auto file = guest.file("f", creating(kFollow));
    contract::names_of(*below);
    std::size_t seen = 0;
    for (int fd = 3; fd < 200; ++fd) {
      const int flags = ::fcntl(fd, F_GETFD);
      if (flags < 0) continue;
      char path[512] = {};
      const std::string link = "/proc/self/fd/" + std::to_string(fd);
      if (::readlink(link.c_str(), path, sizeof path - 1) < 0) continue;
      if (std::string_view(path).find("warrant-test-") == std::string_view::npos) continue;
      EXPECT_NE(flags & FD_CLOEXEC, 0) << path;
      ++seen;
    }
    EXPECT_GE(seen, 4U);
  }
  EXPECT_EQ(open_descriptors(), before_open);
}

TEST_P(Host, Row14SystemDirectoriesAreNoRoots) {
  for (const char* path : {"/", "/proc", "/proc/self", "/sys", "/dev"}) {
    os::RootReport report;
    EXPECT_EQ(said(arena.open(path, read_only(), report)), "NOTCAPABLE root_type") << path;
    EXPECT_NE(report.text.find(path), std::string::npos);
  }
}

TEST_P(Host, ARootThatIsNotThereOrNoDirectoryIsNamed) {
  os::RootReport report;
  EXPECT_EQ(said(arena.open(at("gone"), read_only(), report)), "NOENT");
  EXPECT_NE(report.fix.find("create it first"), std::string::npos);
  std::ofstream(at("f")) << "x";
  EXPECT_EQ(said(arena.open(at("f"), read_only(), report)), "NOTDIR");
}

TEST_P(Host, ARootThatEverybodyMayReplaceIsRefused) {
  std::filesystem::create_directory(arena.root_path() + "-open");
  std::filesystem::create_directory(arena.root_path() + "-open/root");
  ASSERT_EQ(::chmod((arena.root_path() + "-open").c_str(), 0777), 0);
  os::RootReport report;
  EXPECT_EQ(said(arena.open(arena.root_path() + "-open/root", read_only(), report)),
            "NOTCAPABLE root_owner");
  ASSERT_EQ(::chmod((arena.root_path() + "-open").c_str(), 01777), 0);
  EXPECT_TRUE(arena.open(arena.root_path() + "-open/root", read_only(), report)) << report.text;
}

TEST_P(Host, Row46OverlappingRootsWithDifferentAccessAreRefused) {
  std::filesystem::create_directory(at("inner"));
  os::RootReport report;
  const std::string above = std::filesystem::path(arena.root_path()).parent_path();
  EXPECT_EQ(said(arena.open(at("inner"), read_only(), report)), "NOTCAPABLE root_overlap");
  EXPECT_EQ(said(arena.open(above, read_only(), report)), "NOTCAPABLE root_overlap");
  EXPECT_EQ(said(arena.open(arena.root_path(), read_only(), report)), "NOTCAPABLE root_overlap");
  EXPECT_TRUE(arena.open(at("inner"), writable(), report)) << report.text;
  EXPECT_TRUE(arena.open(arena.outside_path(), read_only(), report)) << report.text;
}

TEST_P(Host, Row47ARootThatWasALinkStaysWhereItPointed) {
  const std::string link = arena.root_path() + "-link";
  std::filesystem::create_directory_symlink(arena.root_path(), link);
  os::RootReport report;
  const auto opened = arena.open(link, writable(), report);
  ASSERT_TRUE(opened) << report.text;
  ASSERT_EQ(::unlink(link.c_str()), 0);
  std::filesystem::create_directory_symlink(arena.outside_path(), link);
  Guest g(**opened);
  EXPECT_EQ(g.write("f", "inside"), "ok");
  EXPECT_EQ(guest.read("f"), "inside");
  EXPECT_EQ(g.stat("secret", kNoFollow), "NOENT");
}

// Runs `test` in a child with mounts of its own; 77: not allowed here.
int with_own_mounts(const std::function<void()>& test) {
  const pid_t child = ::fork();
  if (child == 0) {
    const uid_t user = ::geteuid();
    const gid_t group = ::getegid();
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ::_exit(77);
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
    test();
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_P(Host, Row15MountsBelowTheRootAreOutside) {
  const int result = with_own_mounts([&] {
    HostArena own(GetParam());
    Guest g(own.grant());
    for (const char* name : {"m", "b"}) EXPECT_EQ(g.make_directory(name), "ok");
    EXPECT_EQ(g.write("file", "inside"), "ok");
    const std::string root = own.root_path();
    if (::mount("none", (root + "/m").c_str(), "tmpfs", 0, nullptr) != 0) ::_exit(77);
    if (::mount((own.outside_path()).c_str(), (root + "/b").c_str(), nullptr, MS_BIND, nullptr) !=
        0) {
      ::_exit(77);
    }
    EXPECT_EQ(::mount((own.outside_path() + "/secret").c_str(), (root + "/file").c_str(), nullptr,
                      MS_BIND, nullptr),
              0);
    const std::string before_all = own.outside();
    const char* kOut = "NOTCAPABLE escape";
    for (const char* path : {"m", "b", "m/", "b/.", "b/secret", "b/d/deep", "m/x"}) {
      EXPECT_EQ(g.stat(path, kNoFollow), kOut) << path;
      EXPECT_EQ(g.open(path, reading(kFollow)), kOut) << path;
      EXPECT_EQ(g.touch(path, kNoFollow), kOut) << path;
    }
    EXPECT_EQ(g.open("file", reading(kFollow)), kOut);
    EXPECT_EQ(g.open("file", writing(kFollow)), kOut);
    EXPECT_EQ(g.stat("file", kNoFollow), kOut);
    EXPECT_EQ(g.touch("file", kNoFollow), kOut);
    EXPECT_EQ(g.write("b/new", "x"), kOut);
    EXPECT_EQ(g.make_directory("m/new"), kOut);
    EXPECT_NE(g.unlink("file"), "ok");
    EXPECT_NE(g.remove_directory("m"), "ok");
    EXPECT_NE(g.rename("b", "c"), "ok");
    EXPECT_NE(g.link("file", "copy"), "ok");
    EXPECT_EQ(own.outside(), before_all);
    ::umount2((root + "/file").c_str(), MNT_DETACH);
    ::umount2((root + "/b").c_str(), MNT_DETACH);
    ::umount2((root + "/m").c_str(), MNT_DETACH);
  });
  if (result == 77) GTEST_SKIP() << "user namespaces with mounts are not allowed here";
  EXPECT_EQ(result, 0);
}

TEST_P(Host, Row15WithXdevMountsArePartOfTheTree) {
  const int result = with_own_mounts([&] {
    cap::DirectoryOptions options = writable();
    options.cross_mounts = true;
    HostArena own(GetParam(), options);
    Guest g(own.grant());
    EXPECT_EQ(g.make_directory("m"), "ok");
    if (::mount("none", (own.root_path() + "/m").c_str(), "tmpfs", 0, nullptr) != 0) ::_exit(77);
    EXPECT_EQ(g.stat("m", kNoFollow), "directory");
    EXPECT_EQ(g.write("m/f", "x"), "ok");
    EXPECT_EQ(g.write("g", "x"), "ok");
    EXPECT_EQ(g.rename("g", "m/g"), "XDEV");
    EXPECT_EQ(g.link("g", "m/g"), "XDEV");
    EXPECT_EQ(g.stat("m/../..", kNoFollow), "NOTCAPABLE escape");
    ::umount2((own.root_path() + "/m").c_str(), MNT_DETACH);
  });
  if (result == 77) GTEST_SKIP() << "user namespaces with mounts are not allowed here";
  EXPECT_EQ(result, 0);
}

TEST_P(Host, Row13MagicLinksAreNotFollowed) {
  const int result = with_own_mounts([&] {
    cap::DirectoryOptions options = writable();
    options.cross_mounts = true;
    HostArena own(GetParam(), options);
    Guest g(own.grant());
    EXPECT_EQ(g.make_directory("p"), "ok");
    if (::mount("/proc", (own.root_path() + "/p").c_str(), nullptr, MS_BIND | MS_REC, nullptr) !=
        0) {
      ::_exit(77);
    }
    const std::string self = "p/" + std::to_string(::getpid());
    for (const char* link : {"/root", "/cwd", "/exe", "/root/etc/passwd", "/fd/0", "/root/"}) {
      EXPECT_EQ(g.open(self + link, reading(kFollow)), "LOOP") << link;
    }
    ::umount2((own.root_path() + "/p").c_str(), MNT_DETACH);
  });
  if (result == 77) GTEST_SKIP() << "user namespaces with mounts are not allowed here";
  EXPECT_EQ(result, 0);
}

}  // namespace
}  // namespace warrant::escape
