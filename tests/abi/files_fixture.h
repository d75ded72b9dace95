// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest over real directories (3 "/w", writable; 4 "/v", writable; 5 "/r", only to be read), and
// the path calls in short form. Each answers the errno.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/guest.h"
#include "tests/support/trees.h"
#include "tests/support/wasi_numbers.h"

namespace warrant::testing {

class Files : public ::testing::TestWithParam<Backing> {
 protected:
  Files() : forest_(GetParam()), guest_(make()) {}

  wasi_p1::Setup make() {
    wasi_p1::Setup setup;
    setup.directories.push_back(
        {"/w", forest_.make(with_access(cap::Access::kWrite)), cap::Access::kWrite});
    setup.directories.push_back(
        {"/v", forest_.make(with_access(cap::Access::kWrite)), cap::Access::kWrite});
    setup.directories.push_back(
        {"/r", forest_.make(with_access(cap::Access::kRead)), cap::Access::kRead});
    return setup;
  }

  struct Want {
    std::uint32_t open = 0;
    std::uint64_t base = Guest::kReadRights;
    std::uint32_t lookup = 0;
    std::uint32_t flags = 0;
    std::uint32_t fd = 3;
  };
  std::uint32_t open(std::string_view path, const Want& want) {
    Guest::Open how;
    how.lookup = want.lookup;
    how.open = want.open;
    how.base = want.base;
    how.inheriting = 0x0FFF'FFFF;
    how.flags = want.flags;
    how.fd = want.fd;
    return guest_.open(path, how);
  }
  std::uint32_t open(std::string_view path) { return open(path, Want{}); }
  std::uint32_t one_path(std::string_view function, std::string_view path, std::uint32_t fd = 3) {
    const std::uint32_t length = guest_.path(path);
    return guest_.call(function, fd, Guest::kPath, length);
  }
  std::uint32_t mkdir(std::string_view path) { return one_path("path_create_directory", path); }
  std::uint32_t rmdir(std::string_view path) { return one_path("path_remove_directory", path); }
  std::uint32_t unlink(std::string_view path) { return one_path("path_unlink_file", path); }
  std::uint32_t rename(std::string_view from, std::string_view to, std::uint32_t from_fd = 3,
                       std::uint32_t to_fd = 3) {
    const std::uint32_t length = guest_.path(from);
    const std::uint32_t to_length = guest_.path(to, Guest::kPath2);
    return guest_.call("path_rename", from_fd, Guest::kPath, length, to_fd, Guest::kPath2,
                       to_length);
  }
  std::uint32_t link(std::string_view from, std::string_view to, std::uint32_t flags = 0,
                     std::uint32_t from_fd = 3, std::uint32_t to_fd = 3) {
    const std::uint32_t length = guest_.path(from);
    const std::uint32_t to_length = guest_.path(to, Guest::kPath2);
    return guest_.call("path_link", from_fd, flags, Guest::kPath, length, to_fd, Guest::kPath2,
                       to_length);
  }
  std::uint32_t symlink(std::string_view target, std::string_view name) {
    const std::uint32_t length = guest_.path(target);
    const std::uint32_t name_length = guest_.path(name, Guest::kPath2);
    return guest_.call("path_symlink", Guest::kPath, length, 3, Guest::kPath2, name_length);
  }
  // The record is at kStat.
  std::uint32_t stat(std::string_view path, std::uint32_t lookup = 0, std::uint32_t fd = 3) {
    const std::uint32_t length = guest_.path(path);
    return guest_.call("path_filestat_get", fd, lookup, Guest::kPath, length, kStat);
  }
  std::uint8_t type() const { return guest_.memory.at<std::uint8_t>(kStat + 16); }
  std::uint64_t size() const { return guest_.memory.at<std::uint64_t>(kStat + 32); }
  std::uint64_t inode() const { return guest_.memory.at<std::uint64_t>(kStat + 8); }
  std::uint64_t modified() const { return guest_.memory.at<std::uint64_t>(kStat + 48); }
  std::uint32_t set_times(std::string_view path, std::uint64_t modified, std::uint32_t lookup = 0) {
    const std::uint32_t length = guest_.path(path);
    return guest_.call("path_filestat_set_times", 3, lookup, Guest::kPath, length, 0, modified, 4);
  }
  std::uint32_t opened() const { return guest_.opened(); }
  std::string content(std::string_view path) {
    std::string text;
    if (open(path) != 0) return "(not opened)";
    const std::uint32_t fd = opened();
    if (guest_.read(fd, 4096, text) != 0) text = "(not read)";
    guest_.call("fd_close", fd);
    return text;
  }
  // The last event is a denial of this reason, with the errno that the guest saw.
  void expect_denied(cap::Reason reason) {
    ASSERT_FALSE(guest_.sink.events.empty());
    EXPECT_EQ(guest_.sink.last().decision, audit::Decision::kDeny);
    EXPECT_EQ(guest_.sink.last().reason, reason);
    EXPECT_EQ(guest_.sink.last().error, wasi::kNotCapable);
  }

  static constexpr std::uint32_t kStat = 0x200;
  Forest forest_;
  Guest guest_;
};

inline std::string backing_name(const ::testing::TestParamInfo<Backing>& test) {
  return name_of(test.param);
}

}  // namespace warrant::testing
