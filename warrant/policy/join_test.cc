// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/join.h"

#include <gtest/gtest.h>

#include <array>

namespace warrant::policy {
namespace {

Grant flags() {
  Grant grant;
  grant.console = {true, true, true};
  return grant;
}

Grant file(std::string_view rest) {
  const std::string text = "{\"version\":1," + std::string(rest) + "}";
  const auto tree = read_json(text, "g.json");
  auto parsed = parse_grant(*tree.value, {.source = "g.json", .spelling = Spelling::kJson});
  EXPECT_TRUE(parsed.value) << parsed.findings.front().what;
  return parsed.value.value_or(Grant{});
}

Parsed<Grant> joined(Grant a, Grant b) { return join(std::array{std::move(a), std::move(b)}); }

TEST(Join, PutsListsTogetherInOrder) {
  const auto both = joined(file(R"("directory":[{"guest":"/a","host":"x"}])"),
                           file(R"("directory":[{"guest":"/b","host":"y"}],
                                   "clock":{"wall":true}, "label":{"a":"1"})"));
  ASSERT_TRUE(both.value);
  ASSERT_EQ(both.value->directories.size(), 2U);
  EXPECT_EQ(both.value->directories[1].guest, "/b");
  EXPECT_TRUE(both.value->clock.wall);
  EXPECT_EQ(both.value->label.size(), 1U);
}

TEST(Join, NamesBothPlacesOfAConflict) {
  Grant given = flags();
  given.limits.write(LimitKey::kWall, 5'000'000'000);
  given.origins.set("limits.wall", {"--wall"});
  const auto both = joined(given, file(R"("limits":{"wall":"6s"})"));
  ASSERT_FALSE(both.value);
  ASSERT_EQ(both.findings.size(), 1U);
  EXPECT_EQ(both.findings[0].what, "limits.wall has two values: at --wall and at g.json:1:24");
  EXPECT_EQ(both.findings[0].reason, "conflict");
}

TEST(Join, ASecondWordThatSaysTheSameIsNone) {
  EXPECT_TRUE(joined(file(R"("limits":{"wall":"6s"},"argv0":"x","entropy":{"seed":1})"),
                     file(R"("limits":{"wall_ms":6000},"argv0":"x","entropy":{"seed":1})"))
                  .value);
}

TEST(Join, ConflictsOfEveryKind) {
  const std::array<std::array<const char*, 2>, 9> pairs = {{
      {R"("argv0":"x")", R"("argv0":"y")"},
      {R"("directory":[{"guest":"/a","host":"x"}])", R"("directory":[{"guest":"/a/","host":"y"}])"},
      {R"("environment":{"A":"1"})", R"("environment":{"A":"2"})"},
      {R"("environment":{"A":"1"})", R"("environment":{"A":{"host":"B"}})"},
      {R"("label":{"a":"1"})", R"("label":{"a":"2"})"},
      {R"("clock":{"wall":true})", R"("clock":{"wall":false})"},
      {R"("console":{"stdin":true})", R"("console":{"stdin":false})"},
      {R"("entropy":{"seed":1})", R"("entropy":{"source":"system"})"},
      {R"("require":true)", R"("require":false)"},
  }};
  for (const auto& pair : pairs) {
    EXPECT_FALSE(joined(file(pair[0]), file(pair[1])).value) << pair[0] << pair[1];
    EXPECT_FALSE(joined(file(pair[1]), file(pair[0])).value) << pair[1] << pair[0];
  }
}

TEST(Join, AStreamTakenAwayByOneIsGone) {
  const auto both = joined(flags(), file(R"("console":{"stdin":false})"));
  ASSERT_TRUE(both.value);
  EXPECT_FALSE(both.value->console.stdin_stream);
  EXPECT_TRUE(both.value->console.stdout_stream);
}

}  // namespace
}  // namespace warrant::policy
