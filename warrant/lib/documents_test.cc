// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/documents.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "warrant/codec/hash.h"
#include "warrant/lib/warrant.h"
#include "warrant/policy/print.h"

namespace warrant {
namespace {

std::vector<std::byte> guest(const std::string& name) {
  std::ifstream file(WARRANT_GUESTS "/lib_" + name + ".wasm", std::ios::binary);
  const std::vector<char> text((std::istreambuf_iterator<char>(file)), {});
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

Host host_under(const std::string& ceiling) {
  HostOptions options;
  options.concurrency = 1;
  if (!ceiling.empty()) {
    auto parsed = Ceiling::parse_toml(ceiling, "ceiling.toml");
    EXPECT_TRUE(parsed) << parsed.problem().what;
    options.ceilings.push_back(*std::move(parsed));
  }
  auto made = Host::create(ambient(), std::move(options));
  EXPECT_TRUE(made);
  return *std::move(made);
}

Grant grant_of(const std::string& text) {
  auto parsed = Grant::parse_toml("version = 1\n" + text, "grant.toml");
  EXPECT_TRUE(parsed) << parsed.problem().what;
  return *std::move(parsed);
}

TEST(Documents, BothSyntaxesSayTheSame) {
  auto json =
      Grant::parse_json(R"({"version": 1, "limits": {"open_files": 7}, "clock": {"wall": true}})");
  ASSERT_TRUE(json) << json.problem().what;
  const Grant toml = grant_of("[limits]\nopen-files = 7\n[clock]\nwall = true\n");
  EXPECT_EQ(policy::hash(*json).hex(), policy::hash(toml).hex());
}

TEST(Documents, EveryFaultIsTold) {
  const auto parsed = Grant::parse_toml("version = 1\nwal = 1\n[clock]\nwall = 3\n", "g.toml");
  ASSERT_FALSE(parsed);
  const Problem& problem = parsed.problem();
  EXPECT_EQ(problem.kind, Problem::Kind::kInvalid);
  EXPECT_NE(problem.what.find("g.toml:2:1"), std::string::npos) << problem.what;
  ASSERT_EQ(problem.more.size(), 1U);
  EXPECT_NE(problem.more[0].find("g.toml:4"), std::string::npos) << problem.more[0];
}

TEST(Documents, AHostsCeilingsNarrowAndSaySo) {
  const Host host = host_under("version = 1\n[limits]\nmemory = \"1MiB\"\n");
  auto tool = host.load(guest("library"), {});
  ASSERT_TRUE(tool);
  policy::Findings narrowed;
  const auto warrant = host.admit(*tool, grant_of("[limits]\nmemory = \"8MiB\"\n"), narrowed);
  ASSERT_TRUE(warrant);
  EXPECT_EQ(warrant->limits().get(policy::LimitKey::kMemory), 1U << 20);
  ASSERT_FALSE(narrowed.empty());
  EXPECT_NE(policy::print_line(narrowed[0]).find("ceiling.toml:3"), std::string::npos);
  EXPECT_FALSE(host.admit(*tool, grant_of("require = true\n[limits]\nmemory = \"8MiB\"\n")));
}

TEST(Documents, APinnedGrantIsForThoseBytesOnly) {
  const Host host = host_under("");
  auto tool = host.load(guest("library"), {});
  ASSERT_TRUE(tool);
  const std::string digest = codec::sha256(guest("library")).hex();
  EXPECT_TRUE(host.admit(*tool, grant_of("module = \"sha256:" + digest + "\"\n")));
  const std::string other = codec::sha256(guest("spin")).hex();
  const auto refused = host.admit(*tool, grant_of("module = \"sha256:" + other + "\"\n"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.problem().what.find(digest), std::string::npos);
}

TEST(Documents, TimesNeedAStateDirectory) {
  const Host host = host_under("");
  auto tool = host.load(guest("library"), {});
  ASSERT_TRUE(tool);
  const auto refused = host.admit(*tool, grant_of("expires = 2500-01-01T00:00:00Z\n"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.problem().what.find("state directory"), std::string::npos);
}

TEST(Documents, AToolSaysItsSmallestGrant) {
  const Host host = host_under("");
  auto tool = host.load(guest("library"), {});
  ASSERT_TRUE(tool);
  EXPECT_TRUE(host.admit(*tool, tool->smallest_grant()));
}

}  // namespace
}  // namespace warrant
