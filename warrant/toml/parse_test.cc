// SPDX-License-Identifier: Apache-2.0
#include "warrant/toml/parse.h"

#include <gtest/gtest.h>

#include <string>

namespace warrant::toml {
namespace {

using codec::Json;
using codec::Position;

struct Read {
  Result<Json> value;
  codec::JsonDiagnosis why;
};

Read read(std::string_view text) {
  codec::JsonDiagnosis why;
  auto value = parse_toml(text, {}, why);
  return {std::move(value), std::move(why)};
}

TEST(Toml, GivesValuesInTheOrderOfTheText) {
  const Read got = read("z = 1\na = \"x\"\n[table]\nflag = true\n[[list]]\nn = [1, 2]\n");
  ASSERT_TRUE(got.value) << got.why.text;
  EXPECT_EQ(codec::print_canonical(*got.value),
            R"({"a":"x","list":[{"n":[1,2]}],"table":{"flag":true},"z":1})");
  EXPECT_EQ(got.value->as_object()->front().key, "z");
}

TEST(Toml, KnowsLineAndColumnOfKeysAndValues) {
  const Read got = read("# a comment\n[limits]\n  wall = \"1s\"\n");
  ASSERT_TRUE(got.value);
  const Json* limits = got.value->find("limits");
  ASSERT_NE(limits, nullptr);
  EXPECT_EQ(limits->as_object()->front().position, (Position{3, 3}));
  EXPECT_EQ(limits->find("wall")->position(), (Position{3, 10}));
}

TEST(Toml, TellsWhereTheFirstFaultStands) {
  const Read got = read("a = 1\nb = = 2\n");
  ASSERT_FALSE(got.value);
  EXPECT_EQ(got.why.at.line, 2U);
}

TEST(Toml, RefusesATableWithoutAName) {
  for (const char* const text :
       {"[ .t]\n", "[  .t     \"q.r\"]\n", "[.]\n", "[]\n", "[[ .a]]\n", "x = {.a = 1}\n"}) {
    const Read got = read(text);
    EXPECT_FALSE(got.value) << text;
    EXPECT_EQ(got.why.at.line, 1U) << text;
  }
}

TEST(Toml, RefusesLettersBeyondAsciiWhereKeysStand) {
  EXPECT_FALSE(read("\xCF\x9E.b = 1\n").value);
  EXPECT_FALSE(read("a = \xC3\xA9\n").value);
  EXPECT_TRUE(read("a = \"\"\"x\\\n \xC3\xA9\"\"\"\n").value);
}

TEST(Toml, RefusesDuplicateKeys) {
  EXPECT_FALSE(read("a = 1\na = 2\n").value);
  EXPECT_FALSE(read("[a]\nb = 1\n[a]\nc = 1\n").value);
  EXPECT_FALSE(read("a = {b = 1, b = 2}\n").value);
}

TEST(Toml, TimesComeAsText) {
  const Read got = read("t = 2026-11-21T17:00:00Z\nu = 2026-11-21T17:00:00.250Z\n");
  ASSERT_TRUE(got.value);
  EXPECT_EQ(*got.value->find("t")->as_string(), "2026-11-21T17:00:00Z");
  EXPECT_EQ(*got.value->find("u")->as_string(), "2026-11-21T17:00:00.25Z");
  EXPECT_FALSE(read("t = 2026-11-21T17:00:00+01:00\n").value);
  EXPECT_FALSE(read("t = 2026-11-21T17:00:00\n").value);
  EXPECT_FALSE(read("t = 2026-11-21\n").value);
  EXPECT_FALSE(read("t = 17:00:00\n").value);
}

TEST(Toml, TakesWholeNumbersThatADoubleHolds) {
  EXPECT_TRUE(read("n = 9007199254740991\n").value);
  for (const char* bad : {"9007199254740992", "-9007199254740992", "99999999999999999999", "1.0",
                          "1e3", "1e400", "inf", "nan"}) {
    EXPECT_FALSE(read("n = " + std::string(bad) + "\n").value) << bad;
  }
}

TEST(Toml, DepthAndNodesAreBounded) {
  const auto nested = [](std::size_t depth) {
    return "a = " + std::string(depth, '[') + std::string(depth, ']') + "\n";
  };
  EXPECT_TRUE(read(nested(31)).value);
  EXPECT_FALSE(read(nested(32)).value);
  std::string dotted = "a";
  for (int i = 0; i < 40; ++i) dotted += ".a";
  EXPECT_FALSE(read(dotted + " = 1\n").value);
  std::string many = "a = [";
  for (int i = 0; i < 10'001; ++i) many += "1,";
  const Read got = read(many + "]\n");
  ASSERT_FALSE(got.value);
  EXPECT_EQ(got.value.error().code, Errc::kMessageSize);
}

TEST(Toml, HundredThousandLevelsDoNotExhaustTheStack) {
  constexpr std::size_t kLevels = 100'000;
  EXPECT_FALSE(read("a = " + std::string(kLevels, '[') + "\n").value);
  EXPECT_FALSE(read("a = " + std::string(kLevels, '[') + std::string(kLevels, ']')).value);
  std::string tables = "a = ";
  std::string dotted = "a";
  std::string header = "[a";
  for (std::size_t i = 0; i < kLevels; ++i) {
    tables += "{a=";
    dotted += ".a";
    header += " . a";
  }
  EXPECT_FALSE(read(tables).value);
  EXPECT_FALSE(read(dotted + "=1").value);
  EXPECT_FALSE(read(header + "]").value);
}

TEST(Toml, RefusesWhatIsNoText) {
  EXPECT_FALSE(read("a = \"\xff\"\n").value);
  EXPECT_FALSE(read(std::string_view("a = \"\0\"\n", 9)).value);
  EXPECT_TRUE(read("").value);
}

}  // namespace
}  // namespace warrant::toml
