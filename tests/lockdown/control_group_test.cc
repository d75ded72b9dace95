// SPDX-License-Identifier: Apache-2.0
// The group of an executor: what is written where, in a tree of plain files as the kernel lays it
// out, and with the kernel's own where it is there. Spec: limits.md sections 5 and 7.4.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "warrant/os/control_group.h"

namespace warrant::lockdown_test {
namespace {

using os::ControlGroup;
namespace fs = std::filesystem;

os::Ambient ambient() { return os::Ambient::danger_from_main(); }

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

// A mount of cgroup v2 as files: /a is delegated or not, and this process is in /a/b.
class Tree : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "warrant-cgroup-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    fs::create_directories(root_ / "mount/a/b");
    places_ = {(root_ / "mount").string(), (root_ / "membership").string()};
    write(places_.membership, "4:memory:/elsewhere\n0::/a/b\n");
    for (const char* each : {"a", "a/b"}) children_of(each, "");
  }
  void TearDown() override { fs::remove_all(root_); }

  void children_of(const char* group, const std::string& controllers) {
    write(root_ / "mount" / group / "cgroup.subtree_control", controllers);
  }
  // Whether the file system knows such marks.
  bool mark(const char* group) {
    return ::setxattr((root_ / "mount" / group).c_str(), "user.delegate", "1", 1, 0) == 0;
  }
  std::optional<ControlGroup> make() {
    return ControlGroup::make(ambient(), places_, {.memory = 123'456'789, .processes = 16});
  }

  fs::path root_;
  os::GroupPlaces places_;
};

TEST_F(Tree, WhereChildrenHaveTheControllerAGroupIsMadeWithItsBounds) {
  children_of("a/b", "cpu memory pids\n");
  const auto group = make();
  ASSERT_TRUE(group);
  const fs::path at = group->path();
  EXPECT_EQ(at.parent_path(), root_ / "mount/a/b");
  EXPECT_EQ(read(at / "memory.max"), "123456789");
  EXPECT_EQ(read(at / "memory.swap.max"), "0");
  EXPECT_EQ(read(at / "memory.oom.group"), "1");
  EXPECT_EQ(read(at / "pids.max"), "16");
  EXPECT_EQ(read(root_ / "mount/a/b/cgroup.subtree_control"), "cpu memory pids\n");
}

TEST_F(Tree, AProcessIsMovedByItsNumber) {
  children_of("a/b", "memory\n");
  auto group = make();
  ASSERT_TRUE(group);
  EXPECT_TRUE(group->take(4'711));
  EXPECT_EQ(read(fs::path(group->path()) / "cgroup.procs"), "4711");
}

TEST_F(Tree, WithoutTheKernelsCountNobodyWasKilled) {
  children_of("a/b", "memory\n");
  const auto group = make();
  ASSERT_TRUE(group);
  EXPECT_FALSE(group->was_killed_for_memory());
}

TEST(Events, AKillForMemoryIsTold) {
  EXPECT_TRUE(os::counts_a_kill("low 0\nhigh 0\nmax 31\noom 1\noom_kill 1\noom_group_kill 1\n"));
  EXPECT_TRUE(os::counts_a_kill("oom 0\noom_kill 20"));
  EXPECT_FALSE(os::counts_a_kill("low 0\nhigh 0\nmax 31\noom 1\noom_kill 0\noom_group_kill 1\n"));
  EXPECT_FALSE(os::counts_a_kill("oom 1\noom_kill "));
  EXPECT_FALSE(os::counts_a_kill(""));
}

TEST_F(Tree, WithoutTheControllerThereIsNoneAndNothingIsLeft) {
  children_of("a", "memory\n");  // of the group above, which nobody marked
  EXPECT_FALSE(make());
  for (const char* each : {"a", "a/b"}) {
    EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "mount" / each), {}),
              each[1] == 0 ? 2 : 1);
  }
}

TEST_F(Tree, WhatIsNotMarkedIsNotChanged) {
  EXPECT_FALSE(make());
  EXPECT_EQ(read(root_ / "mount/a/b/cgroup.subtree_control"), "");
}

TEST_F(Tree, AMarkedGroupGetsTheControllerAndOneAboveTakesASibling) {
  if (!mark("a")) GTEST_SKIP() << "no extended attributes of users here";
  children_of("a", "cpu memory\n");
  const auto group = make();
  ASSERT_TRUE(group);
  EXPECT_EQ(fs::path(group->path()).parent_path(), root_ / "mount/a");
}

TEST_F(Tree, AGroupOutOfSightOrNoGroupIsNone) {
  children_of("a/b", "memory\n");
  for (const char* text :
       {"", "4:memory:/a/b\n", "0::/../a/b\n", "0::/a/../b\n", "0::relative\n"}) {
    write(places_.membership, text);
    EXPECT_FALSE(make()) << text;
  }
  write(places_.membership, "0::/a/b\n");
  places_.mount.clear();
  EXPECT_FALSE(make());
}

TEST_F(Tree, ABoundThatCannotBeWrittenIsNoGroup) {
  children_of("a/b", "memory\n");
  // What an earlier process of this number left is in the way, with a bound that is a directory.
  fs::create_directories(root_ / "mount/a/b" / ("warrant-" + std::to_string(::getpid())) /
                         "memory.max");
  EXPECT_FALSE(make());
}

// With the kernel: no bound is asked for where the controllers are those of version 1.
class Kernel : public testing::Test {
 protected:
  void SetUp() override {
    auto made = ControlGroup::make(ambient(), os::group_places(ambient()), {});
    if (!made) GTEST_SKIP() << "no group of cgroup v2 may be made here";
    ASSERT_TRUE(made->remove());
  }
};

TEST_F(Kernel, AProcessIsInItAndTheGroupIsGoneAfterItsMaker) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t maker = ::fork();
  if (maker == 0) {
    auto group = ControlGroup::make(ambient(), os::group_places(ambient()), {});
    const pid_t guest = ::fork();
    if (guest == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) ::pause();
    }
    const bool taken = group && group->remove_after_exit(ambient()) && group->take(guest);
    const std::string said =
        (taken ? group->path() + "\n" : "\n") + read("/proc/" + std::to_string(guest) + "/cgroup");
    if (::write(ends[1], said.data(), said.size()) < 0) ::_exit(1);
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string said;
  char piece[512];
  for (ssize_t got = 0; (got = ::read(ends[0], piece, sizeof piece)) > 0;) {
    said.append(piece, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  ASSERT_EQ(::waitpid(maker, nullptr, 0), maker);
  const std::string path = said.substr(0, said.find('\n'));
  ASSERT_FALSE(path.empty());
  const std::string name = path.substr(path.rfind('/'));
  EXPECT_NE(said.find(name + "\n", path.size() + 1), std::string::npos) << said;
  for (int i = 0; i < 1'000 && fs::exists(path); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace warrant::lockdown_test
