// SPDX-License-Identifier: Apache-2.0
// Lines come out the same whatever room they are written into, and what needs an escape gets it
// wherever it stands. Spec: audit.md section 6.
#include "warrant/audit/line.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

namespace warrant::audit {
namespace {

template <typename Write>
std::string written(std::size_t room, Write write) {
  std::string out;
  std::vector<char> bytes(room);
  Line line(
      bytes,
      [](void* self, std::string_view text) noexcept {
        static_cast<std::string*>(self)->append(text);
      },
      &out);
  write(line);
  line.drain();
  EXPECT_TRUE(line.is_whole());
  return out;
}

std::string escape_of(unsigned char byte) {
  if (byte == '"') return "\\\"";
  if (byte == '\\') return "\\\\";
  if (byte >= 0x80) return "\xef\xbf\xbd";  // alone it is no UTF-8
  if (byte >= 0x20 && byte != 0x7f) return {static_cast<char>(byte)};
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", unsigned{byte});
  return text.data();
}

TEST(Line, EscapesEachByteWhereverItStands) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (std::size_t before = 0; before < 18; ++before) {
      const std::string first(before, 'a');
      const std::string text = first + static_cast<char>(byte) + "bcdefghij";
      const std::string wanted =
          "\"k\":\"" + first + escape_of(static_cast<unsigned char>(byte)) + "bcdefghij\"";
      EXPECT_EQ(written(256, [&](Line& line) { line.text("k", text); }), wanted);
    }
  }
}

TEST(Line, IsTheSameInEachRoom) {
  const auto write = [](Line& line) {
    line.open('{');
    line.text("first", "plain words of ours");
    line.text("empty", "");
    line.text("odd", "a\nb");
    line.number("none", 0);
    line.number("nine", 9);
    line.number("ten", 10);
    line.number("most", std::numeric_limits<std::uint64_t>::max());
    line.integer("less", -1);
    line.truth("is", true);
    line.key("list");
    line.open('[');
    line.value("one");
    line.value("two");
    line.close(']');
    line.close('}');
  };
  const std::string wanted =
      R"({"first":"plain words of ours","empty":"","odd":"a\u000ab","none":0,"nine":9,"ten":10,)"
      R"("most":18446744073709551615,"less":-1,"is":true,"list":["one","two"]})";
  for (std::size_t room = 1; room < 300; ++room) EXPECT_EQ(written(room, write), wanted) << room;
}

TEST(Line, WithoutADrainSaysThatItIsNotWhole) {
  std::array<char, 16> room;
  Line line(room, nullptr, nullptr);
  line.text("key", "more than there is room for");
  EXPECT_FALSE(line.is_whole());
  EXPECT_EQ(line.held(), R"("key":"more than)");
}

}  // namespace
}  // namespace warrant::audit
