// SPDX-License-Identifier: Apache-2.0
// The stored corpus of the fuzzer of paths and as many plans made up here: openat2, the walk and
// memory say the same to every step, and nothing outside changes.
#include "tests/escape/plans.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

namespace warrant::escape {
namespace {

constexpr int kPlans = 300;
constexpr std::size_t kBytes = 150;

TEST(Plans, OfTheStoredCorpusAreAnsweredAlikeByAllBackings) {
  std::size_t plans = 0;
  for (const auto& entry : std::filesystem::directory_iterator(WARRANT_PATH_CORPUS)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> stored{std::istreambuf_iterator<char>(file), {}};
    const std::vector<std::uint8_t> plan(stored.begin(), stored.end());
    EXPECT_EQ(difference(plan), "") << entry.path();
    ++plans;
  }
  EXPECT_GT(plans, 0U);
}

TEST(Plans, MadeUpFromANumberAreAnsweredAlikeByAllBackings) {
  for (unsigned seed = 0; seed < kPlans; ++seed) {
    std::mt19937 numbers(seed);
    std::vector<std::uint8_t> plan(kBytes);
    for (std::uint8_t& byte : plan) byte = static_cast<std::uint8_t>(numbers());
    ASSERT_EQ(difference(plan), "") << "seed " << seed;
  }
}

// A transcript that never gets beyond the first component would agree for nothing.
TEST(Plans, ReachLinksDirectoriesAndRefusals) {
  std::string all;
  for (unsigned seed = 0; seed < 10 * kPlans; ++seed) {
    std::mt19937 numbers(seed);
    std::vector<std::uint8_t> plan(kBytes);
    for (std::uint8_t& byte : plan) byte = static_cast<std::uint8_t>(numbers());
    all += carry_out(plan, *memfs_arena());
  }
  for (const char* word : {"NOTCAPABLE escape", "NOTCAPABLE link_target", "LOOP", "NOTDIR", "ISDIR",
                           "NOTEMPTY", "EXIST", "INVAL", " link ", "/b directory", "planted"}) {
    EXPECT_NE(all.find(word), std::string::npos) << word;
  }
}

}  // namespace
}  // namespace warrant::escape
