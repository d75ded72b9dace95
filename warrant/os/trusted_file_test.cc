// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/trusted_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "warrant/os/places.h"

namespace warrant::os {
namespace {

Ambient ambient() { return Ambient::danger_from_main(); }

constexpr std::uint64_t kMost = 1U << 20;

// A machine of its own in a scratch directory: absolute names begin there.
class World : public testing::Test {
 protected:
  World() {
    char name[] = "/tmp/warrant-world-XXXXXX";
    root_ = ::mkdtemp(name);
    judge_.user = ::geteuid();
    judge_.administrator = ::geteuid() + 1;  // nobody here
    judge_.root = root_;
    for (const char* each : {"/etc", "/etc/warrant", "/home", "/home/me"}) directory(each);
  }
  ~World() override { std::filesystem::remove_all(root_); }

  void directory(const std::string& path, mode_t mode = 0755) {
    ASSERT_EQ(::mkdir((root_ + path).c_str(), 0700), 0) << path;
    ASSERT_EQ(::chmod((root_ + path).c_str(), mode), 0);
  }
  void file(const std::string& path, const std::string& text, mode_t mode = 0644) {
    std::ofstream(root_ + path) << text;
    ASSERT_EQ(::chmod((root_ + path).c_str(), mode), 0);
  }
  void link(const std::string& target, const std::string& path) {
    ASSERT_EQ(::symlink(target.c_str(), (root_ + path).c_str()), 0);
  }
  Result<TrustedFile> load(const std::string& path) {
    report_ = {};
    return load_trusted(ambient(), path, kMost, judge_, report_);
  }
  void refused(const std::string& path, Errc code, const std::string& why) {
    const auto loaded = load(path);
    ASSERT_FALSE(loaded) << path;
    EXPECT_EQ(loaded.error().code, code) << report_.text;
    EXPECT_NE(report_.text.find(why), std::string::npos) << report_.text;
    EXPECT_NE(report_.fix, "");
  }

  std::string root_;
  Judge judge_;
  TrustReport report_;
};

TEST_F(World, AFileOfOnesOwnIsRead) {
  file("/home/me/g.toml", "version = 1\n");
  const auto loaded = load("/home/me/g.toml");
  ASSERT_TRUE(loaded) << report_.text;
  EXPECT_EQ(loaded->text, "version = 1\n");
  EXPECT_EQ(loaded->path, "/home/me/g.toml");
}

TEST_F(World, WhatIsNotThereIsSaid) {
  refused("/home/me/none.toml", Errc::kNoEntry, "does not exist");
  refused("/home/nobody/none.toml", Errc::kNoEntry, "does not exist");
  file("/home/me/f", "");
  refused("/home/me/f/g", Errc::kNotDir, "not a directory");
  refused("/home/me", Errc::kIsDir, "is a directory");
  refused("/home/me/", Errc::kIsDir, "is a directory");
  refused(std::string("/home/me/f\0x", 12), Errc::kInvalid, "NUL");
}

TEST_F(World, WritableByOthersIsNotTrusted) {
  file("/home/me/g.toml", "", 0646);
  refused("/home/me/g.toml", Errc::kNotCapable, "writable by everybody");
  file("/home/me/g.toml", "", 0666);
  refused("/home/me/g.toml", Errc::kNotCapable, "writable by everybody");
}

TEST_F(World, TheGroupMayWriteOnlyWhereItIsPrivate) {
  file("/home/me/g.toml", "", 0664);
  refused("/home/me/g.toml", Errc::kNotCapable, "writable by group");
  judge_.is_private_group = [](std::uint32_t) { return false; };
  refused("/home/me/g.toml", Errc::kNotCapable, "writable by group");
  judge_.is_private_group = [](std::uint32_t group) { return group == ::getegid(); };
  EXPECT_TRUE(load("/home/me/g.toml"));
}

TEST_F(World, ADirectoryOnTheWayThatOthersMayWriteIsNotTrusted) {
  directory("/home/me/open", 0777);
  directory("/home/me/open/inner");
  file("/home/me/open/inner/g.toml", "");
  refused("/home/me/open/inner/g.toml", Errc::kNotCapable, "directory /home/me/open");
  ASSERT_EQ(::chmod((root_ + "/home/me/open").c_str(), 01777), 0);
  EXPECT_TRUE(load("/home/me/open/inner/g.toml")) << report_.text;
  ASSERT_EQ(::chmod((root_ + "/home/me/open").c_str(), 0775), 0);
  refused("/home/me/open/inner/g.toml", Errc::kNotCapable, "directory /home/me/open");
}

TEST_F(World, TheDirectoriesBehindALinkAreJudgedToo) {
  directory("/home/open", 0777);
  file("/home/open/g.toml", "");
  link("/home/open/g.toml", "/home/me/g.toml");
  refused("/home/me/g.toml", Errc::kNotCapable, "directory /home/open");
  link("../open", "/home/me/away");
  refused("/home/me/away/g.toml", Errc::kNotCapable, "directory /home/open");
  ASSERT_EQ(::chmod((root_ + "/home/open").c_str(), 0755), 0);
  EXPECT_TRUE(load("/home/me/g.toml")) << report_.text;
  EXPECT_TRUE(load("/home/me/away/g.toml")) << report_.text;
}

TEST_F(World, LinksInACircleEnd) {
  link("b", "/home/me/a");
  link("a", "/home/me/b");
  refused("/home/me/a", Errc::kLoop, "too many links");
}

TEST_F(World, AnAbsoluteLinkAndDotDotStayInTheRoot) {
  file("/home/me/g.toml", "here");
  link("/../../home/me/g.toml", "/home/me/l");
  const auto loaded = load("/../home/me/../me/./l");
  ASSERT_TRUE(loaded) << report_.text;
  EXPECT_EQ(loaded->text, "here");
}

TEST_F(World, WhatBelongsToSomebodyElseIsNotTrusted) {
  file("/home/me/g.toml", "");
  judge_.user = ::geteuid() + 2;
  refused("/home/me/g.toml", Errc::kNotCapable, "belongs to user");
  judge_.administrator = ::geteuid();
  EXPECT_TRUE(load("/home/me/g.toml")) << report_.text;
}

TEST_F(World, BeneathEtcOnlyTheAdministratorDecides) {
  file("/etc/warrant/ceiling.toml", "");
  refused("/etc/warrant/ceiling.toml", Errc::kNotCapable, "only root decides");
  judge_.administrator = ::geteuid();
  judge_.user = ::geteuid() + 1;
  EXPECT_TRUE(load("/etc/warrant/ceiling.toml")) << report_.text;
}

TEST_F(World, OnlyRegularFilesOfLimitedSizeAreRead) {
  ASSERT_EQ(::mkfifo((root_ + "/home/me/pipe").c_str(), 0600), 0);
  refused("/home/me/pipe", Errc::kNotSupported, "no regular file");
  file("/home/me/exact", std::string(kMost, 'x'));
  EXPECT_TRUE(load("/home/me/exact"));
  file("/home/me/large", std::string(kMost + 1, 'x'));
  refused("/home/me/large", Errc::kFileTooBig, "larger than");
}

TEST_F(World, ADanglingLinkIsPresentAndCannotBeRead) {
  EXPECT_EQ(presence_of(ambient(), kSystemCeiling, judge_), Presence::kAbsent);
  link("/nowhere", kSystemCeiling);
  EXPECT_EQ(presence_of(ambient(), kSystemCeiling, judge_), Presence::kPresent);
  judge_.administrator = judge_.user;
  refused(kSystemCeiling, Errc::kNoEntry, "does not exist");
}

// The variables of a parent, and a passwd entry.
class PlacesWorld : public World {
 protected:
  Places places() {
    return find_places(ambient(),
                       {.variable = [&](const char* name) -> std::optional<std::string> {
                          const auto found = variables_.find(name);
                          if (found == variables_.end()) return std::nullopt;
                          return found->second;
                        },
                        .passwd_home =
                            [&] {
                              ++passwd_asked_;
                              return std::string("/home/passwd");
                            }},
                       judge_);
  }
  std::map<std::string, std::string> variables_;
  int passwd_asked_ = 0;
};

TEST_F(PlacesWorld, AreBeneathTheHomeDirectory) {
  variables_ = {{"HOME", "/home/me"}};
  const Places found = places();
  EXPECT_EQ(found.config, "/home/me/.config/warrant");
  EXPECT_EQ(found.cache, "/home/me/.cache/warrant");
  EXPECT_EQ(found.state, "/home/me/.local/state/warrant");
  EXPECT_EQ(passwd_asked_, 0);
}

TEST_F(PlacesWorld, FollowTheXdgVariablesThatAreAbsolute) {
  variables_ = {{"HOME", "/home/me"},
                {"XDG_CONFIG_HOME", "/c"},
                {"XDG_CACHE_HOME", "cache"},
                {"XDG_STATE_HOME", ""}};
  const Places found = places();
  EXPECT_EQ(found.config, "/c/warrant");
  EXPECT_EQ(found.cache, "/home/me/.cache/warrant");
  EXPECT_EQ(found.state, "/home/me/.local/state/warrant");
}

TEST_F(PlacesWorld, AreNowhereWithoutAHome) {
  variables_ = {{"HOME", "relative"}, {"XDG_CONFIG_HOME", "./c"}};
  const Places found = places();
  EXPECT_EQ(found.config + found.cache + found.state, "");
}

TEST_F(PlacesWorld, DoNotListenToVariablesOnAnAdministeredMachine) {
  file("/etc/warrant/ceiling.toml", "version = 1\n");
  variables_ = {{"HOME", "/home/me"},
                {"XDG_CONFIG_HOME", "/c"},
                {"XDG_CACHE_HOME", "/d"},
                {"XDG_STATE_HOME", "/e"},
                {"WARRANT_CONFIG", "/f.toml"}};
  const Places found = places();
  EXPECT_EQ(found.config, "/home/passwd/.config/warrant");
  EXPECT_EQ(found.cache, "/home/passwd/.cache/warrant");
  EXPECT_EQ(found.state, "/home/passwd/.local/state/warrant");
  EXPECT_EQ(found.config_file, std::nullopt);
  EXPECT_EQ(found.system_ceiling, Presence::kPresent);
}

TEST_F(PlacesWorld, TakeTheConfigurationThatAVariableNames) {
  variables_ = {{"HOME", "/home/me"}, {"WARRANT_CONFIG", "/f.toml"}};
  EXPECT_EQ(places().config_file, "/f.toml");
}

}  // namespace
}  // namespace warrant::os
