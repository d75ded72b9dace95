// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/text.h"

#include <gtest/gtest.h>

#include "warrant/base/utf8.h"

namespace warrant::codec {
namespace {

using namespace std::string_view_literals;

TEST(CutText, NeverEndsInsideACharacter) {
  const std::string_view text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";  // 1+2+3+4+1 bytes
  const std::size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
  for (std::size_t bytes = 0; bytes < std::size(expected); ++bytes) {
    EXPECT_EQ(cut_text(text, bytes).size(), expected[bytes]) << bytes;
  }
}

TEST(CutText, BytesThatAreNotTextAreCutWhereAsked) {
  EXPECT_EQ(cut_text("\x80\x80\x80\x80\x80\x80", 4).size(), 4U);
  EXPECT_EQ(cut_text("abc\xff\xff", 4).size(), 4U);
}

TEST(EscapeText, OrdinaryTextStays) {
  EXPECT_EQ(escape_text("caf\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87 'x' \"y\""),
            "caf\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87 'x' \"y\"");
}

TEST(EscapeText, ControlCharactersCannotReachATerminal) {
  EXPECT_EQ(escape_text("a\x1b[31m"), "a\\x1b[31m");
  EXPECT_EQ(escape_text("a\nb\rc\td\0e\x7f"sv), "a\\nb\\rc\\td\\x00e\\x7f");
  EXPECT_EQ(escape_text("\xc2\x9b"
                        "31m"),
            "\\u{009b}31m");
}

TEST(EscapeText, DirectionAndInvisibleCharactersAreShown) {
  EXPECT_EQ(escape_text("a\xe2\x80\xae"
                        "b"),
            "a\\u{202e}b");
  EXPECT_EQ(escape_text("\xe2\x81\xa6\xe2\x80\x8b\xe2\x80\xa8\xef\xbb\xbf\xf3\xa0\x81\x81"),
            "\\u{2066}\\u{200b}\\u{2028}\\u{feff}\\u{e0041}");
}

TEST(EscapeText, BytesThatAreNotUtf8AreShown) {
  EXPECT_EQ(escape_text("a\xff\xc3"), "a\\xff\\xc3");
  EXPECT_EQ(escape_text("\xed\xa0\x80"), "\\xed\\xa0\\x80");
}

TEST(EscapeText, DifferentInputsLookDifferent) {
  EXPECT_EQ(escape_text("\\n"), "\\\\n");
  EXPECT_NE(escape_text("\\n"), escape_text("\n"));
}

TEST(EscapeText, ACutIsMarked) {
  EXPECT_EQ(escape_text("abcdef", 3), "abc\xe2\x80\xa6");
  EXPECT_EQ(escape_text("abc", 3), "abc");
}

TEST(EscapeText, EveryByteStringGivesOneLineOfUtf8) {
  std::string all;
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; b += 5) all += {static_cast<char>(a), static_cast<char>(b)};
  }
  for (const std::string& text : {escape_text(all), toml_quote(all), shell_quote(all)}) {
    EXPECT_TRUE(is_utf8(text));
    EXPECT_EQ(text.find_first_of("\n\r\t\x1b\x7f\0"sv), std::string::npos);
  }
}

TEST(ShellQuote, SafeWordsStayAndOthersAreOneWord) {
  EXPECT_EQ(shell_quote("a/b-c.d_e:f=g"), "a/b-c.d_e:f=g");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("a b"), "'a b'");
  EXPECT_EQ(shell_quote("$(rm)"), "'$(rm)'");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quote("~"), "'~'");
}

TEST(ShellQuote, ControlCharactersUseTheBashForm) {
  EXPECT_EQ(shell_quote("a\n1"), "$'a\\0121'");
  EXPECT_EQ(shell_quote("\xff'\\"), "$'\\377\\'\\\\'");
}

TEST(TomlQuote, IsABasicString) {
  EXPECT_EQ(toml_quote("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(toml_quote("a\n\t\x01"), "\"a\\n\\t\\u0001\"");
  EXPECT_EQ(toml_quote("\xe2\x80\xae"), "\"\\u202e\"");
  EXPECT_EQ(toml_quote("\xf3\xa0\x81\x81"), "\"\\U000e0041\"");
  EXPECT_EQ(toml_quote("\xff"), "\"\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace warrant::codec
