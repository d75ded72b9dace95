// SPDX-License-Identifier: Apache-2.0
// 10,000 hostile calls in one host: each ends as it must, the next call is served, and nothing is
// left behind: no descriptor, no thread, no memory. Spec: limits.md section 8, rows 2 to 4.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "warrant/lib/warrant.h"

namespace warrant {
namespace {

using host::ExitKind;
using policy::LimitKey;

constexpr int kCalls = 10'000;
constexpr int kWarm = 1'000;
constexpr std::size_t kMostGrowth = std::size_t{64} << 20;

struct Act {
  const char* name;
  ExitKind ends;
  std::uint32_t code;
};
// How each ends: a call that is refused is no end of the run, a broken rule of the ABI is a trap.
constexpr auto kActs = std::to_array<Act>({{"memory_grow", ExitKind::kExited, 0},
                                           {"table_grow", ExitKind::kExited, 0},
                                           {"deep", ExitKind::kTrapped, 0},
                                           {"unreachable", ExitKind::kTrapped, 0},
                                           {"outside", ExitKind::kTrapped, 0},
                                           {"null_call", ExitKind::kTrapped, 0},
                                           {"leave", ExitKind::kExited, 7},
                                           {"lengths", ExitKind::kTrapped, 0},
                                           {"many_vectors", ExitKind::kExited, 0},
                                           {"aliases", ExitKind::kTrapped, 0},
                                           {"flood", ExitKind::kExited, 0},
                                           {"polls", ExitKind::kExited, 0},
                                           {"randoms", ExitKind::kExited, 0},
                                           {"clocks", ExitKind::kExited, 0},
                                           {"escapes", ExitKind::kExited, 0},
                                           {"long_path", ExitKind::kExited, 0},
                                           {"opens", ExitKind::kExited, 0},
                                           {"numbers", ExitKind::kExited, 0},
                                           {"lists", ExitKind::kExited, 0}});
constexpr int kSpinEvery = 250;

std::size_t entries(const char* place) {
  const std::filesystem::directory_iterator all(place);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return resident * 4096;
}

class HostileCalls : public testing::Test {
 protected:
  HostileCalls() {
    char name[] = "/tmp/warrant-hostile-XXXXXX";
    EXPECT_NE(::mkdtemp(name), nullptr);
    place_ = name;
    auto made = Host::create(os::Ambient::danger_from_main(), {});
    EXPECT_TRUE(made);
    host_ = std::make_unique<Host>(*std::move(made));
    std::ifstream file(WARRANT_GUESTS "/hostile.wasm", std::ios::binary);
    const std::vector<char> text((std::istreambuf_iterator<char>(file)), {});
    auto loaded = host_->load(std::as_bytes(std::span(text)), {});
    EXPECT_TRUE(loaded) << loaded.problem().what;
    tool_ = std::make_unique<Tool>(*std::move(loaded));
  }
  ~HostileCalls() override { std::filesystem::remove_all(place_); }

  Warrant warrant(const char* wall) {
    Grant grant;
    grant.console = {true, true, true};
    grant.clock.wall = grant.clock.monotonic = true;
    grant.entropy.source = policy::EntropyGrant::Source::kSystem;
    policy::DirectoryGrant directory;
    directory.host = place_;
    directory.guest = "/w";
    directory.access = policy::Access::kWrite;
    grant.directories.push_back(directory);
    grant.limits.write(LimitKey::kOpenFiles, 64);
    grant.limits.write(LimitKey::kMemory, 1U << 20);
    grant.limits.write(LimitKey::kStdout, 64U << 10);
    grant.limits.write(LimitKey::kRandom, 1U << 20);
    grant.limits.write(LimitKey::kWall, *policy::parse_limit(LimitKey::kWall, wall));
    auto admitted = host_->admit(*tool_, grant);
    EXPECT_TRUE(admitted) << admitted.problem().what;
    return *std::move(admitted);
  }

  void serves() {
    std::array<wasm::Slot, 1> slots;
    const RunResult fine = host_->call(*tool_, warrant("30s"), {}, "fine", slots);
    ASSERT_EQ(fine.exit.kind, ExitKind::kExited) << fine.exit.message;
    ASSERT_EQ(slots[0].u32(), 42U);
  }

  std::string place_;
  std::unique_ptr<Host> host_;
  std::unique_ptr<Tool> tool_;
};

TEST_F(HostileCalls, TenThousandLeaveNothingBehind) {
  const Warrant patient = warrant("30s");
  const Warrant short_lived = warrant("20ms");
  std::size_t descriptors = 0;
  std::size_t threads = 0;
  [[maybe_unused]] std::size_t memory = 0;
  for (int i = 0; i < kCalls + kWarm; ++i) {
    if (i == kWarm) {
      descriptors = entries("/proc/self/fd");
      threads = entries("/proc/self/task");
      memory = resident_bytes();
    }
    std::array<wasm::Slot, 1> slots;
    if (i % kSpinEvery == 0) {
      const RunResult ended = host_->call(*tool_, short_lived, {}, "spin", slots);
      ASSERT_EQ(ended.exit.kind, ExitKind::kLimited) << ended.exit.message;
      serves();
      continue;
    }
    const Act& act = kActs[static_cast<std::size_t>(i) % kActs.size()];
    const RunResult ended = host_->call(*tool_, patient, {}, act.name, slots);
    ASSERT_EQ(ended.exit.kind, act.ends) << act.name << ": " << ended.exit.message;
    ASSERT_EQ(ended.exit.code, act.code) << act.name;
    ASSERT_LE(ended.output.size(), 64U << 10) << act.name;
  }
  serves();
  EXPECT_EQ(entries("/proc/self/fd"), descriptors);
  EXPECT_EQ(entries("/proc/self/task"), threads);
#if !defined(__SANITIZE_ADDRESS__)  // which keeps what was freed
  EXPECT_LE(resident_bytes(), memory + kMostGrowth);
#endif
  // Beside the guest's own file and the link that leads nowhere, nothing was made.
  EXPECT_LE(entries(place_.c_str()), 1U);
}

}  // namespace
}  // namespace warrant
