// SPDX-License-Identifier: Apache-2.0
#include "warrant/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace warrant {
namespace {

// Encodes by arithmetic alone, surrogates and all, so that it shares no table with the code.
std::string encode(unsigned point) {
  const auto byte = [](unsigned value) { return static_cast<char>(value); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xc0 | point >> 6), byte(0x80 | (point & 0x3f))};
  if (point < 0x10000) {
    return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 0x3f)),
            byte(0x80 | (point & 0x3f))};
  }
  return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 0x3f)),
          byte(0x80 | (point >> 6 & 0x3f)), byte(0x80 | (point & 0x3f))};
}

TEST(Utf8, EveryScalarValueIsValidAndNoSurrogateIs) {
  for (unsigned point = 0; point <= 0x10ffff; ++point) {
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    const std::string text = encode(point);
    ASSERT_EQ(is_utf8(text), !surrogate) << point;
    ASSERT_EQ(utf8_length(text, 0), surrogate ? 0 : text.size()) << point;
  }
}

TEST(Utf8, AboveTheLastPlaneIsInvalid) {
  EXPECT_FALSE(is_utf8(encode(0x110000)));
  EXPECT_FALSE(is_utf8("\xf5\x80\x80\x80"));
  EXPECT_FALSE(is_utf8("\xff"));
}

TEST(Utf8, OverlongFormsAreInvalid) {
  EXPECT_FALSE(is_utf8("\xc0\xaf"));
  EXPECT_FALSE(is_utf8("\xc1\xbf"));
  EXPECT_FALSE(is_utf8("\xe0\x9f\xbf"));
  EXPECT_FALSE(is_utf8("\xf0\x8f\xbf\xbf"));
}

TEST(Utf8, CutAndStrayBytesAreInvalidWhereverTheyStand) {
  for (const unsigned point : {0xe9U, 0x20acU, 0x1f600U}) {
    const std::string whole = encode(point);
    for (std::size_t kept = 1; kept < whole.size(); ++kept) {
      for (std::size_t before = 0; before < 20; ++before) {
        const std::string cut = std::string(before, 'a') + whole.substr(0, kept);
        EXPECT_FALSE(is_utf8(cut));
        EXPECT_FALSE(is_utf8(cut + "aaaaaaaaaaaa"));
      }
    }
    EXPECT_FALSE(is_utf8(whole.substr(1)));
  }
}

TEST(Utf8, EmptyAndNulAreValid) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
  EXPECT_EQ(utf8_length("", 0), 0U);
}

}  // namespace
}  // namespace warrant
