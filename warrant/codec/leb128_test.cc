// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/leb128.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string_view>

#include "warrant/base/bytes.h"

namespace warrant::codec {
namespace {

using namespace std::string_view_literals;

template <unsigned Bits, typename T>
std::optional<T> whole(std::string_view text) {
  std::size_t at = 0;
  T value{};
  if (read_leb<Bits>(bytes_of(text), at, value) != LebRead::kOk) return std::nullopt;
  EXPECT_EQ(at, text.size());
  return value;
}
auto u32(std::string_view text) { return whole<32, std::uint32_t>(text); }
auto s32(std::string_view text) { return whole<32, std::int32_t>(text); }
auto s33(std::string_view text) { return whole<33, std::int64_t>(text); }
auto s64(std::string_view text) { return whole<64, std::int64_t>(text); }
auto u64(std::string_view text) { return whole<64, std::uint64_t>(text); }

TEST(Leb128, UnsignedValues) {
  EXPECT_EQ(u32("\0"sv), 0U);
  EXPECT_EQ(u32("\x7f"), 127U);
  EXPECT_EQ(u32("\x80\x01"), 128U);
  EXPECT_EQ(u32("\xe5\x8e\x26"), 624485U);
  EXPECT_EQ(u32("\xff\xff\xff\xff\x0f"), 0xffffffffU);
  EXPECT_EQ(u64("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
            std::numeric_limits<std::uint64_t>::max());
}

TEST(Leb128, SignedValues) {
  EXPECT_EQ(s32("\x7f"), -1);
  EXPECT_EQ(s32("\x3f"), 63);
  EXPECT_EQ(s32("\x40"), -64);
  EXPECT_EQ(s32("\xc0\xbb\x78"), -123456);
  EXPECT_EQ(s32("\x80\x80\x80\x80\x78"), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(s32("\xff\xff\xff\xff\x07"), std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(s33("\xff\xff\xff\xff\x0f"), 0xffffffffLL);
  EXPECT_EQ(s33("\x80\x80\x80\x80\x70"), -0x100000000LL);
  EXPECT_EQ(s64("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f"),
            std::numeric_limits<std::int64_t>::min());
}

TEST(Leb128, PaddingWithinTheLengthIsLegal) {
  EXPECT_EQ(u32("\x83\x00"sv), 3U);
  EXPECT_EQ(u32("\x80\x80\x80\x80\x00"sv), 0U);
  EXPECT_EQ(s32("\xfe\x7f"), -2);
  EXPECT_EQ(s32("\xff\xff\xff\xff\x7f"), -1);
}

TEST(Leb128, BitsBeyondTheWidthAreTooLong) {
  EXPECT_FALSE(u32("\xff\xff\xff\xff\x10"));
  EXPECT_FALSE(u32("\x80\x80\x80\x80\x80\x00"sv));
  EXPECT_FALSE(s32("\xff\xff\xff\xff\x0f"));
  EXPECT_FALSE(s32("\x80\x80\x80\x80\x70"));
  EXPECT_FALSE(s33("\x80\x80\x80\x80\x60"));
  EXPECT_FALSE(u64("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));
  EXPECT_FALSE(s64("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"));
}

TEST(Leb128, EveryPrefixIsTruncatedAndMovesNothing) {
  const std::string_view text = "\xff\xff\xff\xff\x0f";
  for (std::size_t kept = 0; kept < text.size(); ++kept) {
    std::size_t at = 0;
    std::uint32_t value = 7;
    EXPECT_EQ(read_leb<32>(bytes_of(text.substr(0, kept)), at, value), LebRead::kTruncated);
    EXPECT_EQ(at, 0U);
    EXPECT_EQ(value, 7U);
  }
  std::size_t beyond = 9;
  std::uint32_t value = 0;
  EXPECT_EQ(read_leb<32>(bytes_of(text), beyond, value), LebRead::kTruncated);
}

TEST(Leb128, WhatIsWrittenIsRead) {
  for (const std::uint64_t value : {0ULL, 1ULL, 127ULL, 128ULL, 624485ULL, 0xffffffffULL, ~0ULL}) {
    std::string text;
    append_leb(text, value);
    EXPECT_EQ(u64(text), value);
  }
}

}  // namespace
}  // namespace warrant::codec
