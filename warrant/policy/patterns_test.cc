// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/patterns.h"

#include <gtest/gtest.h>

namespace warrant::policy {
namespace {

using Text = std::optional<std::string>;

TEST(Hosts, MeetInTheNarrower) {
  EXPECT_EQ(meet_hosts("a.example.com", "a.example.com"), "a.example.com");
  EXPECT_EQ(meet_hosts("*.example.com", "a.example.com"), "a.example.com");
  EXPECT_EQ(meet_hosts("*", "*.example.com"), "*.example.com");
  EXPECT_EQ(meet_hosts("a.example.com", "*"), "a.example.com");
  EXPECT_EQ(meet_hosts("a.example.com", "b.example.com"), Text{});
  EXPECT_EQ(meet_hosts("*.a.com", "*.b.com"), Text{});
}

// egress.md section 5: exactly one label in front of the base, and not the base itself.
TEST(Hosts, AWildcardIsOneLabel) {
  EXPECT_EQ(meet_hosts("*.example.com", "example.com"), Text{});
  EXPECT_EQ(meet_hosts("*.example.com", "x.a.example.com"), Text{});
  EXPECT_EQ(meet_hosts("*.example.com", ".example.com"), Text{});
}

// egress.md sections 4 and 5: literals, special-use and single-label names are exact or nothing.
TEST(Hosts, SpecialNamesAndLiteralsAreMatchedOnlyExactly) {
  for (const char* host : {"localhost", "a.localhost", "printer", "db.internal", "x.local",
                           "127.0.0.1", "[::1]", "a.home.arpa", "a.svc"}) {
    EXPECT_EQ(meet_hosts("*", host), Text{}) << host;
    EXPECT_EQ(meet_hosts(host, host), host);
  }
  EXPECT_EQ(meet_hosts("*.internal", "db.internal"), Text{});
}

TEST(Paths, MeetInTheDeeper) {
  EXPECT_EQ(meet_paths("/", "/a/b"), "/a/b");
  EXPECT_EQ(meet_paths("/a/", "/a/b/*"), "/a/b/");
  EXPECT_EQ(meet_paths("/a/*", "/a/"), "/a/");
  EXPECT_EQ(meet_paths("/a/", "/a"), Text{});
  EXPECT_EQ(meet_paths("/a/", "/ab/x"), Text{});
  EXPECT_EQ(meet_paths("/a", "/a"), "/a");
}

TEST(Networks, MeetInTheSmaller) {
  EXPECT_EQ(meet_networks("10.0.0.0/8", "10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(meet_networks("FD00::/8", "fd00:1::/32"), "fd00:1::/32");
  EXPECT_EQ(meet_networks("10.0.0.0/8", "11.0.0.0/8"), Text{});
  EXPECT_EQ(meet_networks("0.0.0.0/0", "::1"), Text{});
}

TEST(Imports, AStarIsAnyNameOfItsModule) {
  EXPECT_EQ(meet_imports("env.*", "env.log"), "env.log");
  EXPECT_EQ(meet_imports("env.*", "environment.log"), Text{});
  EXPECT_EQ(meet_imports("env.a", "env.b"), Text{});
}

TEST(Listeners, PortZeroAndTheUnspecifiedAddressAreAny) {
  EXPECT_EQ(meet_listeners("127.0.0.1:0", "127.0.0.1:80"), "127.0.0.1:80");
  EXPECT_EQ(meet_listeners("0.0.0.0:80", "127.0.0.1:80"), "127.0.0.1:80");
  EXPECT_EQ(meet_listeners("[::]:80", "[::1]:0"), "[::1]:80");
  EXPECT_EQ(meet_listeners("0.0.0.0:80", "[::1]:80"), Text{});
  EXPECT_EQ(meet_listeners("127.0.0.1:80", "127.0.0.1:81"), Text{});
  EXPECT_EQ(meet_listeners("127.0.0.1:80", "127.0.0.2:80"), Text{});
}

}  // namespace
}  // namespace warrant::policy
