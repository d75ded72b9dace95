// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/event.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace warrant::audit {
namespace {

TEST(EventWords, KindsOfRunAndAuditCarryTheirFamily) {
  EXPECT_EQ(word(Kind::kRunStart), "run.start");
  EXPECT_EQ(word(Kind::kRunRefused), "run.refused");
  EXPECT_EQ(word(Kind::kRunEnd), "run.end");
  EXPECT_EQ(word(Kind::kSuppressed), "audit.suppressed");
}

TEST(EventWords, DecisionsAreAllowDenyError) {
  EXPECT_EQ(word(Decision::kAllow), "allow");
  EXPECT_EQ(word(Decision::kDeny), "deny");
  EXPECT_EQ(word(Decision::kError), "error");
}

TEST(EventWords, EveryKindHasAWordOfItsOwnInLowerCase) {
  std::set<std::string_view> seen;
  for (unsigned n = 0; n <= static_cast<unsigned>(Kind::kBlock); ++n) {
    const std::string_view text = word(static_cast<Kind>(n));
    EXPECT_NE(text, "unknown") << n;
    EXPECT_EQ(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz."), std::string_view::npos);
    EXPECT_TRUE(seen.insert(text).second) << text;
  }
  EXPECT_EQ(word(static_cast<Kind>(static_cast<unsigned>(Kind::kBlock) + 1)), "unknown");
}

// The words of filesystem.md section 17, in its order.
TEST(ReasonWords, FileReasonsAreThoseOfTheClosedList) {
  using cap::Reason;
  EXPECT_EQ(cap::word(Reason::kEscape), "escape");
  EXPECT_EQ(cap::word(Reason::kReadOnly), "read_only");
  EXPECT_EQ(cap::word(Reason::kSpecialNode), "special_node");
  EXPECT_EQ(cap::word(Reason::kHardLink), "hard_link");
  EXPECT_EQ(cap::word(Reason::kLinkTarget), "link_target");
  EXPECT_EQ(cap::word(Reason::kQuotaBytes), "quota_bytes");
  EXPECT_EQ(cap::word(Reason::kQuotaInodes), "quota_inodes");
  EXPECT_EQ(cap::word(Reason::kFileSize), "file_size");
  EXPECT_EQ(cap::word(Reason::kFdLimit), "fd_limit");
  EXPECT_EQ(cap::word(Reason::kRevoked), "revoked");
  EXPECT_EQ(cap::word(Reason::kResolveStarved), "resolve_starved");
  EXPECT_EQ(cap::word(Reason::kHostLimit), "host_limit");
  EXPECT_EQ(cap::word(Reason::kBadPath), "bad_path");
}

TEST(ReasonWords, EveryReasonHasAWordOfItsOwn) {
  // A long URL and a long header, a port in text and one of a socket, share their word.
  const std::set<std::string_view> shared = {"too_long", "port"};
  std::set<std::string_view> seen;
  for (unsigned n = 0; n <= static_cast<unsigned>(cap::Reason::kMethod); ++n) {
    const std::string_view text = cap::word(static_cast<cap::Reason>(n));
    EXPECT_NE(text, "unknown") << n;
    EXPECT_TRUE(seen.insert(text).second || shared.contains(text)) << text;
  }
}

}  // namespace
}  // namespace warrant::audit
