// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/intersect.h"

#include <gtest/gtest.h>

#include "tests/support/documents.h"
#include "warrant/policy/meet.h"
#include "warrant/policy/patterns.h"
#include "warrant/policy/print.h"

namespace warrant::policy {
namespace {

using test::Dice;
using test::Texts;

constexpr std::uint64_t kRounds = 3'000;

// Sorted, and without what another element of the list covers: "up to order".
template <typename T, typename Meet, typename Text>
void settle(std::vector<T>& list, Meet meet_two, Text text_of) {
  std::sort(list.begin(), list.end(),
            [&](const T& a, const T& b) { return text_of(a) < text_of(b); });
  list.erase(std::unique(list.begin(), list.end()), list.end());
  std::vector<T> kept;
  for (const T& each : list) {
    const bool covered = std::any_of(list.begin(), list.end(), [&](const T& other) {
      if (other == each) return false;
      const std::optional<T> common = meet_two(each, other);
      return common && *common == each;
    });
    if (!covered) kept.push_back(each);
  }
  list = std::move(kept);
}

void settle(Texts& texts, MeetTexts meet_two) {
  settle(texts, meet_two, [](const std::string& text) { return text; });
}

std::string text_of(const Grant& grant) { return canonical_json(grant); }

// What is no authority does not take part in the algebra.
std::string settled(Grant grant) {
  grant.id = std::nullopt;
  grant.label.clear();
  grant.audit.path = PathRecord::kPattern;
  for (ListenGrant& each : grant.listen) {
    if (each.peers.empty()) each.peers = {"127.0.0.0/8", "::1"};
    settle(each.peers, &meet_networks);
  }
  for (ConnectGrant& each : grant.connect) settle(each.private_hosts, &meet_networks);
  for (FetchGrant& each : grant.fetch) {
    settle(each.methods, &meet_equal);
    settle(each.paths, &meet_paths);
    settle(each.private_hosts, &meet_networks);
  }
  const auto alone = [](auto put) {
    return [put](const auto& entry) {
      Grant one;
      put(one, entry);
      return text_of(one);
    };
  };
  settle(
      grant.listen,
      [](const ListenGrant& a, const ListenGrant& b) {
        auto common = meet(a, b);
        if (common && common->peers.empty()) common->peers = {"127.0.0.0/8", "::1"};
        if (common) settle(common->peers, &meet_networks);
        return common;
      },
      alone([](Grant& to, const ListenGrant& entry) { to.listen = {entry}; }));
  settle(
      grant.connect,
      [](const ConnectGrant& a, const ConnectGrant& b) {
        auto common = meet(a, b, Partner::kGrant);
        if (common) settle(common->private_hosts, &meet_networks);
        return common;
      },
      alone([](Grant& to, const ConnectGrant& entry) { to.connect = {entry}; }));
  settle(
      grant.fetch,
      [](const FetchGrant& a, const FetchGrant& b) {
        auto common = meet(a, b, Partner::kGrant);
        if (!common) return common;
        settle(common->methods, &meet_equal);
        settle(common->paths, &meet_paths);
        settle(common->private_hosts, &meet_networks);
        return common;
      },
      alone([](Grant& to, const FetchGrant& entry) { to.fetch = {entry}; }));
  const auto by_text = [](const auto& a, const auto& b) { return a.guest < b.guest; };
  std::sort(grant.directories.begin(), grant.directories.end(), by_text);
  std::sort(grant.fetch_deny.begin(), grant.fetch_deny.end(), [](const auto& a, const auto& b) {
    return a.host != b.host ? a.host < b.host : a.paths < b.paths;
  });
  settle(grant.optional_imports, &meet_imports);
  settle(grant.process_run, &meet_equal);
  settle(grant.network.nat64_prefixes, &meet_networks);
  std::sort(grant.network.extra_deny.begin(), grant.network.extra_deny.end());
  return text_of(grant);
}

TEST(Intersect, IsCommutativeUpToOrder) {
  Dice dice(1);
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const Grant a = test::any_grant(dice);
    const Grant b = test::any_grant(dice);
    ASSERT_EQ(settled(intersect(a, b)), settled(intersect(b, a))) << round;
  }
}

TEST(Intersect, IsAssociativeUpToOrder) {
  Dice dice(2);
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const Grant a = test::any_grant(dice);
    const Grant b = test::any_grant(dice);
    const Grant c = test::any_grant(dice);
    ASSERT_EQ(settled(intersect(intersect(a, b), c)), settled(intersect(a, intersect(b, c))))
        << round;
  }
}

TEST(Intersect, IsIdempotent) {
  Dice dice(3);
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const Grant a = test::any_grant(dice);
    ASSERT_EQ(settled(intersect(a, a)), settled(a)) << round;
    const Grant b = test::any_grant(dice);
    const Grant once = intersect(a, b);
    ASSERT_EQ(settled(intersect(once, b)), settled(once)) << round;
  }
}

// The meet with either operand changes nothing: so the result is within both.
TEST(Intersect, GivesNothingThatAnOperandLacks) {
  Dice dice(4);
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const Grant a = test::any_grant(dice);
    const Grant b = test::any_grant(dice);
    const Grant both = intersect(a, b);
    ASSERT_EQ(settled(intersect(a, both)), settled(both)) << round;
    ASSERT_EQ(settled(intersect(b, both)), settled(both)) << round;
  }
}

TEST(Intersect, AFetchIsAllowedExactlyWhenBothOperandsAllowIt) {
  Dice dice(5);
  std::uint64_t allowed = 0;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const Grant a = test::any_grant(dice);
    const Grant b = test::any_grant(dice);
    const Grant both = intersect(a, b);
    for (int tries = 0; tries < 20; ++tries) {
      const test::Fetching what = test::any_fetching(dice);
      const bool wanted = test::allows(a, what) && test::allows(b, what);
      ASSERT_EQ(test::allows(both, what), wanted)
          << round << " " << what.method << " " << what.host << " " << what.path << "\n"
          << print_toml(a) << "\n--\n"
          << print_toml(b);
      allowed += wanted ? 1 : 0;
    }
  }
  EXPECT_GT(allowed, kRounds / 10);
}

// A fetch that b matches gets no more than what b's first match gives it.
TEST(Intersect, ASecretIsNeverGivenThatAnOperandWithholds) {
  Dice dice(6);
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const Grant a = test::any_grant(dice);
    const Grant b = test::any_grant(dice);
    for (const FetchGrant& each : intersect(a, b).fetch) {
      if (!each.secret) continue;
      const auto carries = [](const FetchGrant& entry) { return entry.secret.has_value(); };
      ASSERT_TRUE(std::any_of(a.fetch.begin(), a.fetch.end(), carries)) << round;
      ASSERT_TRUE(std::any_of(b.fetch.begin(), b.fetch.end(), carries)) << round;
    }
  }
}

TEST(Intersect, OfDirectoriesTakesTheNarrowerOfEachAspect) {
  Grant a;
  a.directories.push_back({.guest = "/work",
                           .host = "/srv",
                           .access = Access::kWrite,
                           .xdev = true,
                           .hardlinks = Hardlinks::kAllow,
                           .written = 10});
  Grant b;
  b.directories.push_back({.guest = "/work/",
                           .host = "/srv",
                           .access = Access::kRead,
                           .symlinks = Symlinks::kNone,
                           .written = 20,
                           .inodes = 3});
  const Grant both = intersect(a, b);
  ASSERT_EQ(both.directories.size(), 1U);
  const DirectoryGrant wanted = {.guest = "/work",
                                 .host = "/srv",
                                 .access = Access::kRead,
                                 .symlinks = Symlinks::kNone,
                                 .hardlinks = Hardlinks::kOwn,
                                 .written = 10,
                                 .inodes = 3};
  EXPECT_EQ(both.directories[0], wanted);
}

TEST(Intersect, AQuotaThatOneSideWritesIsHeldAgainstTheOthersLimits) {
  Grant wide;
  wide.directories.push_back({.guest = "/w", .inodes = 1'000});
  Grant narrow;
  narrow.directories.push_back({.guest = "/w", .host = "/srv"});
  narrow.limits.write(LimitKey::kInodes, 5);
  EXPECT_EQ(intersect(narrow, wide).directories.at(0).inodes, 5U);
  EXPECT_EQ(intersect(wide, narrow).directories.at(0).inodes, 5U);
  Request request;
  request.terms = wide;
  EXPECT_EQ(intersect(narrow, request).directories.at(0).inodes, 5U);
  EXPECT_EQ(intersect(narrow, narrow).directories.at(0).inodes, std::nullopt);
}

TEST(Intersect, OfTwoHostsOfOneNameHasNone) {
  Grant a;
  a.directories.push_back({.guest = "/work", .host = "/srv"});
  Grant b;
  b.directories.push_back({.guest = "/work", .host = "/srv/a"});
  EXPECT_TRUE(intersect(a, b).directories.empty());
}

TEST(Intersect, OfLimitsTakesTheLesserWrittenOne) {
  Grant a;
  a.limits.write(LimitKey::kMemory, 100);
  a.limits.write(LimitKey::kPoll, 7);
  Grant b;
  b.limits.write(LimitKey::kMemory, 50);
  const Grant both = intersect(a, b);
  EXPECT_EQ(both.limits.get(LimitKey::kMemory), 50U);
  EXPECT_EQ(both.limits.get(LimitKey::kPoll), 7U);
  EXPECT_FALSE(both.limits.is_written(LimitKey::kWall));
}

TEST(Intersect, WithARequestKeepsTheHostsSide) {
  Grant grant;
  grant.directories.push_back({.guest = "/work", .host = "/srv", .access = Access::kWrite});
  grant.directories.push_back({.guest = "/other", .host = "/srv2"});
  grant.environment = {{"A", "1"}, {"B", "2"}};
  grant.clock = {true, true, false};
  grant.console = {true, true, true};
  grant.listen.push_back({"127.0.0.1:80"});
  Request request;
  request.terms.directories.push_back({.guest = "/work", .access = Access::kRead});
  request.environment = {"A", "C"};
  request.terms.clock.wall = true;
  const Grant both = intersect(grant, request);
  ASSERT_EQ(both.directories.size(), 1U);
  EXPECT_EQ(both.directories[0].host, "/srv");
  EXPECT_EQ(both.directories[0].access, Access::kRead);
  EXPECT_EQ(both.environment, (std::vector<std::pair<std::string, std::string>>{{"A", "1"}}));
  EXPECT_TRUE(both.clock.wall);
  EXPECT_FALSE(both.clock.monotonic);
  EXPECT_TRUE(both.listen.empty());
  EXPECT_TRUE(both.console.stdout_stream);
}

TEST(Narrow, NeverAdds) {
  Dice dice(7);
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    Grant terms = test::any_grant(dice);
    terms.fetch.clear();
    for (DirectoryGrant& each : terms.directories) {
      each.access = each.access == Access::kOverlay ? Access::kRead : each.access;
      each.hide.clear();
    }
    const Admitted admitted = admit(terms);
    ASSERT_TRUE(admitted.warrant) << admitted.refused.front().what;
    const Grant wanted = test::any_grant(dice);
    const Warrant child = admitted.warrant->narrow(wanted);
    ASSERT_EQ(settled(intersect(admitted.warrant->terms(), child.terms())), settled(child.terms()))
        << round;
    ASSERT_EQ(settled(child.narrow(wanted).terms()), settled(child.terms())) << round;
    for (const LimitRow& row : limit_rows()) {
      ASSERT_LE(child.limits().get(row.key), admitted.warrant->limits().get(row.key)) << row.word;
    }
  }
}

}  // namespace
}  // namespace warrant::policy
