// SPDX-License-Identifier: Apache-2.0
// Every pointer of every function: misaligned, outside, wrapping. A fault ends the run with its
// record, changes no byte and reaches no capability: preview1.md section 2.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/world.h"

namespace warrant::testing {
namespace {

// One pointer of one function, typed from preview1.md sections 2, 3 and 7.
struct Pointer {
  const char* function;
  std::vector<std::uint64_t> args;  // a call that succeeds or fails without a fault
  std::size_t index;                // the argument that points
  std::uint32_t alignment;
  const char* parameter;
  int length_index = -1;  // the argument that counts bytes or records
};

constexpr std::uint64_t kP = Guest::kPath;  // holds "x"
constexpr std::uint64_t kL = Guest::kList;  // one range
constexpr std::uint64_t kO = 0x100;

const std::vector<Pointer>& pointers() {
  static const std::vector<Pointer> all = {
      {"args_get", {kO, 0x200}, 0, 4, "argv"},
      {"args_get", {kO, 0x200}, 1, 1, "argv_buf"},
      {"args_sizes_get", {kO, 0x200}, 0, 4, "argc"},
      {"args_sizes_get", {kO, 0x200}, 1, 4, "buf_size"},
      {"environ_get", {kO, 0x200}, 0, 4, "environ"},
      {"environ_get", {kO, 0x200}, 1, 1, "environ_buf"},
      {"environ_sizes_get", {kO, 0x200}, 0, 4, "count"},
      {"environ_sizes_get", {kO, 0x200}, 1, 4, "buf_size"},
      {"clock_res_get", {1, kO}, 1, 8, "res"},
      {"clock_time_get", {1, 0, kO}, 2, 8, "time"},
      {"random_get", {kO, 16}, 0, 1, "buf", 1},
      {"fd_read", {5, kL, 1, kO}, 1, 4, "iovs", 2},
      {"fd_read", {5, kL, 1, kO}, 3, 4, "nread"},
      {"fd_pread", {5, kL, 1, 0, kO}, 1, 4, "iovs", 2},
      {"fd_pread", {5, kL, 1, 0, kO}, 4, 4, "nread"},
      {"fd_write", {5, kL, 1, kO}, 1, 4, "iovs", 2},
      {"fd_write", {5, kL, 1, kO}, 3, 4, "nwritten"},
      {"fd_pwrite", {5, kL, 1, 0, kO}, 1, 4, "iovs", 2},
      {"fd_pwrite", {5, kL, 1, 0, kO}, 4, 4, "nwritten"},
      {"fd_seek", {5, 0, 0, kO}, 3, 8, "newoffset"},
      {"fd_tell", {5, kO}, 1, 8, "offset"},
      {"fd_fdstat_get", {5, kO}, 1, 8, "stat"},
      {"fd_filestat_get", {5, kO}, 1, 8, "stat"},
      {"fd_readdir", {3, kO, 64, 0, 0x200}, 1, 1, "buf", 2},
      {"fd_readdir", {3, kO, 64, 0, 0x200}, 4, 4, "bufused"},
      {"fd_prestat_get", {3, kO}, 1, 4, "prestat"},
      {"fd_prestat_dir_name", {3, kO, 16}, 1, 1, "path", 2},
      {"path_open", {3, 0, kP, 1, 1, 0, 0, 0, kO}, 2, 1, "path", 3},
      {"path_open", {3, 0, kP, 1, 1, 0, 0, 0, kO}, 8, 4, "opened"},
      {"path_filestat_get", {3, 0, kP, 1, kO}, 2, 1, "path", 3},
      {"path_filestat_get", {3, 0, kP, 1, kO}, 4, 8, "stat"},
      {"path_filestat_set_times", {3, 0, kP, 1, 0, 0, 1}, 2, 1, "path", 3},
      {"path_create_directory", {3, kP, 1}, 1, 1, "path", 2},
      {"path_remove_directory", {3, kP, 1}, 1, 1, "path", 2},
      {"path_unlink_file", {3, kP, 1}, 1, 1, "path", 2},
      {"path_rename", {3, kP, 1, 3, kP, 1}, 1, 1, "old_path", 2},
      {"path_rename", {3, kP, 1, 3, kP, 1}, 4, 1, "new_path", 5},
      {"path_link", {3, 0, kP, 1, 3, kP, 1}, 2, 1, "old_path", 3},
      {"path_link", {3, 0, kP, 1, 3, kP, 1}, 5, 1, "new_path", 6},
      {"path_symlink", {kP, 1, 3, kP, 1}, 0, 1, "old_path", 1},
      {"path_symlink", {kP, 1, 3, kP, 1}, 3, 1, "new_path", 4},
      {"path_readlink", {3, kP, 1, kO, 16, 0x200}, 1, 1, "path", 2},
      {"path_readlink", {3, kP, 1, kO, 16, 0x200}, 3, 1, "buf", 4},
      {"path_readlink", {3, kP, 1, kO, 16, 0x200}, 5, 4, "bufused"},
      {"poll_oneoff", {0x7000, 0x8000, 1, kO}, 0, 8, "in", 2},
      {"poll_oneoff", {0x7000, 0x8000, 1, kO}, 1, 8, "out", 2},
      {"poll_oneoff", {0x7000, 0x8000, 1, kO}, 3, 4, "nevents"},
      {"sock_accept", {6, 0, kO}, 2, 4, "new_fd"},
      {"sock_recv", {7, kL, 1, 0, kO, 0x200}, 1, 4, "iovs", 2},
      {"sock_recv", {7, kL, 1, 0, kO, 0x200}, 4, 4, "nread"},
      {"sock_recv", {7, kL, 1, 0, kO, 0x200}, 5, 2, "ro_flags"},
      {"sock_send", {7, kL, 1, 0, kO}, 1, 4, "iovs", 2},
      {"sock_send", {7, kL, 1, 0, kO}, 4, 4, "nsent"},
  };
  return all;
}

// A world in which each call above would do something. The table above names the file 5 and the
// sockets 6 and 7; here the sockets are 5 and 6 and the file is 7.
class Faults : public ::testing::TestWithParam<std::size_t> {
 protected:
  Faults() : world_(options()) {
    Guest& guest = world_.guest;
    Guest::Open how;
    how.base = Guest::kWriteRights;
    EXPECT_EQ(guest.open("file", how), wasi::kSuccess);
    guest.path("x");
    guest.list({{0x6000, 8}});
    world_.dir.items = {{"entry", cap::FileType::kRegularFile}};
    world_.sockets[0]->queue.push_back(std::make_unique<FakeSocket>());
    guest.memory.set(0x7000, std::uint64_t{0});
    guest.memory.set(0x7008, std::uint64_t{0});
    guest.memory.set(0x7010, std::uint64_t{1});
    guest.memory.set(0x7018, std::uint64_t{0});
    guest.memory.set(0x7028, std::uint64_t{0});
    forget();
  }
  static World::Options options() {
    World::Options options;
    options.listeners = 1;
    options.connected = 1;
    return options;
  }
  std::vector<std::uint64_t> args() const {
    std::vector<std::uint64_t> args = pointer().args;
    const std::string_view name = pointer().function;
    if (name.starts_with("sock_")) {
      args[0] -= 1;
    } else if (name.starts_with("fd_") && args[0] == 5) {
      args[0] = 7;
    }
    return args;
  }
  const Pointer& pointer() const { return pointers()[GetParam()]; }
  void forget() {
    world_.dir.calls.clear();
    world_.dir.file.calls.clear();
    world_.guest.sink.events.clear();
  }
  bool nothing_happened() {
    return world_.dir.calls.empty() && world_.dir.file.calls.empty() &&
           world_.guest.sink.events.empty() && world_.entropy.pieces.empty() &&
           world_.poller.waits.empty() && world_.sockets[0]->queue.size() == 1 &&
           world_.sockets[1]->stream.script.vectors.empty();
  }
  void expect_fault(const std::vector<std::uint64_t>& args, wasm::TrapCode code) {
    Guest& guest = world_.guest;
    const std::vector<std::byte> before = guest.memory.bytes();
    for (const char* module : {"wasi_snapshot_preview1", "wasi_unstable"}) {
      if (std::string_view(pointer().function) == "sock_accept" &&
          std::string_view(module) == "wasi_unstable") {
        continue;
      }
      ASSERT_EQ(guest.call_in(module, pointer().function, args), Guest::kEnded)
          << pointer().function << " " << args[pointer().index];
      EXPECT_EQ(guest.exit.kind, wasm::ExitRecord::Kind::kAbiFault);
      EXPECT_EQ(guest.exit.function, pointer().function);
      EXPECT_EQ(guest.exit.parameter, pointer().parameter);
      EXPECT_EQ(guest.exit.address, args[pointer().index]);
      EXPECT_EQ(guest.exit.fault, code);
    }
    EXPECT_TRUE(before == guest.memory.bytes()) << pointer().function;
    EXPECT_TRUE(nothing_happened()) << pointer().function;
  }
  World world_;
};

TEST_P(Faults, WellFormedCallDoesNotEndTheRun) {
  EXPECT_NE(world_.guest.call_in("wasi_snapshot_preview1", pointer().function, args()),
            Guest::kEnded);
}

TEST_P(Faults, MisalignedEndsTheRun) {
  for (std::uint32_t off = 1; off < pointer().alignment; ++off) {
    std::vector<std::uint64_t> bad = args();
    bad[pointer().index] += off;
    if (pointer().alignment > off) expect_fault(bad, wasm::TrapCode::kHeapMisaligned);
  }
}

TEST_P(Faults, OutsideEndsTheRun) {
  for (const std::uint64_t address : {0x10000ULL, 0x8000'0000ULL, 0xFFFF'FFF8ULL}) {
    std::vector<std::uint64_t> bad = args();
    bad[pointer().index] = address;
    expect_fault(bad, wasm::TrapCode::kMemoryOutOfBounds);
  }
}

TEST_P(Faults, LengthsThatWrapEndTheRun) {
  if (pointer().length_index < 0) return;
  for (const std::uint64_t length : {0xFFFF'FFFFULL, 0x2000'0000ULL, 0x10001ULL}) {
    std::vector<std::uint64_t> bad = args();
    bad[static_cast<std::size_t>(pointer().length_index)] = length;
    if (std::string_view(pointer().parameter) == "out") bad[0] = 0;
    Guest& guest = world_.guest;
    const std::vector<std::byte> before = guest.memory.bytes();
    ASSERT_EQ(guest.call_in("wasi_snapshot_preview1", pointer().function, bad), Guest::kEnded);
    EXPECT_EQ(guest.exit.fault, wasm::TrapCode::kMemoryOutOfBounds);
    EXPECT_TRUE(before == guest.memory.bytes());
    EXPECT_TRUE(nothing_happened());
  }
}

TEST_P(Faults, AnEmptyRangeMayPointAnywhere) {
  if (pointer().length_index < 0) return;
  for (const std::uint64_t address : {0x10000ULL, 0xFFFF'FFFFULL, 0x8000'0001ULL}) {
    std::vector<std::uint64_t> empty = args();
    empty[static_cast<std::size_t>(pointer().length_index)] = 0;
    empty[pointer().index] = address;
    EXPECT_NE(world_.guest.call_in("wasi_snapshot_preview1", pointer().function, empty),
              Guest::kEnded)
        << pointer().function;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryPointer, Faults, ::testing::Range<std::size_t>(0, 53),
                         [](const auto& test) {
                           const Pointer& pointer = pointers()[test.param];
                           return std::string(pointer.function) + "_" + pointer.parameter;
                         });

TEST(FaultTable, NamesEveryPointerOfEveryFunction) {
  ASSERT_EQ(pointers().size(), 53U);
  for (const wasm::HostFunction& function : wasi_p1::functions()) {
    for (const Pointer& pointer : pointers()) {
      if (function.name == pointer.function) {
        EXPECT_EQ(function.params.size(), pointer.args.size());
      }
    }
  }
}

// Ranges inside a list are checked after every pointer, and before any effect.
TEST(ListContents, OutsideMemoryEndTheRunBeforeAnyEffect) {
  for (const auto& [address, length] : {std::pair(0xFFF8U, 9U), std::pair(0xFFFF'FFFFU, 1U),
                                        std::pair(1U, 0xFFFF'FFFFU), std::pair(0x10001U, 1U)}) {
    World world;
    Guest& guest = world.guest;
    guest.list({{0x6000, 4}, {address, length}});
    const std::vector<std::byte> before = guest.memory.bytes();
    EXPECT_EQ(guest.call("fd_write", 1, Guest::kList, 2, 0x100), Guest::kEnded);
    EXPECT_EQ(guest.exit.address, address);
    EXPECT_EQ(guest.exit.parameter, "iovs");
    EXPECT_EQ(guest.call("fd_read", 0, Guest::kList, 2, 0x100), Guest::kEnded);
    // A closed descriptor does not hide the fault: arguments alone decide.
    EXPECT_EQ(guest.call("fd_write", 99, Guest::kList, 2, 0x100), Guest::kEnded);
    EXPECT_TRUE(before == guest.memory.bytes());
    EXPECT_TRUE(world.out.script.vectors.empty() && world.in.script.vectors.empty());
  }
}

TEST(ListContents, UpToTheLastByteAreFine) {
  World world;
  world.guest.list({{0xFFF8, 8}, {0xFFFF'FFFF, 0}});
  EXPECT_EQ(world.guest.call("fd_write", 1, Guest::kList, 2, 0x100), wasi::kSuccess);
}

TEST(Order, PointersComeBeforeFlagsAndFlagsBeforeDescriptors) {
  World world;
  Guest& guest = world.guest;
  EXPECT_EQ(guest.call("fd_seek", 99, 0, 9, 0x101), Guest::kEnded);
  EXPECT_EQ(guest.call("fd_seek", 99, 0, 9, 0x100), wasi::kInval);
  EXPECT_EQ(guest.call("fd_seek", 99, 0, 0, 0x100), wasi::kBadF);
  EXPECT_EQ(guest.call("path_open", 99, 2, 0, 0, 0, 0, 0, 0, 0x100), wasi::kInval);
  EXPECT_EQ(guest.call("path_open", 99, 0, 0, 0, 0, 0, 0, 0, 0x100), wasi::kBadF);
  EXPECT_EQ(guest.call("path_open", 1, 0, 0, 0, 0, 0, 0, 0, 0x100), wasi::kNotDir);
  EXPECT_EQ(guest.call("path_open", 3, 0, 0, 0, 0, 0, 0, 0, 0x100), wasi::kNoEnt);
}

TEST(Order, KindComesBeforeRightsAndRightsBeforePathSyntax) {
  World world;
  Guest& guest = world.guest;
  guest.call("fd_fdstat_set_rights", 3, 0, 0);
  EXPECT_EQ(guest.call("path_open", 3, 0, 0, 0, 0, 0, 0, 0, 0x100), wasi::kNotCapable);
  EXPECT_EQ(guest.call("fd_seek", 3, 0, 0, 0x100), wasi::kIsDir);
}

TEST(IndirectMemory, AnswersTheSame) {
  World::Options options;
  options.reach = FakeMemory::Reach::kIndirect;
  World world(options);
  EXPECT_EQ(world.guest.write(1, "through"), wasi::kSuccess);
  EXPECT_EQ(world.out.script.output, "through");
  EXPECT_EQ(world.guest.call("fd_fdstat_get", 3, 0x10000 - 24), wasi::kSuccess);
  EXPECT_EQ(world.guest.call("fd_fdstat_get", 3, 0x10000 - 16), Guest::kEnded);
}

TEST(GrownMemory, IsSeenByTheNextCall) {
  World world;
  EXPECT_EQ(world.guest.call("fd_fdstat_get", 3, 0x10000), Guest::kEnded);
  world.guest.memory.grow(0x10000);
  EXPECT_EQ(world.guest.call("fd_fdstat_get", 3, 0x10000), wasi::kSuccess);
}

}  // namespace
}  // namespace warrant::testing
