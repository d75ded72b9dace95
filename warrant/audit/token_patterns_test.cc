// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/token_patterns.h"

#include <gtest/gtest.h>

namespace warrant::audit {
namespace {

const std::string kGone = "\xc2\xabredacted:token\xc2\xbb";

TEST(TokenPatterns, TokensOfServicesThatMarkThemAreReplaced) {
  for (const char* token : {"AKIAIOSFODNN7EXAMPLE", "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
                            "glpat-abcdefghij0123456789", "AIzaSyA0123456789abcdefghijklmnopqrstuv",
                            "xoxb-123456789012-abcdefghijkl", "sk_live_0123456789abcdefghij",
                            "sk-abcdefghijklmnopqrstuvwx", "sk-ant-api03-abcdefghijklmnopqrst",
                            "hf_abcdefghijklmnopqrst", "npm_abcdefghijklmnopqrstuvwxyz0123456789",
                            "pypi-AgEIcHlwaS5vcmcabcdef", "hvs.CAESIabcdefghij",
                            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijk"}) {
    EXPECT_EQ(without_tokens(std::string("a ") + token + " b"), "a " + kGone + " b") << token;
    EXPECT_EQ(without_tokens(std::string("/hooks/") + token + "/x"), "/hooks/" + kGone + "/x")
        << token;
    EXPECT_TRUE(begins_like_token(token)) << token;
  }
}

TEST(TokenPatterns, ValuesBehindBearerAndBasicAreReplacedAndTheWordStays) {
  EXPECT_EQ(without_tokens("authorization: Bearer abc.DEF-123+/=="),
            "authorization: Bearer " + kGone);
  EXPECT_EQ(without_tokens("Basic dXNlcjpwYXNz!"), "Basic " + kGone + "!");
}

TEST(TokenPatterns, NamesAndPasswordsInUrlsAreReplaced) {
  EXPECT_EQ(without_tokens("https://user:pass@host/a"), "https://" + kGone + "@host/a");
  EXPECT_EQ(without_tokens("https://host/a:b@c"), "https://host/a:b@c");
}

TEST(TokenPatterns, PrivateKeysAreReplacedWholeOrCut) {
  const std::string key =
      "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\nabc\n-----END EC PRIVATE KEY-----";
  EXPECT_EQ(without_tokens("x " + key + "\ny"), "x " + kGone + "\ny");
  EXPECT_EQ(without_tokens("x " + key.substr(0, 45)), "x " + kGone);
  const std::string public_key = "-----BEGIN PUBLIC KEY-----\nMHc\n-----END PUBLIC KEY-----";
  EXPECT_EQ(without_tokens(public_key), public_key);
}

TEST(TokenPatterns, HarmlessTextStaysAsItIs) {
  for (const char* text :
       {"", "a token of mine", "the sk-learn book", "desk-abcdefghijklmnopqrstuvwxyz", "Bearer x",
        "basic training", "hf_x npm_install pypi-server", "eyJ", "http://host:80/path",
        "-----BEGIN"}) {
    EXPECT_EQ(without_tokens(text), text);
  }
}

TEST(TokenPatterns, ALongTextTakesALinearNumberOfSteps) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "://eyJ-----BEGIN Bearer ";
  EXPECT_EQ(without_tokens(text), text);
}

}  // namespace
}  // namespace warrant::audit
