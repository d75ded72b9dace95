// SPDX-License-Identifier: Apache-2.0
#include "tests/escape/arena.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include "warrant/cap/attenuate.h"
#include "warrant/memfs/memfs.h"
#include "warrant/os/iovec.h"

namespace warrant::escape {
namespace {

using contract::Guest;

class MemoryArena final : public Arena {
 public:
  MemoryArena() {
    memfs::Options options;
    options.directory = contract::writable();
    options.access = &access_;
    whole_ = memfs::make_root(options);
    Guest all(*whole_);
    for (const char* name : {"root", "outside", "outside/d"}) {
      EXPECT_EQ(all.make_directory(name), "ok");
    }
    EXPECT_EQ(all.write("outside/secret", "canary"), "ok");
    EXPECT_EQ(all.write("outside/d/deep", "canary"), "ok");
    grant_ = memfs::make_root_at(*all.sub("root"));
  }
  cap::Directory& grant() override { return *grant_; }
  std::string outside() override { return describe("outside"); }
  void plant_link(const std::string& target, const std::string& name) override {
    EXPECT_TRUE(memfs::plant_link_unchecked(*grant_, target, name));
  }
  std::string outside_path() const override { return "/outside"; }

 private:
  std::string describe(const std::string& path) {
    Guest all(*whole_);
    const cap::FileStat stat = all.stat_of(path);
    std::string text = path + " " + std::to_string(stat.inode) + " " + std::to_string(stat.links) +
                       " " + std::to_string(count(stat.changed)) + "\n";
    if (stat.type != cap::FileType::kDirectory) return text + all.read(path) + "\n";
    for (const std::string& name : contract::names_of(*all.sub(path))) {
      text += describe(path + "/" + name);
    }
    return text;
  }

  os::LocatedAccess access_{nullptr};
  std::unique_ptr<cap::Directory> whole_;
  std::unique_ptr<cap::Directory> grant_;
};

void put(const std::string& path, const char* content) { std::ofstream(path) << content; }

std::string describe_host(const std::string& path) {
  struct stat now{};
  EXPECT_EQ(::lstat(path.c_str(), &now), 0) << path;
  std::string text = path;
  for (const auto number : {static_cast<long>(now.st_ino), static_cast<long>(now.st_nlink),
                            static_cast<long>(now.st_mode), static_cast<long>(now.st_uid),
                            static_cast<long>(now.st_size), now.st_mtim.tv_sec, now.st_mtim.tv_nsec,
                            now.st_ctim.tv_sec, now.st_ctim.tv_nsec}) {
    text += " " + std::to_string(number);
  }
  text += "\n";
  if (!S_ISDIR(now.st_mode)) return text;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    names.push_back(entry.path().string());
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) text += describe_host(name);
  return text;
}

}  // namespace

HostArena::HostArena(os::Resolver resolver, const cap::DirectoryOptions& options)
    : accounting_(std::make_shared<cap::Accounting>(options.quota)) {
  for (const char* name : {"/root", "/outside", "/outside/d"}) {
    EXPECT_EQ(::mkdir((tree_.path() + name).c_str(), 0755), 0);
  }
  put(outside_path() + "/secret", "canary");
  put(outside_path() + "/d/deep", "canary");
  os::RunFilesOptions files;
  files.resolver = resolver;
  run_ = std::make_shared<os::RunFiles>(files);
  os::RootReport report;
  auto opened = os::open_root(os::Ambient::danger_from_main(), root_path(), options,
                              cap::GrantIndex{0}, run_, accounting_, report);
  EXPECT_TRUE(opened) << report.text;
  grant_ = *std::move(opened);
}

std::string HostArena::outside() { return describe_host(outside_path()); }

void HostArena::plant_link(const std::string& target, const std::string& name) {
  EXPECT_EQ(::symlink(target.c_str(), (root_path() + "/" + name).c_str()), 0);
}

Result<std::unique_ptr<cap::Directory>> HostArena::open(const std::string& path,
                                                        const cap::DirectoryOptions& options,
                                                        os::RootReport& report) {
  return os::open_root(os::Ambient::danger_from_main(), path, options, cap::GrantIndex{1}, run_,
                       nullptr, report);
}

std::unique_ptr<Arena> memfs_arena() { return std::make_unique<MemoryArena>(); }
std::unique_ptr<Arena> openat2_arena() {
  return std::make_unique<HostArena>(os::Resolver::kOpenat2);
}
std::unique_ptr<Arena> walk_arena() { return std::make_unique<HostArena>(os::Resolver::kWalk); }

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    static_cast<void>(entry);
    ++count;
  }
  return count;
}

}  // namespace warrant::escape
