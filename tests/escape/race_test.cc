// SPDX-License-Identifier: Apache-2.0
// Others change the tree while a guest's names are looked up: the right thing or a refusal, never
// the outside. Row 11 of filesystem.md section 14, section 15. Rounds: --rounds=N (20,000).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <string_view>
#include <thread>

#include "tests/escape/arena.h"

namespace warrant::escape {
namespace {

using contract::creating;
using contract::Guest;
using contract::reading;
using enum cap::Symlinks;

std::uint64_t g_rounds = 20'000;

class Race : public testing::TestWithParam<os::Resolver> {
 protected:
  void SetUp() override {
    Guest guest(arena.grant());
    for (const char* name : {"a", "a/b", "a/b/c"}) ASSERT_EQ(guest.make_directory(name), "ok");
    for (const char* name : {"a/f", "a/b/f", "a/b/c/f"})
      ASSERT_EQ(guest.write(name, "inside"), "ok");
    // At each depth something to swap a directory or a file with: a link that leads out.
    link("../outside", "x");
    link("../../outside", "a/x");
    link("../../../outside/d", "a/b/x");
    link("../../../../outside/secret", "a/b/c/x");
    before = arena.outside();
  }
  void link(const char* target, const std::string& name) {
    ASSERT_EQ(::symlink(target, (arena.root_path() + "/" + name).c_str()), 0);
  }
  void exchange(const std::string& one, const std::string& other) {
    const std::string root = arena.root_path() + "/";
    ::renameat2(AT_FDCWD, (root + one).c_str(), AT_FDCWD, (root + other).c_str(), RENAME_EXCHANGE);
  }

  HostArena arena{GetParam()};
  std::string before;
};
INSTANTIATE_TEST_SUITE_P(Resolvers, Race,
                         testing::Values(os::Resolver::kOpenat2, os::Resolver::kWalk),
                         [](const auto& which) {
                           return which.param == os::Resolver::kWalk ? "Walk" : "Openat2";
                         });

void check_answer(const std::string& answer) {
  constexpr std::array<std::string_view, 12> kAllowed = {
      "ok",    "file",  "directory", "link",   "NOTCAPABLE escape",    "NOENT", "NOTDIR",
      "EXIST", "ISDIR", "LOOP",      "inside", "AGAIN resolve_starved"};
  for (const std::string_view allowed : kAllowed) {
    if (answer == allowed) return;
  }
  // Creating empties nothing; a file may be read between its making and its first byte.
  EXPECT_TRUE(answer.empty() || answer == "NOTEMPTY" || answer == "INVAL" || answer == "BUSY" ||
              answer == "NOTCAPABLE hard_link")
      << answer;
}

TEST_P(Race, Row11ExchangingDirectoriesFilesAndLinksNeverLeadsOut) {
  std::atomic<bool> done{false};
  std::thread first([&] {
    while (!done) {
      exchange("a", "x");
      exchange("a/b", "a/x");
      exchange("x", "a");
    }
  });
  std::thread second([&] {
    while (!done) {
      exchange("a/b/c", "a/b/x");
      exchange("a/b/c/f", "a/b/c/x");
      exchange("a/b/x", "a/b/c");
    }
  });
  Guest guest(arena.grant());
  std::uint64_t refused = 0;
  std::uint64_t found = 0;
  for (std::uint64_t round = 0; round < g_rounds; ++round) {
    for (const char* path : {"a/secret", "a/d/deep", "a/b/secret", "a/b/c/deep", "a/b/c/f"}) {
      const std::string content = guest.read(path);
      EXPECT_NE(content, "canary") << path;
      check_answer(content);
      if (content == "NOTCAPABLE escape") ++refused;
      if (content == "inside") ++found;
    }
    check_answer(guest.stat("a/b/c/f", kFollow));
    check_answer(guest.open("a/b/new", creating(kFollow)));
    check_answer(guest.touch("a/b/c/f", kFollow));
    check_answer(guest.make_directory("a/b/made"));
    check_answer(guest.rename("a/b/new", "a/new"));
    check_answer(guest.remove_directory("a/b/made"));
    check_answer(guest.unlink("a/new"));
    check_answer(guest.unlink("a/b/new"));
  }
  done = true;
  first.join();
  second.join();
  EXPECT_EQ(arena.outside(), before);
  EXPECT_GT(refused, 0U) << "the attackers never ran";
  EXPECT_GT(found, 0U) << "nothing was ever found";
}

TEST_P(Race, MakingAndRemovingParentsNeverLeadsOut) {
  std::atomic<bool> done{false};
  const std::string place = arena.root_path() + "/a/b/p";
  std::thread attacker([&] {
    while (!done) {
      ::mkdir(place.c_str(), 0777);
      ::rmdir(place.c_str());
      if (::symlink("../../../outside", place.c_str()) == 0) ::unlink(place.c_str());
    }
  });
  Guest guest(arena.grant());
  for (std::uint64_t round = 0; round < g_rounds; ++round) {
    check_answer(guest.open("a/b/p/new", creating(kFollow)));
    check_answer(guest.make_directory("a/b/p/made"));
    check_answer(guest.symlink("x", "a/b/p/link"));
    check_answer(guest.link("a/f", "a/b/p/hard"));
    for (const char* name : {"a/b/p/new", "a/b/p/link", "a/b/p/hard"}) {
      check_answer(guest.unlink(name));
    }
    check_answer(guest.remove_directory("a/b/p/made"));
  }
  done = true;
  attacker.join();
  EXPECT_EQ(arena.outside(), before);
}

}  // namespace
}  // namespace warrant::escape

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  constexpr std::string_view kRounds = "--rounds=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with(kRounds)) return 64;
    std::from_chars(word.data() + kRounds.size(), word.data() + word.size(),
                    warrant::escape::g_rounds);
  }
  return RUN_ALL_TESTS();
}
