// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/validity.h"

#include <gtest/gtest.h>

namespace warrant::policy {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kHour = 3'600 * kSecond;
constexpr Timestamp kNoon{1'000 * kHour};

Timestamp after(std::uint64_t span) { return Timestamp{count(kNoon) + span}; }

std::string_view reason(const std::optional<Finding>& finding) {
  return finding ? finding->reason : "";
}

TEST(Validity, EndsExactlyAtExpires) {
  Grant grant;
  grant.expires = kNoon;
  EXPECT_EQ(reason(judge_time(grant, {Timestamp{count(kNoon) - 1}})), "");
  EXPECT_EQ(reason(judge_time(grant, {kNoon})), "grant_expired");
  EXPECT_EQ(reason(judge_time(grant, {after(kSecond)})), "grant_expired");
}

TEST(Validity, BeginsAtNotBefore) {
  Grant grant;
  grant.not_before = kNoon;
  EXPECT_EQ(reason(judge_time(grant, {kNoon})), "");
  EXPECT_EQ(reason(judge_time(grant, {Timestamp{count(kNoon) - 1}})), "grant_not_yet");
}

TEST(Validity, AClockMoreThanAnHourBackIsRefused) {
  Grant grant;
  grant.uses = Uses{1};
  EXPECT_EQ(reason(judge_time(grant, {kNoon, after(kHour)})), "");
  EXPECT_EQ(reason(judge_time(grant, {kNoon, after(kHour + 1)})), "clock.rolled_back");
  EXPECT_EQ(reason(judge_time(grant, {kNoon, after(2 * kHour)})), "clock.rolled_back");
}

TEST(Validity, TheClockIsLookedAtOnlyWhereItMatters) {
  const Grant grant;
  EXPECT_FALSE(needs_clock(grant));
  EXPECT_EQ(reason(judge_time(grant, {kNoon, after(100 * kHour)})), "");
}

TEST(Validity, WallIsCutToWhatIsLeft) {
  Grant grant;
  grant.limits.write(LimitKey::kWall, 30 * kSecond);
  EXPECT_EQ(wall_until_expiry(grant, kNoon), Nanoseconds{30 * kSecond});
  grant.expires = after(7 * kSecond + 1);
  EXPECT_EQ(wall_until_expiry(grant, kNoon), Nanoseconds{7 * kSecond});
  grant.expires = after(60 * kSecond);
  EXPECT_EQ(wall_until_expiry(grant, kNoon), Nanoseconds{30 * kSecond});
}

TEST(Uses, AreCountedByIdAndDocument) {
  Grant grant;
  grant.id = "0123456789abcdef";
  grant.uses = Uses{2};
  EXPECT_FALSE(judge_uses(grant, 1));
  EXPECT_EQ(reason(judge_uses(grant, 2)), "grant_used");
  const std::string first = use_file_name(grant, 0);
  EXPECT_NE(use_file_name(grant, 1), first);
  EXPECT_EQ(first.find("0123456789abcdef"), std::string::npos);
  Grant other = grant;
  other.id = "0123456789abcdeg";
  EXPECT_NE(use_file_name(other, 0), first);
  other = grant;
  other.uses->document = codec::sha256({});
  EXPECT_NE(use_file_name(other, 0), first);
}

}  // namespace
}  // namespace warrant::policy
