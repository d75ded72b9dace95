// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/caps.h"

#include <gtest/gtest.h>

namespace warrant::audit {
namespace {

constexpr Caps kNothing{.denials = 0, .effects = 0, .listeners = 2};

TEST(CapCounter, KindsWithBudgetsOfTheirOwnAreNeverCountedAway) {
  CapCounter counter(kNothing);
  for (const Kind kind : {Kind::kFetch, Kind::kProcess, Kind::kSecret, Kind::kTrap}) {
    for (const Decision decision : {Decision::kAllow, Decision::kDeny, Decision::kError}) {
      EXPECT_TRUE(counter.is_kept({.kind = kind, .decision = decision})) << word(kind);
    }
  }
}

TEST(CapCounter, OutgoingConnectionsAreNeverCountedAwayAndIncomingOnesAre) {
  CapCounter counter(kNothing);
  for (const char* operation : {"connect", "connect-udp", "sock_send", "fd_write"}) {
    EXPECT_TRUE(counter.is_kept({.kind = Kind::kNet,
                                 .decision = Decision::kAllow,
                                 .operation = operation,
                                 .grant = cap::GrantIndex{2}}));
  }
  EXPECT_FALSE(counter.is_kept({.kind = Kind::kNet,
                                .decision = Decision::kAllow,
                                .operation = "sock_accept",
                                .grant = cap::GrantIndex{1}}));
  // Anybody can knock as often as they like.
  EXPECT_FALSE(counter.is_kept({.kind = Kind::kNet,
                                .decision = Decision::kDeny,
                                .operation = "sock_accept",
                                .grant = cap::GrantIndex{2}}));
}

TEST(CapCounter, DenialsAndEffectsHaveACapEach) {
  CapCounter counter({.denials = 1'000, .effects = 10'000});
  std::uint64_t denials = 0;
  std::uint64_t effects = 0;
  for (int i = 0; i < 20'000; ++i) {
    denials += counter.is_kept({.kind = Kind::kFs, .decision = Decision::kDeny}) ? 1U : 0U;
    effects += counter.is_kept({.kind = Kind::kFs, .decision = Decision::kAllow}) ? 1U : 0U;
  }
  EXPECT_EQ(denials, 1'000U);
  EXPECT_EQ(effects, 10'000U);
  EXPECT_EQ(counter.denials(), 20'000U);
}

TEST(CapCounter, ChangesOfFilesHaveACapThatReadsDoNotUse) {
  CapCounter counter({.denials = 1'000, .effects = 10'000});
  const auto kept = [&](std::string_view call) {
    return counter.is_kept({.kind = Kind::kFs, .decision = Decision::kAllow, .operation = call});
  };
  for (int i = 0; i < 20'000; ++i) {
    for (const char* call : {"path_open", "fd_read", "fd_readdir", "path_filestat_get"}) kept(call);
  }
  EXPECT_FALSE(kept("fd_read"));
  for (const char* call :
       {"path_create_file", "path_create_directory", "path_link", "path_symlink", "path_rename",
        "path_unlink_file", "path_remove_directory", "fd_write", "fd_filestat_set_size",
        "path_filestat_set_times", "a_call_of_tomorrow"}) {
    EXPECT_TRUE(kept(call)) << call;
  }
  for (int i = 0; i < 9'989; ++i) EXPECT_TRUE(kept("fd_write"));
  EXPECT_FALSE(kept("fd_write"));
}

TEST(CapCounter, AFloodOfOneKindHidesNothingOfAnother) {
  CapCounter counter({.denials = 1'000, .effects = 10'000});
  for (int i = 0; i < 20'000; ++i) {
    for (const Decision decision : {Decision::kAllow, Decision::kDeny}) {
      counter.is_kept({.kind = Kind::kFs, .decision = decision, .operation = "path_open"});
    }
  }
  for (const Kind kind : {Kind::kEnv, Kind::kClock, Kind::kEntropy, Kind::kConsole, Kind::kImport,
                          Kind::kNet, Kind::kEmbedder}) {
    for (const Decision decision : {Decision::kAllow, Decision::kDeny}) {
      EXPECT_TRUE(counter.is_kept({.kind = kind, .decision = decision})) << word(kind);
    }
  }
}

TEST(CapCounter, EachLimitIsKeptWhenItIsFirstTouched) {
  CapCounter counter(kNothing);
  const auto touch = [&](cap::Reason reason, std::string_view operation) {
    return counter.is_kept({.kind = Kind::kLimit,
                            .decision = Decision::kDeny,
                            .reason = reason,
                            .operation = operation});
  };
  EXPECT_TRUE(touch(cap::Reason::kOutputLimit, "stdout"));
  EXPECT_TRUE(touch(cap::Reason::kOutputLimit, "stderr"));
  EXPECT_TRUE(touch(cap::Reason::kMemory, "memory.grow"));
  EXPECT_FALSE(touch(cap::Reason::kOutputLimit, "stdout"));
  EXPECT_EQ(counter.denials(), 4U);
}

}  // namespace
}  // namespace warrant::audit
