// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/known_secrets.h"

#include <gtest/gtest.h>

#include <string>

namespace warrant::audit {
namespace {

KnownSecrets knowing(std::initializer_list<std::pair<const char*, const char*>> values) {
  KnownSecrets secrets;
  for (const auto& [reference, value] : values) EXPECT_TRUE(secrets.add(reference, value));
  secrets.seal();
  return secrets;
}

std::string scrub(const KnownSecrets& secrets, std::string_view text) {
  return secrets.scrubbed(text, KnownSecrets::End::kWhole);
}

constexpr const char* kHidden = "[\xc2\xabredacted:k\xc2\xbb]";

// egress.md section 20, item 4: each form of "pass word/1+é", made by other tools.
TEST(KnownSecrets, EveryFormIsFound) {
  const KnownSecrets secrets = knowing({{"k", "pass word/1+\xc3\xa9"}});
  for (const std::string form :
       {"pass word/1+\xc3\xa9",                                          // raw
        "pass%20word%2F1%2B%C3%A9", "pass%20word%2f1%2b%c3%a9",          // percent, minimal
        "%70%61%73%73%20%77%6F%72%64%2F%31%2B%C3%A9",                    // percent, full
        "%70%61%73%73%20%77%6f%72%64%2f%31%2b%c3%a9",                    //
        "7061737320776f72642f312bc3a9", "7061737320776F72642F312BC3A9",  // hex
        "pass word\\/1+\xc3\xa9",                      // JSON with an escaped slash
        "pass word/1+\\u00e9", "pass word/1+\\u00E9",  // JSON with \u
        "\\u0070\\u0061\\u0073\\u0073\\u0020\\u0077\\u006f\\u0072\\u0064\\u002f\\u0031\\u002b\\u00e"
        "9"}) {
    EXPECT_EQ(scrub(secrets, "[" + form + "]"), kHidden) << form;
  }
}

TEST(KnownSecrets, Base64IsFoundAtEveryAlignment) {
  const KnownSecrets secrets = knowing({{"k", "correct-horse"}});
  // printf 'correct-horse' | base64; printf 'u:correct-horse'; printf 'us:correct-horse!'
  for (const std::string text : {"Y29ycmVjdC1ob3JzZQ==", "dTpjb3JyZWN0LWhvcnNl",
                                 "dXM6Y29ycmVjdC1ob3JzZSE=", "YWI6Y29ycmVjdC1ob3JzZQ"}) {
    EXPECT_NE(scrub(secrets, text).find("redacted:k"), std::string::npos) << text;
  }
}

TEST(KnownSecrets, WhatWasNotRegisteredStays) {
  const KnownSecrets secrets = knowing({{"k", "correct-horse"}});
  const std::string text = "Authorization: Bearer token correct-hors correct-hoarse";
  EXPECT_EQ(scrub(secrets, text), text);
}

TEST(KnownSecrets, OverlappingHitsAreReplacedTogether) {
  const KnownSecrets secrets = knowing({{"a", "abcdefgh"}, {"b", "efghijkl"}});
  EXPECT_EQ(scrub(secrets, "<abcdefghijkl>"), "<\xc2\xabredacted:a\xc2\xbb>");
}

TEST(KnownSecrets, ASecretInsideAnotherIsNoWayOut) {
  const KnownSecrets secrets = knowing({{"long", "xxinnerxx"}, {"short", "inner"}});
  EXPECT_EQ(scrub(secrets, "<xxinnerxx>"), "<\xc2\xabredacted:long\xc2\xbb>");
  EXPECT_EQ(scrub(secrets, "<xxinnerx>"), "<xx\xc2\xabredacted:short\xc2\xbbx>");
}

TEST(KnownSecrets, ShortValuesAreNotTaken) {
  KnownSecrets secrets;
  EXPECT_FALSE(secrets.add("k", "abc"));
}

TEST(KnownSecrets, AnotherCanBeAddedLater) {
  KnownSecrets secrets = knowing({{"a", "first-secret"}});
  ASSERT_TRUE(secrets.add("b", "second-secret"));
  secrets.seal();
  EXPECT_EQ(scrub(secrets, "first-secret second-secret"),
            "\xc2\xabredacted:a\xc2\xbb \xc2\xabredacted:b\xc2\xbb");
}

TEST(KnownSecrets, ACutTextGivesNoBeginningAway) {
  const KnownSecrets secrets = knowing({{"k", "correct-horse"}});
  EXPECT_EQ(secrets.scrubbed("x correct-ho", KnownSecrets::End::kCut),
            "x \xc2\xabredacted:cut\xc2\xbb");
  EXPECT_EQ(secrets.scrubbed("x correct-ho", KnownSecrets::End::kWhole), "x correct-ho");
}

TEST(ScrubbedStream, FindsASecretHoweverTheBytesArrive) {
  const KnownSecrets secrets = knowing({{"k", "correct-horse"}, {"j", "horse-battery"}});
  const std::string text = "a correct-horse b correct-horse-battery c correct-hors";
  const std::string whole = scrub(secrets, text);
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    ScrubbedStream stream(secrets);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += piece)
      out += stream.feed(text.substr(at, piece));
    out += stream.finish();
    EXPECT_EQ(out, whole) << piece;
  }
}

TEST(ScrubbedStream, FindsASecretThatBecomesKnownInTheMiddleOfItsBytes) {
  KnownSecrets secrets = knowing({{"a", "correct-horse"}});
  ScrubbedStream stream(secrets);
  EXPECT_EQ(stream.feed("x corre"), "x ");
  ASSERT_TRUE(secrets.add("b", "correlation"));
  secrets.seal();
  const std::string rest = stream.feed("lation y correct-horse");
  EXPECT_EQ(rest + stream.finish(), "\xc2\xabredacted:b\xc2\xbb y \xc2\xabredacted:a\xc2\xbb");
}

TEST(ScrubbedStream, PassesOnWhatCannotBecomeASecret) {
  const KnownSecrets secrets = knowing({{"k", "correct-horse"}});
  ScrubbedStream stream(secrets);
  EXPECT_EQ(stream.feed("hello\n"), "hello\n");
  EXPECT_EQ(stream.feed("corr"), "");
  EXPECT_EQ(stream.feed("al"), "corral");
}

}  // namespace
}  // namespace warrant::audit
