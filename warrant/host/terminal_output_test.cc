// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/terminal_output.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_memory.h"
#include "warrant/base/bytes.h"
#include "warrant/host/console.h"

namespace warrant::host {
namespace {

using testing::FakeAccess;

// What a terminal gets for these writes.
std::string shown(std::initializer_list<std::string_view> writes) {
  FakeAccess access;
  KeptOutput terminal(1U << 20, Excess::kDrop, access);
  TerminalOutput output(terminal, access);
  for (const std::string_view text : writes) {
    const Buffer buffer = Buffer::host_source(bytes_of(text));
    const auto done = output.write(std::span(&buffer, 1), cap::Blocking::kWait);
    EXPECT_TRUE(done && *done == text.size());
  }
  return terminal.take_bytes();
}

TEST(TerminalOutput, TextAndColoursPass) {
  EXPECT_EQ(shown({"a\tb\r\nc\b\xc3\xa9"}), "a\tb\r\nc\b\xc3\xa9");
  EXPECT_EQ(shown({"\x1b[1;31mred\x1b[0m\x1b[m"}), "\x1b[1;31mred\x1b[0m\x1b[m");
}

TEST(TerminalOutput, ATitleOrACursorMoveIsShownNotObeyed) {
  EXPECT_EQ(shown({"\x1b]0;owned\x07"}), "\\x1b]0;owned\\x07");
  EXPECT_EQ(shown({"\x1b[2J"}), "\\x1b[2J");
  EXPECT_EQ(shown({"\x1b[?1049h"}), "\\x1b[?1049h");
  EXPECT_EQ(shown({std::string_view("\0\x7f", 2)}), "\\x00\\x7f");
}

TEST(TerminalOutput, AColourMayComeInPieces) {
  EXPECT_EQ(shown({"\x1b", "[3", "1m", "x"}), "\x1b[31mx");
  EXPECT_EQ(shown({"\x1b", "[3", "J"}), "\\x1b[3J");
}

TEST(TerminalOutput, AnEndlessColourIsNotHeldBack) {
  const std::string digits(1'000, '1');
  EXPECT_EQ(shown({"\x1b[", digits, "m"}), "\\x1b[" + digits + "m");
}

TEST(TerminalOutput, C1ControlsInUtf8AreShown) {
  EXPECT_EQ(shown({"\xc2\x9b"
                   "2J"}),
            "\\u009b2J");
  EXPECT_EQ(shown({"\xc2", "\xa9"}), "\xc2\xa9");
}

TEST(TerminalOutput, BytesThatAreNoUtf8AreShown) {
  EXPECT_EQ(shown({"A\x9b"
                   "2J"}),
            "A\\x9b2J");
  EXPECT_EQ(shown({"\xe2\x82"
                   "x"}),
            "\\xe2\\x82x");
  EXPECT_EQ(shown({"\xe2", "\x82\xac"}), "\xe2\x82\xac");
  EXPECT_EQ(shown({"\xed\xa0\x80"}), "\\xed\\xa0\\x80");
}

TEST(TerminalOutput, TwoEscapesInARowHideNothing) {
  EXPECT_EQ(shown({"\x1b\x1b[31m"}), "\\x1b\x1b[31m");
}

}  // namespace
}  // namespace warrant::host
