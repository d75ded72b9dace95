// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>

namespace warrant::codec {
namespace {

using namespace std::string_view_literals;

Json good(std::string_view text) {
  JsonDiagnosis why;
  auto value = parse_json(text, {}, why);
  EXPECT_TRUE(value) << text << ": " << why.text;
  return value ? *value : Json();
}

JsonDiagnosis bad(std::string_view text, Errc code = Errc::kInvalid, JsonLimits limits = {}) {
  JsonDiagnosis why;
  const auto value = parse_json(text, limits, why);
  EXPECT_FALSE(value) << text;
  if (!value) {
    EXPECT_EQ(value.error().code, code) << text;
  }
  EXPECT_FALSE(why.text.empty()) << text;
  return why;
}

std::string canonical(std::string_view text) { return print_canonical(good(text)); }

// RFC 8785, section 3.2.2 to 3.2.4.
TEST(CanonicalJson, AnswersTheExampleOfTheRfc) {
  EXPECT_EQ(canonical(R"({
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  })"),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

// RFC 8785, section 3.2.3: order by UTF-16 units, not by bytes.
TEST(CanonicalJson, SortsKeysAsTheRfcDoes) {
  EXPECT_EQ(
      canonical(
          R"({"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"})"),
      "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
      "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\","
      "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\","
      "\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
}

// RFC 8785, appendix B.
TEST(CanonicalJson, PrintsNumbersAsTheRfcDoes) {
  const struct {
    std::uint64_t bits;
    std::string_view text;
  } rows[] = {{0x0000000000000000, "0"},
              {0x8000000000000000, "0"},
              {0x0000000000000001, "5e-324"},
              {0x8000000000000001, "-5e-324"},
              {0x7fefffffffffffff, "1.7976931348623157e+308"},
              {0xffefffffffffffff, "-1.7976931348623157e+308"},
              {0x4340000000000000, "9007199254740992"},
              {0xc340000000000000, "-9007199254740992"},
              {0x4430000000000000, "295147905179352830000"},
              {0x44b52d02c7e14af5, "9.999999999999997e+22"},
              {0x44b52d02c7e14af6, "1e+23"},
              {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
              {0x444b1ae4d6e2ef4e, "999999999999999700000"},
              {0x444b1ae4d6e2ef4f, "999999999999999900000"},
              {0x444b1ae4d6e2ef50, "1e+21"},
              {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
              {0x3eb0c6f7a0b5ed8d, "0.000001"},
              {0x41b3de4355555553, "333333333.3333332"},
              {0x41b3de4355555554, "333333333.33333325"},
              {0x41b3de4355555555, "333333333.3333333"},
              {0x41b3de4355555556, "333333333.3333334"},
              {0x41b3de4355555557, "333333333.33333343"},
              {0xbecbf647612f3696, "-0.0000033333333333333333"},
              {0x43143ff3c1cb0959, "1424953923781206.2"}};
  for (const auto& row : rows) {
    std::string text;
    append_json_number(text, std::bit_cast<double>(row.bits));
    EXPECT_EQ(text, row.text);
  }
}

TEST(CanonicalJson, IsAFixedPoint) {
  const std::string once = canonical(R"( { "b" : [ 1.0, -0, 1e2, {} , [] ], "a":"\u0007/" } )");
  EXPECT_EQ(once, R"({"a":"\u0007/","b":[1,0,100,{},[]]})");
  EXPECT_EQ(canonical(once), once);
}

TEST(CanonicalJson, NeverPrintsBytesThatAreNotUtf8) {
  EXPECT_EQ(print_canonical(Json::string("a\xff")), "\"a\xef\xbf\xbd\"");
}

TEST(JsonReader, ReadsEveryKind) {
  EXPECT_TRUE(good("null").is_null());
  EXPECT_EQ(good(" true ").as_boolean(), true);
  EXPECT_EQ(good("false").as_boolean(), false);
  EXPECT_EQ(good("-12.5e1").as_number(), -125.0);
  EXPECT_EQ(*good(R"("a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")").as_string(),
            "a\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_EQ(good("[1,[2],3]").as_array()->size(), 3U);
  EXPECT_EQ(good(R"({"a":{"b":7}})").find("a")->find("b")->as_integer(), 7);
}

TEST(JsonReader, KindsAreNotMixedUp) {
  const Json one = good("1");
  EXPECT_FALSE(one.as_boolean());
  EXPECT_EQ(one.as_string(), nullptr);
  EXPECT_EQ(one.as_array(), nullptr);
  EXPECT_EQ(one.find("a"), nullptr);
  EXPECT_FALSE(good("\"1\"").as_integer());
}

TEST(JsonReader, IntegersAreOnlyThoseThatNothingRounded) {
  EXPECT_EQ(good("9007199254740991").as_integer(), 9007199254740991);
  EXPECT_EQ(good("-9007199254740991").as_integer(), -9007199254740991);
  EXPECT_EQ(good("1.0").as_integer(), 1);
  EXPECT_EQ(good("1e3").as_integer(), 1000);
  EXPECT_FALSE(good("9007199254740992").as_integer());
  EXPECT_FALSE(good("9007199254740993").as_integer());
  EXPECT_FALSE(good("1.5").as_integer());
  EXPECT_FALSE(good("1e300").as_integer());
}

TEST(JsonReader, RefusesWhatIsNotJson) {
  for (const std::string_view text : {"",
                                      " ",
                                      "nul",
                                      "True",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "{\"a\":1,}",
                                      "{\"a\" 1}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "[1",
                                      "{\"a\":1",
                                      "{\"a\"",
                                      "\"a",
                                      "\"\\x41\"",
                                      "\"\\u12\"",
                                      "\"\\u12g4\"",
                                      "\"\\u+123\"",
                                      "\"\\",
                                      "01",
                                      "-01",
                                      "+1",
                                      ".5",
                                      "1.",
                                      "1.e1",
                                      "1e",
                                      "1e+",
                                      "-",
                                      "0x10",
                                      "NaN",
                                      "Infinity",
                                      "-Infinity",
                                      "1 2",
                                      "{} x",
                                      "[1]]",
                                      "// a\n1",
                                      "1 /* a */",
                                      "\"a\nb\"",
                                      "\"\t\"",
                                      "[1;2]",
                                      "{\"a\":}",
                                      "\v1",
                                      "\xc2\xa0"
                                      "1"}) {
    bad(text);
  }
  bad("\0"sv);
  bad("1\0"sv);
  bad("\"\0\""sv);
}

TEST(JsonReader, RefusesBytesThatAreNotUtf8AndTheByteOrderMark) {
  bad("\"\xff\"", Errc::kIllegalBytes);
  bad("\"\xed\xa0\x80\"", Errc::kIllegalBytes);
  bad("\xef\xbb\xbf{}");
}

TEST(JsonReader, RefusesHalvesOfSurrogatePairs) {
  for (const std::string_view text : {R"("\ud800")", R"("\udc00")", R"("\ud800\u0041")",
                                      R"("\ud800\ud800")", R"("\ud800x")", R"("\ud83d\")"}) {
    bad(text);
  }
}

TEST(JsonReader, RefusesNumbersThatADoubleCannotHold) {
  bad("1e400");
  bad("-1e400");
  bad("1e-400");
  EXPECT_EQ(good("0e400").as_number(), 0.0);
  EXPECT_EQ(good("5e-324").as_number(), std::numeric_limits<double>::denorm_min());
}

TEST(JsonReader, RefusesAKeyThatStandsTwice) {
  const JsonDiagnosis why = bad("{\"a\": 1,\n  \"b\": 2, \"\\u0061\": 3}");
  EXPECT_EQ(why.at, (Position{2, 11}));
  EXPECT_NE(why.text.find("\"a\""), std::string::npos);
  bad(R"({"x":[{"k":1,"l":2,"k":3}]})");
}

TEST(JsonReader, DepthIsBounded) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  good(nested(32));
  bad(nested(33), Errc::kMessageSize);
  bad(nested(65), Errc::kMessageSize, {.depth = 1000, .nodes = 1000});
  bad(std::string(1'000'000, '['), Errc::kMessageSize, {.depth = 1000, .nodes = 2'000'000});
  good("1");
}

TEST(JsonReader, NodesAreBounded) {
  JsonDiagnosis why;
  EXPECT_TRUE(parse_json("[1,2,3]", {.depth = 4, .nodes = 4}, why));
  bad("[1,2,3,4]", Errc::kMessageSize, {.depth = 4, .nodes = 4});
}

TEST(JsonReader, PositionsCountCharactersFromOne) {
  const Json value = good("{\n  \"\xc3\xa9\": [true,\n 7]}");
  EXPECT_EQ(value.position(), (Position{1, 1}));
  EXPECT_EQ(value.as_object()->front().position, (Position{2, 3}));
  const Json& array = value.as_object()->front().value;
  EXPECT_EQ(array.position(), (Position{2, 8}));
  EXPECT_EQ((*array.as_array())[0].position(), (Position{2, 9}));
  EXPECT_EQ((*array.as_array())[1].position(), (Position{3, 2}));
  EXPECT_EQ(bad("[1,\n x]").at, (Position{2, 2}));
}

TEST(JsonReader, MessagesQuoteNothingRaw) {
  EXPECT_EQ(bad("[\x1b[31m").text.find('\x1b'), std::string::npos);
  EXPECT_EQ(bad("{\"\\u001b\":1,\"\\u001b\":2}").text.find('\x1b'), std::string::npos);
}

TEST(JsonReader, EveryPrefixOfADocumentIsRefused) {
  const std::string_view text = R"({"a":[1.5e3,true,null,"\u20ac"],"b":{}})";
  good(text);
  for (std::size_t kept = 0; kept < text.size(); ++kept) bad(text.substr(0, kept));
}

TEST(JsonBuilder, BuildsWhatTheReaderReads) {
  Json built = Json::object();
  built.set("n", Json::integer(3));
  Json& list = built.set("l", Json::array());
  list.push(Json::boolean(true));
  list.push(Json());
  built.set("n", Json::number(4.5));
  EXPECT_EQ(built, good(R"({"l":[true,null],"n":4.5})"));
  EXPECT_EQ(print_canonical(built), R"({"l":[true,null],"n":4.5})");
  EXPECT_EQ(print_indented(built), "{\n  \"n\": 4.5,\n  \"l\": [\n    true,\n    null\n  ]\n}\n");
}

TEST(JsonEquality, IgnoresOrderOfMembersButNotOfElements) {
  EXPECT_EQ(good(R"({"a":1,"b":2})"), good(R"({"b":2,"a":1})"));
  EXPECT_FALSE(good("[1,2]") == good("[2,1]"));
  EXPECT_FALSE(good(R"({"a":1})") == good(R"({"b":1})"));
  EXPECT_FALSE(good(R"({"a":1})") == good(R"({"a":1,"b":1})"));
}

}  // namespace
}  // namespace warrant::codec
