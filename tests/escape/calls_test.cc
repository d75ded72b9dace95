// SPDX-License-Identifier: Apache-2.0
// Every host call of the ABI against one choke point, and descriptors used as weapons. A call that
// is added to the ABI fails here until it has its row. Rows 32 and 35 of filesystem.md section 14.
#include <algorithm>
#include <map>
#include <set>

#include "tests/abi/files_fixture.h"
#include "tests/escape/arena.h"

namespace warrant::testing {
namespace {

class Calls : public Files {
 protected:
  // "/r/file" opened to be read, at a number of its own.
  std::uint32_t open_file(std::uint32_t directory) {
    Want want;
    want.fd = directory;
    EXPECT_EQ(open("file", want), 0U);
    return opened();
  }
  std::uint32_t call(std::string_view name, const std::vector<std::uint64_t>& args) {
    return guest_.call_in("wasi_snapshot_preview1", name, args);
  }
};
INSTANTIATE_TEST_SUITE_P(Backings, Calls,
                         ::testing::Values(Backing::kMemory, Backing::kOpenat2, Backing::kWalk),
                         backing_name);

using Args = std::vector<std::uint64_t>;
constexpr std::uint64_t kF = 1000;  // stands for the open file
constexpr std::uint64_t kR = 5;     // the directory that may only be read
constexpr std::uint64_t kW = 3;
constexpr std::uint64_t kP = Guest::kPath;   // "file"
constexpr std::uint64_t kQ = Guest::kPath2;  // "name"
constexpr std::uint64_t kO = Guest::kOut;
constexpr std::uint64_t kL = Guest::kList;

// What changes something, in every form that a read grant must refuse.
std::multimap<std::string_view, Args> changes() {
  return {
      {"fd_allocate", {kF, 0, 100}},
      {"fd_filestat_set_size", {kF, 0}},
      {"fd_filestat_set_times", {kF, 0, 0, 10}},
      {"fd_filestat_set_times", {kR, 0, 0, 10}},
      {"fd_pwrite", {kF, kL, 1, 0, kO}},
      {"fd_write", {kF, kL, 1, kO}},
      {"path_create_directory", {kR, kQ, 4}},
      {"path_filestat_set_times", {kR, 0, kP, 4, 0, 0, 10}},
      {"path_link", {kR, 0, kP, 4, kR, kQ, 4}},
      {"path_link", {kR, 0, kP, 4, kW, kQ, 4}},
      {"path_link", {kW, 0, kP, 4, kR, kQ, 4}},
      {"path_open", {kR, 0, kQ, 4, 1, 0, 0, 0, kO}},
      {"path_open", {kR, 0, kP, 4, 8, 0, 0, 0, kO}},
      {"path_open", {kR, 0, kP, 4, 0, 64, 0, 0, kO}},
      {"path_open", {kR, 0, kP, 4, 0, 0, 0, 1, kO}},
      {"path_remove_directory", {kR, kP, 4}},
      {"path_rename", {kR, kP, 4, kR, kQ, 4}},
      {"path_rename", {kR, kP, 4, kW, kQ, 4}},
      {"path_rename", {kW, kP, 4, kR, kQ, 4}},
      {"path_symlink", {kP, 4, kR, kQ, 4}},
      {"path_unlink_file", {kR, kP, 4}},
  };
}
// What reads, or is about the guest's own table.
constexpr std::string_view kHarmless[] = {"fd_advise",
                                          "fd_close",
                                          "fd_datasync",
                                          "fd_fdstat_get",
                                          "fd_fdstat_set_flags",
                                          "fd_filestat_get",
                                          "fd_fdstat_set_rights",
                                          "fd_pread",
                                          "fd_prestat_dir_name",
                                          "fd_prestat_get",
                                          "fd_read",
                                          "fd_readdir",
                                          "fd_renumber",
                                          "fd_seek",
                                          "fd_sync",
                                          "fd_tell",
                                          "path_filestat_get",
                                          "path_readlink",
                                          "poll_oneoff"};
// What touches no file.
constexpr std::string_view kElsewhere[] = {
    "args_get",          "args_sizes_get", "clock_res_get", "clock_time_get", "environ_get",
    "environ_sizes_get", "proc_exit",      "proc_raise",    "random_get",     "sched_yield",
    "sock_accept",       "sock_recv",      "sock_send",     "sock_shutdown"};

TEST_P(Calls, Row32EveryFunctionOfBothModulesHasItsRow) {
  std::set<std::string_view> known(std::begin(kHarmless), std::end(kHarmless));
  known.insert(std::begin(kElsewhere), std::end(kElsewhere));
  for (const auto& [name, args] : changes()) known.insert(name);
  EXPECT_EQ(known.size(), 46U);
  for (const wasm::HostFunction& function : wasi_p1::functions()) {
    EXPECT_TRUE(known.contains(function.name)) << function.name;
  }
}

TEST_P(Calls, Row32NothingThatChangesPassesTheReadGrant) {
  if (GetParam() == Backing::kMemory) GTEST_SKIP() << "a tree in memory is filled by its guest";
  const std::uint32_t file = open_file(kR);
  ASSERT_EQ(stat("file", 0, kR), 0U);
  const std::string before = guest_.memory.text(kStat, 64);
  for (const std::string_view module : {"wasi_snapshot_preview1", "wasi_unstable"}) {
    for (auto [name, args] : changes()) {
      guest_.path("file");
      guest_.path("name", Guest::kPath2);
      guest_.list({{Guest::kData, 5}});
      std::replace(args.begin(), args.end(), kF, std::uint64_t{file});
      const std::size_t denials = guest_.sink.denials();
      EXPECT_EQ(guest_.call_in(module, name, args), wasi::kNotCapable) << name;
      EXPECT_EQ(guest_.sink.denials(), denials + 1) << name;
      expect_denied(cap::Reason::kReadOnly);
    }
  }
  EXPECT_EQ(stat("name", 0, kR), wasi::kNoEnt);
  EXPECT_EQ(stat("name"), wasi::kNoEnt);
  ASSERT_EQ(stat("file", 0, kR), 0U);
  EXPECT_EQ(guest_.memory.text(kStat, 64), before);
}

TEST_P(Calls, Row32EveryPathOfEveryFunctionIsConfined) {
  for (const std::string_view path :
       {"/file", "../file", "out/file", "dir/../../file", "absolute/x"}) {
    const std::uint64_t n = guest_.path(path);
    guest_.path("file", Guest::kPath2);
    const std::pair<std::string_view, Args> calls[] = {
        {"path_create_directory", {kW, kP, n}},
        {"path_filestat_get", {kW, 0, kP, n, kStat}},
        {"path_filestat_get", {kW, 1, kP, n, kStat}},
        {"path_filestat_set_times", {kW, 0, kP, n, 0, 0, 10}},
        {"path_link", {kW, 0, kP, n, kW, kQ, 4}},
        {"path_link", {kW, 0, kQ, 4, kW, kP, n}},
        {"path_open", {kW, 0, kP, n, 0, 2, 0, 0, kO}},
        {"path_open", {kW, 1, kP, n, 1, 2, 0, 0, kO}},
        {"path_open", {kW, 1, kP, n, 2, 0, 0, 0, kO}},
        {"path_readlink", {kW, kP, n, Guest::kData, 64, kO}},
        {"path_remove_directory", {kW, kP, n}},
        {"path_rename", {kW, kP, n, kW, kQ, 4}},
        {"path_rename", {kW, kQ, 4, kW, kP, n}},
        {"path_symlink", {kQ, 4, kW, kP, n}},
        {"path_unlink_file", {kW, kP, n}},
    };
    for (const auto& [name, args] : calls) {
      EXPECT_EQ(call(name, args), wasi::kNotCapable) << name << " " << path;
      expect_denied(cap::Reason::kEscape);
    }
  }
  EXPECT_EQ(content("file"), "0123456789");
}

// The first argument of these is a descriptor.
bool takes_descriptor(std::string_view name) {
  return name.starts_with("fd_") || name.starts_with("sock_") ||
         (name.starts_with("path_") && name != "path_symlink");
}

TEST_P(Calls, Row35NumbersThatAreNotOpenAreBadToEveryFunction) {
  ASSERT_EQ(call("fd_close", {4}), 0U);
  const std::uint32_t bad[] = {4, 6, 1023, 1024, 65536, 0x7FFF'FFFF, 0x8000'0000, 0xFFFF'FFFF};
  for (const wasm::HostFunction& function : wasi_p1::functions()) {
    if (!takes_descriptor(function.name)) continue;
    for (const std::uint32_t fd : bad) {
      Args args(function.params.size(), 0);
      args[0] = fd;
      // Any aligned place will do for the pointers; lengths and flags stay 0.
      if (function.name == "sock_shutdown") args[1] = 1;
      EXPECT_EQ(guest_.run(function, args), wasi::kBadF) << function.name << " " << fd;
    }
  }
}

TEST_P(Calls, Row35ARootThatIsClosedTwiceIsGoneOnce) {
  EXPECT_EQ(call("fd_close", {3}), 0U);
  EXPECT_EQ(call("fd_close", {3}), wasi::kBadF);
  EXPECT_EQ(open("file"), wasi::kBadF);
  Want want;
  want.fd = 4;
  ASSERT_EQ(open("file", want), 0U);
  EXPECT_EQ(opened(), 6U);  // 3 is not handed out again
  EXPECT_EQ(call("fd_prestat_get", {3, kO}), wasi::kBadF);
}

TEST_P(Calls, Row35TenThousandRenumbersLeakNothing) {
  const std::size_t before = escape::open_descriptors();
  const std::uint32_t first = open_file(kW);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint32_t second = open_file(kW);
    ASSERT_EQ(call("fd_renumber", {second, first}), 0U);
    ASSERT_EQ(call("fd_renumber", {second, first}), wasi::kBadF);
  }
  ASSERT_EQ(call("fd_renumber", {first, 3}), 0U);
  EXPECT_EQ(open("file"), wasi::kNotDir);
  ASSERT_EQ(call("fd_renumber", {3, 3}), 0U);
  ASSERT_EQ(call("fd_close", {3}), 0U);
  // The root that was renumbered over is closed with everything else.
  EXPECT_LE(escape::open_descriptors(), before);
}

}  // namespace
}  // namespace warrant::testing
