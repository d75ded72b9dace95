// SPDX-License-Identifier: Apache-2.0
#include "tests/support/trees.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "warrant/memfs/memfs.h"
#include "warrant/os/root.h"

namespace warrant::testing {
namespace {

void fill_host(const std::string& root) {
  std::ofstream(root + "/file") << "0123456789";
  std::filesystem::create_directory(root + "/dir");
  std::ofstream(root + "/dir/inner") << "inner";
  std::filesystem::create_directory(root + "/empty");
  std::filesystem::create_symlink("file", root + "/link");
  std::filesystem::create_symlink("dir", root + "/dirlink");
  std::filesystem::create_symlink("nowhere", root + "/dangling");
  std::filesystem::create_symlink("../outside", root + "/out");
  std::filesystem::create_symlink("loop", root + "/loop");
  std::filesystem::create_symlink("/etc", root + "/absolute");
}

cap::GuestPath path(std::string_view text) { return *cap::GuestPath::parse(text); }

void put_file(cap::Directory& root, std::string_view name, std::string_view text) {
  auto opened = root.open(path(name), {.write = true, .create = true});
  ASSERT_TRUE(opened);
  const Buffer from[] = {Buffer::host_source(bytes_of(text))};
  ASSERT_TRUE(opened->file->write_at(from, cap::FileOffset{0}, cap::WriteSync::kNone));
}

void fill_memory(cap::Directory& root) {
  put_file(root, "file", "0123456789");
  ASSERT_TRUE(root.create_directory(path("dir")));
  put_file(root, "dir/inner", "inner");
  ASSERT_TRUE(root.create_directory(path("empty")));
  for (const auto& [name, target] :
       {std::pair("link", "file"), std::pair("dirlink", "dir"), std::pair("dangling", "nowhere"),
        std::pair("out", "../outside"), std::pair("loop", "loop"), std::pair("absolute", "/etc")}) {
    ASSERT_TRUE(memfs::plant_link_unchecked(root, target, name));
  }
}

}  // namespace

std::string name_of(Backing backing) {
  if (backing == Backing::kMemory) return "Memory";
  return backing == Backing::kOpenat2 ? "Openat2" : "Walk";
}

cap::DirectoryOptions with_access(cap::Access access) {
  cap::DirectoryOptions options;
  options.access = access;
  return options;
}

struct Forest::Parts {
  Backing backing = Backing::kMemory;
  FakeAccess access;
  FakeClock clock;
  std::shared_ptr<os::RunFiles> run;
  std::vector<std::string> roots;
  int next = 0;
};

Forest::Forest(Backing backing) : parts_(std::make_unique<Parts>()) {
  parts_->backing = backing;
  os::RunFilesOptions options;
  options.locate = &FakeMemory::locate;
  options.resolver = backing == Backing::kWalk ? os::Resolver::kWalk : os::Resolver::kOpenat2;
  parts_->run = std::make_shared<os::RunFiles>(options);
}

Forest::~Forest() {
  for (const std::string& root : parts_->roots) {
    std::error_code ignored;
    std::filesystem::remove_all(root, ignored);
  }
}

std::unique_ptr<cap::Directory> Forest::make(const cap::DirectoryOptions& options) {
  const cap::GrantIndex index{parts_->next++};
  if (parts_->backing == Backing::kMemory) {
    memfs::Options all;
    all.directory = options;
    all.grant = index;
    all.access = &parts_->access;
    all.clock = &parts_->clock;
    auto root = memfs::make_root(all);
    if (options.access != cap::Access::kRead) fill_memory(*root);
    return root;
  }
  std::string name = std::filesystem::temp_directory_path() / "warrant-abi-XXXXXX";
  EXPECT_NE(::mkdtemp(name.data()), nullptr);
  parts_->roots.push_back(name);
  fill_host(name);
  os::RootReport report;
  auto opened = os::open_root(os::Ambient::danger_from_main(), name, options, index, parts_->run,
                              nullptr, report);
  EXPECT_TRUE(opened) << report.text;
  return opened ? *std::move(opened) : nullptr;
}

}  // namespace warrant::testing
