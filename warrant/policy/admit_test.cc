// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "warrant/policy/warrant.h"

namespace warrant::policy {
namespace {

TEST(Admit, AnEmptyGrantGivesAnEmptyWarrant) {
  const Admitted admitted = admit(Grant{});
  ASSERT_TRUE(admitted.warrant);
  EXPECT_EQ(admitted.warrant->terms(), Grant{});
  EXPECT_TRUE(admitted.narrowed.empty());
}

TEST(Admit, ALimitAboveTheCeilingIsCutAndNamed) {
  Grant grant;
  grant.limits.write(LimitKey::kWall, 48ULL * 3600 * 1'000'000'000);
  const Admitted admitted = admit(grant);
  ASSERT_TRUE(admitted.warrant);
  EXPECT_EQ(admitted.warrant->limits().get(LimitKey::kWall), 24ULL * 3600 * 1'000'000'000);
  ASSERT_EQ(admitted.narrowed.size(), 1U);
  EXPECT_NE(admitted.narrowed[0].what.find("limits.wall"), std::string::npos);
}

// egress.md section 14: dns, connect and first-byte 30 s each, timeout 300 s.
TEST(Admit, ATimeOfFetchAboveItsCeilingIsCutAndNamed) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  FetchGrant entry;
  entry.host = "a.example.com";
  const auto at = [](FetchBound bound) { return static_cast<std::size_t>(bound); };
  for (const FetchBound bound :
       {FetchBound::kDns, FetchBound::kConnect, FetchBound::kFirstByte, FetchBound::kTimeout}) {
    const std::uint64_t most = bound == FetchBound::kTimeout ? 300 * kSecond : 30 * kSecond;
    for (const std::uint64_t wanted : {most, most + 1, 86'400 * kSecond}) {
      Grant grant;
      grant.fetch = {entry};
      grant.fetch[0].bounds.values[at(bound)] = wanted;
      const Admitted admitted = admit(grant);
      ASSERT_TRUE(admitted.warrant);
      EXPECT_EQ(admitted.warrant->terms().fetch[0].bounds.values[at(bound)], most);
      EXPECT_EQ(admitted.narrowed.size(), wanted == most ? 0U : 1U);
      grant.require = true;
      EXPECT_EQ(admit(grant).warrant.has_value(), wanted == most);
    }
  }
}

TEST(Admit, TwoDirectoriesOfOneNameAreRefusedHoweverSpelt) {
  Grant grant;
  grant.directories.push_back({.guest = "/work/", .host = "/a"});
  grant.directories.push_back({.guest = "/work//.", .host = "/b"});
  EXPECT_FALSE(admit(grant).warrant);
}

TEST(Admit, TellsEveryReasonNotTheFirst) {
  Grant grant;
  grant.directories.push_back({.guest = "../up", .host = "/a"});
  grant.environment.emplace_back("A=B", "x");
  grant.cwd = "/nowhere";
  EXPECT_EQ(admit(grant).refused.size(), 3U);
}

TEST(Admit, TheWorkingDirectoryLiesInAGrantedOne) {
  Grant grant;
  grant.directories.push_back({.guest = "/work", .host = "/a"});
  grant.cwd = "/work/src";
  EXPECT_TRUE(admit(grant).warrant);
  grant.cwd = "/workshop";
  EXPECT_FALSE(admit(grant).warrant);
}

TEST(Admit, NoDirectoryTakesTheNameOfTheWorkingDirectorysView) {
  Grant grant;
  grant.directories.push_back({.guest = ".", .host = "/a"});
  grant.cwd = "/src";
  EXPECT_FALSE(admit(grant).warrant);
}

TEST(Admit, TheEnvironmentIsBounded) {
  Grant grant;
  for (int i = 0; i < 1'025; ++i) grant.environment.emplace_back("V" + std::to_string(i), "");
  EXPECT_FALSE(admit(grant).warrant);
  grant.environment.resize(1'024);
  EXPECT_TRUE(admit(grant).warrant);
  grant.environment.emplace_back("BIG", std::string(128U << 10, 'x'));
  EXPECT_FALSE(admit(grant).warrant);
}

TEST(Admit, AVariableIsSetOnce) {
  Grant grant;
  grant.environment.emplace_back("A", "1");
  grant.environment.emplace_back("A", "1");
  EXPECT_FALSE(admit(grant).warrant);
}

}  // namespace
}  // namespace warrant::policy
