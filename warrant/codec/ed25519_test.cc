// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/ed25519.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "warrant/base/bytes.h"

namespace warrant::codec {
namespace {

template <std::size_t N>
std::array<std::byte, N> unhex(std::string_view text) {
  std::array<std::byte, N> bytes{};
  EXPECT_EQ(text.size(), 2 * N);
  for (std::size_t n = 0; n < N; ++n) {
    bytes[n] = static_cast<std::byte>(std::stoi(std::string(text.substr(2 * n, 2)), nullptr, 16));
  }
  return bytes;
}

struct Vector {
  std::string_view seed, key, message, signature;
};

// RFC 8032, section 7.1, tests 1 to 3.
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "\x72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "\xaf\x82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"}};

TEST(Ed25519, AnswersTheVectorsOfTheRfc) {
  for (const Vector& each : kVectors) {
    const SigningKey key(unhex<32>(each.seed));
    EXPECT_EQ(key.public_key().bytes, unhex<32>(each.key));
    const Signature signature = key.sign(bytes_of(each.message));
    EXPECT_EQ(signature.bytes, unhex<64>(each.signature));
    EXPECT_TRUE(verify(key.public_key(), bytes_of(each.message), signature));
  }
}

TEST(Ed25519, EveryFlippedBitOfTheSignatureIsRefused) {
  const PublicKey key{unhex<32>(kVectors[1].key)};
  const Signature good{unhex<64>(kVectors[1].signature)};
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Signature bad = good;
    bad.bytes[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    EXPECT_FALSE(verify(key, bytes_of(kVectors[1].message), bad)) << bit;
  }
}

TEST(Ed25519, AnotherMessageOrKeyIsRefused) {
  const PublicKey key{unhex<32>(kVectors[1].key)};
  const PublicKey other{unhex<32>(kVectors[2].key)};
  const Signature signature{unhex<64>(kVectors[1].signature)};
  EXPECT_FALSE(verify(key, bytes_of("s"), signature));
  EXPECT_FALSE(verify(key, bytes_of(""), signature));
  EXPECT_FALSE(verify(other, bytes_of(kVectors[1].message), signature));
}

TEST(Ed25519, KeyOfSmallOrderIsRefused) {
  PublicKey identity;
  identity.bytes[0] = std::byte{1};
  Signature signature;  // R = identity, S = 0 satisfies the bare equation for every message
  signature.bytes[0] = std::byte{1};
  EXPECT_FALSE(verify(identity, bytes_of("anything"), signature));
}

}  // namespace
}  // namespace warrant::codec
