// SPDX-License-Identifier: Apache-2.0
// What a directory cannot be made to do because no operation says it: modes, owners, flags of the
// kernel; what the set-up of a root trusts; names that look alike. Numbers are the rows of
// filesystem.md section 14.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/escape/arena.h"

namespace warrant::escape {
namespace {

using contract::Guest;
using contract::reading;
using contract::said;
using contract::writable;
using contract::writing;
using enum cap::Symlinks;

template <typename Kind>
class Names : public testing::Test {
 protected:
  std::unique_ptr<Arena> arena = Kind::kMake();
  Guest guest{arena->grant()};
};
using Arenas = testing::Types<InMemory, ByOpenat2, ByWalk>;
TYPED_TEST_SUITE(Names, Arenas, ArenaNames);

// Each pair is one name to a file system that folds case or normalises, and two here.
TYPED_TEST(Names, Row30NamesAreComparedByTheirBytes) {
  constexpr std::pair<const char*, const char*> kTwins[] = {
      {".git", ".GIT"},     {"caf\u00e9", "cafe\u0301"}, {"\u212b", "\u00c5"},
      {"git\u200c", "git"}, {"stra\u00dfe", "strasse"},  {"name", "name."},
  };
  Guest& g = this->guest;
  for (const auto& [one, other] : kTwins) {
    ASSERT_EQ(g.write(one, "first"), "ok") << one;
    EXPECT_EQ(g.stat(other, kNoFollow), "NOENT") << other;
    ASSERT_EQ(g.make_directory(other), "ok") << other;
    EXPECT_EQ(g.read(one), "first");
    EXPECT_EQ(g.stat(other, kNoFollow), "directory");
  }
  EXPECT_EQ(g.names().size(), 2 * std::size(kTwins));
}

class Surface : public testing::TestWithParam<os::Resolver> {
 protected:
  std::string at(const char* name) const { return arena.root_path() + "/" + name; }

  HostArena arena{GetParam()};
  Guest guest{arena.grant()};
};
INSTANTIATE_TEST_SUITE_P(Resolvers, Surface,
                         testing::Values(os::Resolver::kOpenat2, os::Resolver::kWalk),
                         [](const auto& which) {
                           return which.param == os::Resolver::kWalk ? "Walk" : "Openat2";
                         });

TEST_P(Surface, Row22NothingThatAGuestDoesChangesAModeOrAnOwner) {
  ASSERT_EQ(guest.write("f", "content"), "ok");
  ASSERT_EQ(guest.make_directory("d"), "ok");
  ASSERT_EQ(::chmod(at("f").c_str(), 0604), 0);
  ASSERT_EQ(::chmod(at("d").c_str(), 02705), 0);
  struct stat file{};
  struct stat folder{};
  ASSERT_EQ(::stat(at("f").c_str(), &file), 0);
  ASSERT_EQ(::stat(at("d").c_str(), &folder), 0);
  {
    const auto open = guest.file("f", writing(kFollow));
    EXPECT_EQ(said(open->set_times({{cap::SetTime::Kind::kNow, {}}, {}})), "ok");
    EXPECT_EQ(said(open->set_size(3)), "ok");
    EXPECT_EQ(said(open->allocate(0, 10)), "ok");
    EXPECT_EQ(contract::append(*open, "more"), "ok");
    EXPECT_EQ(said(open->sync()), "ok");
  }
  EXPECT_EQ(guest.touch("f", kFollow), "ok");
  EXPECT_EQ(guest.touch("d", kNoFollow), "ok");
  EXPECT_EQ(guest.write("f", "again"), "ok");
  EXPECT_EQ(guest.link("f", "g"), "ok");
  EXPECT_EQ(guest.rename("g", "h"), "ok");
  EXPECT_EQ(guest.rename("d", "e"), "ok");
  EXPECT_EQ(guest.unlink("f"), "ok");
  struct stat now{};
  ASSERT_EQ(::stat(at("h").c_str(), &now), 0);
  EXPECT_EQ(std::tuple(now.st_mode, now.st_uid, now.st_gid),
            std::tuple(file.st_mode, file.st_uid, file.st_gid));
  ASSERT_EQ(::stat(at("e").c_str(), &now), 0);
  EXPECT_EQ(std::tuple(now.st_mode, now.st_uid, now.st_gid),
            std::tuple(folder.st_mode, folder.st_uid, folder.st_gid));
}

// Every combination of what can be asked at an open: the host's descriptor never bears a flag that
// reaches past the file.
TEST_P(Surface, Row48NoOpenAsksTheKernelForMoreThanReadingAndWriting) {
  constexpr int kLargeFile = 0100000;  // of the kernel; 0 to this program
  constexpr int kAccess = O_ACCMODE | kLargeFile | O_NONBLOCK | O_DIRECTORY | O_NOFOLLOW;
  ASSERT_EQ(guest.make_directory("d"), "ok");
  ASSERT_EQ(guest.write("f", "x"), "ok");
  int seen = 0;
  for (unsigned bits = 0; bits < 256; ++bits) {
    const auto has = [bits](unsigned bit) { return (bits & bit) != 0; };
    cap::OpenOptions options = reading(has(128) ? kFollow : kNoFollow);
    options.read = has(1);
    options.write = has(2);
    options.create = has(4);
    options.exclusive = has(8);
    options.truncate = has(16);
    options.append = has(32);
    options.directory = has(64);
    for (const char* name : {"f", "d", "new"}) {
      const auto opened = arena.grant().open(*cap::GuestPath::parse(name), options);
      for (int fd = 3; opened && fd < 64; ++fd) {
        char path[512] = {};
        const std::string link = "/proc/self/fd/" + std::to_string(fd);
        if (::readlink(link.c_str(), path, sizeof path - 1) < 0) continue;
        if (std::string_view(path) != at(name)) continue;
        EXPECT_EQ(::fcntl(fd, F_GETFL) & ~kAccess, 0) << name << " " << bits;
        EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << name << " " << bits;
        ++seen;
      }
    }
    static_cast<void>(guest.unlink("new"));
  }
  EXPECT_GT(seen, 100);
}

// Somebody swaps the granted directory for a link to /proc, and back, while roots are opened. A
// check of the path followed by an open of the path would let the link through at times.
TEST_P(Surface, Row26ARootIsCheckedOnTheDescriptorThatIsKept) {
  constexpr int kRounds = 400;
  const std::string path = arena.root_path() + "-root";
  const std::string bait = arena.root_path() + "-bait";
  ASSERT_EQ(::mkdir(path.c_str(), 0755), 0);
  std::ofstream(path + "/mine") << "x";
  std::filesystem::create_directory_symlink("/proc", bait);
  std::atomic<bool> stop = false;
  std::thread attacker([&] {
    while (!stop) {
      ::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, bait.c_str(), RENAME_EXCHANGE);
    }
  });
  int granted = 0;
  int refused = 0;
  for (int i = 0; i < kRounds; ++i) {
    os::RootReport report;
    const auto opened = arena.open(path, writable(), report);
    if (!opened) {
      EXPECT_EQ(said(opened), "NOTCAPABLE root_type") << report.text;
      ++refused;
      continue;
    }
    ++granted;
    Guest g(**opened);
    EXPECT_EQ(g.stat("mine", kNoFollow), "file");
    EXPECT_EQ(g.stat("self", kNoFollow), "NOENT");
  }
  stop = true;
  attacker.join();
  EXPECT_EQ(granted + refused, kRounds);
}

// The same after the set-up: what the path names later is nobody's business.
TEST_P(Surface, Row26APathSwappedAfterTheSetUpIsNotLookedAtAgain) {
  ASSERT_EQ(guest.write("mine", "x"), "ok");
  ASSERT_EQ(::rename(arena.root_path().c_str(), (arena.root_path() + "-moved").c_str()), 0);
  std::filesystem::create_directory_symlink(arena.outside_path(), arena.root_path());
  const std::string before = arena.outside();
  EXPECT_EQ(guest.read("mine"), "x");
  EXPECT_EQ(guest.stat("secret", kNoFollow), "NOENT");
  EXPECT_EQ(guest.write("more", "x"), "ok");
  EXPECT_EQ(guest.names(), (std::vector<std::string>{"mine", "more"}));
  EXPECT_EQ(arena.outside(), before);
}

}  // namespace
}  // namespace warrant::escape
