// SPDX-License-Identifier: Apache-2.0
// The two that make hash.h's digests, held against each other.
#include <gtest/gtest.h>
#include <warrant_sha2.h>

#include <string>

#include "warrant/base/bytes.h"
#include "warrant/codec/hash_by_sodium.h"

namespace warrant::codec {
namespace {

using Storage = std::array<std::byte, 224>;

// As a log is hashed: many short pieces, none of a block's size.
template <typename Update>
void in_pieces(std::string_view text, Update update) {
  for (std::size_t step = 1; !text.empty(); step = step * 5 % 97) {
    const std::string_view piece = text.substr(0, step);
    update(bytes_of(piece));
    text.remove_prefix(piece.size());
  }
}

Digest sodium_hash(std::string_view text) {
  alignas(16) Storage state;
  by_sodium::begin_hash(state);
  by_sodium::update_hash(state, bytes_of(text));
  return by_sodium::finish_hash(state);
}

Digest sodium_mac(std::string_view key, std::string_view text) {
  alignas(16) Storage state;
  by_sodium::begin_mac(state, bytes_of(key));
  by_sodium::update_mac(state, bytes_of(text));
  return by_sodium::finish_mac(state);
}

std::string counting(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t n = 0; n < size; ++n) text[n] = static_cast<char>(n * 7 + n / 251);
  return text;
}

TEST(NativeHash, IsLibsodiumsAtEveryLength) {
  for (std::size_t size = 0; size <= 400; ++size) {
    const std::string text = counting(size);
    const Digest wanted = sodium_hash(text);
    ASSERT_EQ(sha256(bytes_of(text)), wanted) << size;
    Sha256 pieces;
    in_pieces(text, [&](auto bytes) { pieces.update(bytes); });
    ASSERT_EQ(pieces.finish(), wanted) << size;
  }
}

TEST(NativeHash, ACopyGoesOnAlone) {
  Sha256 first;
  first.update(bytes_of("one"));
  Sha256 second = first;
  first.update(bytes_of("two"));
  EXPECT_EQ(second.finish(), sodium_hash("one"));
  EXPECT_EQ(first.finish(), sodium_hash("onetwo"));
}

TEST(NativeMac, IsLibsodiumsForEveryKeyAndLength) {
  for (std::size_t size = 0; size <= 200; ++size) {
    const std::string key = counting(size);
    const std::string text = counting(3 * size + 1);
    const Digest wanted = sodium_mac(key, text);
    ASSERT_EQ(hmac_sha256(bytes_of(key), bytes_of(text)), wanted) << size;
    HmacSha256 pieces(bytes_of(key));
    in_pieces(text, [&](auto bytes) { pieces.update(bytes); });
    ASSERT_EQ(pieces.finish(), wanted) << size;
  }
}

// Without them the tests above compare libsodium with itself.
TEST(NativeHash, TheProcessorsInstructionsAreTaken) {
  if (warrant_sha2_usable() == 0) GTEST_SKIP() << "this processor has no SHA instructions";
  alignas(16) Storage theirs{};
  warrant_sha256_init(theirs.data());
  warrant_sha256_update(theirs.data(), "abc", 3);
  std::array<std::uint8_t, Digest::kSize> digest{};
  warrant_sha256_finish(theirs.data(), digest.data());
  EXPECT_EQ(Digest(std::as_bytes(std::span(digest))), sodium_hash("abc"));
}

}  // namespace
}  // namespace warrant::codec
