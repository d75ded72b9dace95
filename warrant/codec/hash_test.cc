// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/hash.h"

#include <gtest/gtest.h>

#include <string>

#include "warrant/base/bytes.h"

namespace warrant::codec {
namespace {

std::string sha(std::string_view text) { return sha256(bytes_of(text)).hex(); }
std::string mac(std::string_view key, std::string_view text) {
  return hmac_sha256(bytes_of(key), bytes_of(text)).hex();
}

// The examples published with FIPS 180-4.
TEST(Sha256, AnswersTheExamplesOfTheStandard) {
  EXPECT_EQ(sha(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesGiveTheSameAsTheWhole) {
  const std::string text(1000, 'x');
  for (std::size_t cut = 0; cut <= text.size(); cut += 37) {
    Sha256 hash;
    hash.update(bytes_of(text).first(cut));
    hash.update(bytes_of(text).subspan(cut));
    EXPECT_EQ(hash.finish().hex(), sha(text));
  }
}

// RFC 4231, cases 1 to 4, 6 and 7.
TEST(HmacSha256, AnswersTheVectorsOfRfc4231) {
  EXPECT_EQ(mac(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(mac("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(mac(std::string(20, '\xaa'), std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  std::string counting;
  for (char n = 1; n <= 25; ++n) counting += n;
  EXPECT_EQ(mac(counting, std::string(50, '\xcd')),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  EXPECT_EQ(mac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(mac(std::string(131, '\xaa'),
                "This is a test using a larger than block-size key and a larger than block-size "
                "data. The key needs to be hashed before being used by the HMAC algorithm."),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(HmacSha256, PiecesGiveTheSameAsTheWhole) {
  HmacSha256 pieces(bytes_of("Jefe"));
  pieces.update(bytes_of("what do ya want "));
  pieces.update(bytes_of(""));
  pieces.update(bytes_of("for nothing?"));
  EXPECT_EQ(pieces.finish(),
            hmac_sha256(bytes_of("Jefe"), bytes_of("what do ya want for nothing?")));
}

TEST(Digest, HexGoesThereAndBack) {
  const std::string text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const std::string upper = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
  EXPECT_EQ(Digest::parse_hex(text)->hex(), text);
  EXPECT_EQ(*Digest::parse_hex(upper), *Digest::parse_hex(text));
}

TEST(Digest, WrongLengthsAndDigitsAreInvalid) {
  const std::string good(64, '0');
  EXPECT_EQ(*Digest::parse_hex(good), Digest());
  EXPECT_FALSE(Digest::parse_hex(""));
  EXPECT_FALSE(Digest::parse_hex(good.substr(1)));
  EXPECT_FALSE(Digest::parse_hex(good + "0"));
  for (const char bad : {'g', 'G', '/', ':', '@', '`', ' ', '\0'}) {
    std::string text = good;
    text[63] = bad;
    EXPECT_FALSE(Digest::parse_hex(text)) << bad;
  }
}

TEST(Digest, DifferentBytesAreDifferentAndOrdered) {
  EXPECT_FALSE(sha256(bytes_of("a")) == sha256(bytes_of("b")));
  EXPECT_LT(Digest(), sha256(bytes_of("a")));
}

}  // namespace
}  // namespace warrant::codec
