// SPDX-License-Identifier: Apache-2.0
// First starts of many processes at once: all of them find one key, whoever made it.
#include "warrant/os/log_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "warrant/os/ambient.h"

namespace warrant::os {
namespace {

constexpr int kRounds = 150;
constexpr int kStarts = 8;
constexpr Nanoseconds kPatience{5'000'000'000};

class FirstStarts : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "warrant-log-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  LogPlaces fresh(int round) const {
    const std::filesystem::path at = root_ / std::to_string(round);
    return {(at / "log").string(), (at / "state").string()};
  }
  // As a run does: the key, a file, the index; empty: all went well.
  static std::string start(const LogPlaces& places, const std::string& file,
                           LogDirectory::Key& key) {
    LogTrouble trouble;
    auto directory = LogDirectory::open(Ambient::danger_from_main(), places,
                                        LogDirectory::Missing::kCreate, trouble);
    if (!directory) return trouble.what + ": " + trouble.hint;
    key = (*directory)->key();
    if (!(*directory)->create(file, trouble)) return trouble.what;
    if (!(*directory)->lock_index(kPatience, trouble)) return trouble.what;
    return {};
  }

  std::filesystem::path root_;
};

TEST_F(FirstStarts, AllAtOnceFindOneKey) {
  for (int round = 0; round < kRounds; ++round) {
    const LogPlaces places = fresh(round);
    std::atomic<int> waiting{kStarts};
    std::vector<std::string> faults(kStarts);
    std::vector<LogDirectory::Key> keys(kStarts);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kStarts; ++i) {
      threads.emplace_back([&, i] {
        --waiting;
        while (waiting.load() > 0) std::this_thread::yield();
        faults[i] = start(places, "2026-11-21/" + std::to_string(i) + ".jsonl", keys[i]);
      });
    }
    for (std::thread& each : threads) each.join();
    for (const std::string& fault : faults) ASSERT_EQ(fault, "") << "round " << round;
    for (const LogDirectory::Key& key : keys) ASSERT_EQ(key, keys.front());
    struct stat info{};
    ASSERT_EQ(::stat((places.state + "/audit.key").c_str(), &info), 0);
    EXPECT_EQ(info.st_nlink, 1U);
    std::size_t names = 0;
    for (const auto& each : std::filesystem::directory_iterator(places.state)) {
      if (each.is_regular_file()) ++names;
    }
    EXPECT_EQ(names, 1U) << "what was made on the way is gone";
  }
}

TEST_F(FirstStarts, AKeyThatIsGoneIsNotMadeAnewBesideItsLog) {
  const LogPlaces places = fresh(0);
  LogDirectory::Key key{};
  ASSERT_EQ(start(places, "2026-11-21/a.jsonl", key), "");
  ASSERT_EQ(::unlink((places.state + "/audit.key").c_str()), 0);
  EXPECT_NE(start(places, "2026-11-21/b.jsonl", key).find("is gone"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(places.state + "/audit.key"));
}

TEST_F(FirstStarts, AKeyWithASecondNameIsNoKey) {
  const LogPlaces places = fresh(0);
  LogDirectory::Key key{};
  ASSERT_EQ(start(places, "2026-11-21/a.jsonl", key), "");
  ASSERT_EQ(::link((places.state + "/audit.key").c_str(), (places.state + "/copy").c_str()), 0);
  EXPECT_NE(start(places, "2026-11-21/b.jsonl", key).find("mode 0600"), std::string::npos);
}

}  // namespace
}  // namespace warrant::os
