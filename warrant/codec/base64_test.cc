// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/base64.h"

#include <gtest/gtest.h>

#include "warrant/base/bytes.h"

namespace warrant::codec {
namespace {

std::string standard(std::string_view bytes) {
  return encode_base64(bytes_of(bytes), Base64::kStandard);
}

// RFC 4648, section 10.
TEST(Base64, AnswersTheVectorsOfTheRfc) {
  EXPECT_EQ(standard(""), "");
  EXPECT_EQ(standard("f"), "Zg==");
  EXPECT_EQ(standard("fo"), "Zm8=");
  EXPECT_EQ(standard("foo"), "Zm9v");
  EXPECT_EQ(standard("foob"), "Zm9vYg==");
  EXPECT_EQ(standard("fooba"), "Zm9vYmE=");
  EXPECT_EQ(standard("foobar"), "Zm9vYmFy");
}

TEST(Base64, UrlFormHasItsOwnLettersAndNoPadding) {
  EXPECT_EQ(standard("\xfb\xff\xfe"), "+//+");
  EXPECT_EQ(encode_base64(bytes_of("\xfb\xff\xfe"), Base64::kUrl), "-__-");
  EXPECT_EQ(encode_base64(bytes_of("f"), Base64::kUrl), "Zg");
  EXPECT_EQ(*decode_base64("-__-", Base64::kUrl), "\xfb\xff\xfe");
  EXPECT_FALSE(decode_base64("-__-", Base64::kStandard));
  EXPECT_FALSE(decode_base64("+//+", Base64::kUrl));
}

TEST(Base64, EveryLengthGoesThereAndBack) {
  std::string bytes;
  for (int n = 0; n < 300; ++n) {
    for (const Base64 form : {Base64::kStandard, Base64::kUrl}) {
      EXPECT_EQ(*decode_base64(encode_base64(bytes_of(bytes), form), form), bytes);
    }
    bytes += static_cast<char>(n);
  }
}

TEST(Base64, OnlyTheOneFormDecodes) {
  for (const std::string_view bad : {"Zg", "Zg=", "Zg===", "Z===", "Zh==", "Zm9=", "Zm 9", "Zm9v\n",
                                     "=", "====", "Zg==Zg==", "Z", "Zm9*"}) {
    EXPECT_FALSE(decode_base64(bad, Base64::kStandard)) << bad;
  }
  for (const std::string_view bad : {"Zg==", "Z", "Zh", "Zm9"}) {
    EXPECT_FALSE(decode_base64(bad, Base64::kUrl)) << bad;
  }
}

}  // namespace
}  // namespace warrant::codec
