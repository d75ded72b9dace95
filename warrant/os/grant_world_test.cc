// SPDX-License-Identifier: Apache-2.0
// What the world has to say about grants: uses taken, times seen, places where secrets lie, and
// where a directory lies in its file system.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "warrant/os/mount_table.h"
#include "warrant/os/sensitive.h"
#include "warrant/os/use_files.h"

namespace warrant::os {
namespace {

Ambient ambient() { return Ambient::danger_from_main(); }

class Scratch : public testing::Test {
 protected:
  Scratch() {
    char name[] = "/tmp/warrant-scratch-XXXXXX";
    root_ = ::mkdtemp(name);
  }
  ~Scratch() override { std::filesystem::remove_all(root_); }
  std::string root_;
};

std::string name(std::uint64_t number) { return "use." + std::to_string(number); }

TEST_F(Scratch, UsesAreCountedInOrder) {
  const std::string state = root_ + "/a/b/state";
  auto files = UseFiles::open(ambient(), state);
  ASSERT_TRUE(files);
  for (std::uint64_t taken = 0; taken < 20; ++taken) {
    const auto found = files->count(name);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, taken);
    EXPECT_TRUE(files->take(name(taken)));
    const Status again = files->take(name(taken));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::kExists);
  }
}

TEST_F(Scratch, AUseIsTakenByOneOnly) {
  auto files = UseFiles::open(ambient(), root_ + "/state");
  ASSERT_TRUE(files);
  constexpr int kRacers = 8;
  constexpr std::uint64_t kUses = 200;
  std::array<std::uint64_t, kRacers> won{};
  std::vector<std::thread> racers;
  for (std::uint64_t& mine : won) {
    racers.emplace_back([&] {
      for (std::uint64_t n = 0; n < kUses; ++n) mine += files->take(name(n)) ? 1U : 0U;
    });
  }
  for (std::thread& racer : racers) racer.join();
  std::uint64_t all = 0;
  for (const std::uint64_t mine : won) all += mine;
  EXPECT_EQ(all, kUses);
}

TEST_F(Scratch, AStateDirectoryThatOthersMayWriteIsNotUsed) {
  const std::string state = root_ + "/state";
  ASSERT_EQ(::mkdir(state.c_str(), 0700), 0);
  ASSERT_EQ(::chmod(state.c_str(), 0777), 0);
  const auto files = UseFiles::open(ambient(), state);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, Errc::kNotCapable);
}

TEST_F(Scratch, TheLatestTimeSeenOnlyGrows) {
  const std::uint64_t before = host_wall_clock(ambient());
  auto files = UseFiles::open(ambient(), root_ + "/state");
  ASSERT_TRUE(files);
  // The directory itself was made at a time.
  EXPECT_GE(*files->latest_seen() + 60'000'000'000, before);
  const std::uint64_t far = before + 10'000'000'000'000'000;
  EXPECT_TRUE(files->see(far));
  EXPECT_EQ(*files->latest_seen(), far);
  EXPECT_TRUE(files->see(before));
  EXPECT_EQ(*files->latest_seen(), far);
}

TEST_F(Scratch, AClockFileThatIsNoNumberIsAnError) {
  auto files = UseFiles::open(ambient(), root_ + "/state");
  ASSERT_TRUE(files);
  std::ofstream(root_ + "/state/clock") << "yesterday";
  EXPECT_FALSE(files->latest_seen());
}

bool says(const std::vector<std::string>& sentences, const std::string& wanted) {
  return std::find(sentences.begin(), sentences.end(), wanted) != sentences.end();
}

TEST_F(Scratch, SecretsInAHomeAreFound) {
  std::filesystem::create_directories(root_ + "/home/.ssh/keys");
  std::filesystem::create_directories(root_ + "/home/.config/gh");
  std::filesystem::create_directories(root_ + "/home/src");
  std::ofstream(root_ + "/home/.netrc") << "x";
  const SensitiveSources sources{{root_ + "/home"}, {}};
  const auto places = [&](const std::string& path) {
    return sensitive_places(ambient(), root_ + path, sources);
  };
  EXPECT_EQ(places("/home/src"), std::vector<std::string>());
  EXPECT_TRUE(says(places("/home"), "it contains .ssh"));
  EXPECT_TRUE(says(places("/home"), "it contains .config/gh"));
  EXPECT_TRUE(says(places("/home"), "it contains .netrc"));
  EXPECT_TRUE(says(places(""), "it contains " + root_ + "/home/.ssh"));
  EXPECT_TRUE(says(places("/home/.ssh"), "it lies in .ssh"));
  EXPECT_TRUE(says(places("/home/.ssh/keys"), "it lies in .ssh"));
}

TEST_F(Scratch, SecretsBehindALinkAreFound) {
  std::filesystem::create_directories(root_ + "/home/.ssh");
  std::filesystem::create_symlink(root_ + "/home/.ssh", root_ + "/plain");
  EXPECT_TRUE(says(sensitive_places(ambient(), root_ + "/plain", {}), "it lies in .ssh"));
}

TEST_F(Scratch, TreesOfTheSystemAreFound) {
  EXPECT_TRUE(says(sensitive_places(ambient(), "/etc", {}), "it lies in /etc"));
  EXPECT_TRUE(says(sensitive_places(ambient(), "/etc/ssl", {}), "it lies in /etc"));
  EXPECT_TRUE(says(sensitive_places(ambient(), "/", {}), "it contains /etc"));
  std::filesystem::create_directory_symlink("/etc", root_ + "/innocent");
  EXPECT_TRUE(says(sensitive_places(ambient(), root_ + "/innocent", {}), "it lies in /etc"));
}

TEST_F(Scratch, SocketsOfAgentsAreFound) {
  std::filesystem::create_directories(root_ + "/agent");
  std::ofstream(root_ + "/agent/socket") << "";
  const SensitiveSources sources{{}, {root_ + "/agent/socket"}};
  EXPECT_TRUE(
      says(sensitive_places(ambient(), root_, sources), "it contains " + root_ + "/agent/socket"));
  EXPECT_TRUE(sensitive_places(ambient(), root_, {{}, {root_ + "/agent/none"}}).empty());
}

TEST_F(Scratch, AncestryIsThatOfHandles) {
  std::filesystem::create_directories(root_ + "/a/b");
  std::filesystem::create_directories(root_ + "/c");
  std::filesystem::create_symlink(root_ + "/a/b", root_ + "/c/away");
  const auto lies = [&](const std::string& inner, const std::string& outer) {
    return directory_lies_in(ambient(), root_ + inner, root_ + outer);
  };
  EXPECT_TRUE(lies("/a/b", "/a"));
  EXPECT_TRUE(lies("/a", "/a"));
  EXPECT_FALSE(lies("/a", "/a/b"));
  EXPECT_TRUE(lies("/c/away", "/a"));
  EXPECT_FALSE(lies("/c/away", "/c"));
  EXPECT_FALSE(lies("/none", "/a"));
  EXPECT_FALSE(lies("/a", "/none"));
}

// A table as the kernel writes it: /mnt/part shows a part of what is mounted at /home.
constexpr std::string_view kTable =
    "22 1 254:1 / / rw - ext4 /dev/vda1 rw\n"
    "30 22 254:2 / /home rw,relatime shared:5 - ext4 /dev/vdb rw\n"
    "31 22 254:2 /me/.cache/warrant /mnt/part rw - ext4 /dev/vdb rw\n"
    "32 22 254:2 /me/two\\040words /mnt/a\\134b rw - ext4 /dev/vdb rw\n"
    "33 31 0:40 / /mnt/part/inner rw - tmpfs none rw\n";

TEST(FileSystemPlace, IsTheSameThroughEveryMount) {
  const auto plain = place_in(kTable, 30, "/home/me/.cache/warrant/code");
  const auto part = place_in(kTable, 31, "/mnt/part/code");
  ASSERT_TRUE(plain && part);
  EXPECT_EQ(plain->device, "254:2");
  EXPECT_EQ(plain->path, "/me/.cache/warrant/code");
  EXPECT_EQ(part->path, plain->path);
  EXPECT_TRUE(part->lies_in(*plain));
  EXPECT_EQ(place_in(kTable, 22, "/")->path, "/");
  EXPECT_EQ(place_in(kTable, 22, "/srv/x")->path, "/srv/x");
  EXPECT_EQ(place_in(kTable, 31, "/mnt/part")->path, "/me/.cache/warrant");
  EXPECT_EQ(place_in(kTable, 32, "/mnt/a\\b/c")->path, "/me/two words/c");
  EXPECT_FALSE(place_in(kTable, 31, "/mnt/partial"));
  EXPECT_FALSE(place_in(kTable, 99, "/"));
}

TEST(FileSystemPlace, LiesInByWholeNamesOnOneDevice) {
  const FileSystemPlace outer{"8:1", "/a/b"};
  EXPECT_TRUE((FileSystemPlace{"8:1", "/a/b/c"}.lies_in(outer)));
  EXPECT_FALSE((FileSystemPlace{"8:1", "/a/bc"}.lies_in(outer)));
  EXPECT_FALSE((FileSystemPlace{"8:2", "/a/b/c"}.lies_in(outer)));
  EXPECT_TRUE((FileSystemPlace{"8:1", "/x"}.lies_in({"8:1", "/"})));
}

TEST(FileSystemPlace, MountsBeneathADirectoryAreListed) {
  const auto found = mounts_beneath(kTable, "/mnt");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].path, "/me/.cache/warrant");
  EXPECT_EQ(mounts_beneath(kTable, "/mnt/part").size(), 1U);
  EXPECT_EQ(mounts_beneath(kTable, "/").size(), 4U);
}

}  // namespace
}  // namespace warrant::os
