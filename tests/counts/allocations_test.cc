// SPDX-License-Identifier: Apache-2.0
// A host call in its good path asks the allocator for nothing: what a run allocates does not grow
// with the number of calls it makes. Every allocation of the process is counted, the engine's too.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>
#include <string>

#include "warrant/lib/warrant.h"

namespace {

std::atomic<std::uint64_t> g_allocations{0};

void count_one() noexcept { g_allocations.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

// The allocator of the C library under its own names; what is freed needs no counting.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* at, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  count_one();
  return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  count_one();
  return __libc_calloc(count, size);
}

void* realloc(void* at, std::size_t size) {
  count_one();
  return __libc_realloc(at, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  count_one();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** to, std::size_t alignment, std::size_t size) {
  count_one();
  *to = __libc_memalign(alignment, size);
  return *to == nullptr ? ENOMEM : 0;
}
}

namespace warrant {
namespace {

namespace fs = std::filesystem;

constexpr int kFew = 1'000;
constexpr int kMany = 3'000;
// A call that is recorded makes the run's list of records longer: three times as many records, and
// the storage was doubled twice at most.
constexpr std::uint64_t kDoublings = 2;

struct Case {
  const char* operation;
  policy::Access access = policy::Access::kRead;
  std::uint64_t growth = 0;
};
void PrintTo(const Case& tried, std::ostream* out) { *out << tried.operation; }

// The tree that repeat.c asks for, in a temporary folder.
class HostCall : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "allocations.XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    fs::create_directories(root_ / "a/b");
    fs::create_directories(root_ / "many");
    for (const char* name : {"file", "a/b/file"}) {
      std::ofstream(root_ / name) << std::string(65536, 'x');
    }
    for (int i = 0; i < 20; ++i) std::ofstream(root_ / "many" / std::to_string(i));
    auto host = Host::create(ambient(), {});
    ASSERT_TRUE(host);
    host_.emplace(std::move(*host));
    auto tool = host_->load_file(WARRANT_GUESTS "/repeat.wasm", {});
    ASSERT_TRUE(tool);
    tool_.emplace(std::move(*tool));
  }
  void TearDown() override { fs::remove_all(root_); }

  std::uint64_t allocations_of(int calls) {
    policy::Grant grant;
    grant.clock = {.wall = true, .monotonic = true};
    grant.directories.push_back(
        {.guest = "/t", .host = root_.string(), .access = GetParam().access});
    auto granted = host_->admit(*tool_, grant);
    EXPECT_TRUE(granted);
    Launch launch;
    launch.argv = {"repeat", GetParam().operation, std::to_string(calls)};
    const std::uint64_t before = g_allocations.load();
    const RunResult result = host_->run(*tool_, *granted, std::move(launch));
    const std::uint64_t after = g_allocations.load();
    EXPECT_EQ(host::status_of(result.exit), 0);
    return after - before;
  }

 private:
  fs::path root_;
  std::optional<Host> host_;
  std::optional<Tool> tool_;
};

TEST_P(HostCall, AllocatesNothing) {
  allocations_of(kFew);  // what is made once and kept
  const std::uint64_t few = allocations_of(kFew);
  const std::uint64_t many = allocations_of(kMany);
  EXPECT_GT(few, 0U) << "nothing is counted";
  EXPECT_LE(many, few + GetParam().growth);
}

std::string test_name(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.operation;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(
    Each, HostCall,
    testing::Values(Case{"open-close", policy::Access::kRead, kDoublings}, Case{"stat-one"},
                    Case{"stat-deep"}, Case{"read-one"}, Case{"read-four"}, Case{"read-full"},
                    Case{"write", policy::Access::kWrite}, Case{"append", policy::Access::kWrite},
                    Case{"seek"}, Case{"tell"}, Case{"fdstat"}, Case{"filestat"}, Case{"clock"},
                    Case{"list", policy::Access::kRead, kDoublings},
                    Case{"denied", policy::Access::kRead, kDoublings}),
    test_name);

}  // namespace
}  // namespace warrant
