// SPDX-License-Identifier: Apache-2.0
// The two that make hash.h's digests, held against each other.
#include <gtest/gtest.h>
#include <ucontext.h>
#include <warrant_sha2.h>

#include <array>
#include <string>
#include <vector>

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

class OwnStack {
 public:
  // Runs it on a stack of its own and gives what was left there.
  static std::string after(void (*work)()) {
    std::string stack(256 << 10, '\0');
    ucontext_t here{}, there{};
    getcontext(&there);
    there.uc_stack.ss_sp = stack.data();
    there.uc_stack.ss_size = stack.size();
    there.uc_link = &here;
    makecontext(&there, work, 0);
    swapcontext(&here, &there);
    return stack;
  }
};

// Of the state that a key makes, and of the key as it goes into it.
std::vector<std::string> traces_of(std::string_view key) {
  std::vector<std::string> traces;
  for (const char pad : {'\0', '\x36', '\x5c'}) {
    std::string each(key);
    for (char& byte : each) byte = static_cast<char>(byte ^ pad);
    for (std::size_t at = 0; at + 8 <= each.size(); at += 8) traces.push_back(each.substr(at, 8));
  }
  alignas(16) std::array<char, 224> state{};
  warrant_hmac_sha256_init(state.data(), key.data(), key.size());
  for (std::size_t at = 0; at + 8 <= WARRANT_HMAC_STATE; at += 8) {
    const std::string each(state.data() + at, 8);
    if (each.find('\0') == std::string::npos) traces.push_back(each);
  }
  return traces;
}

constexpr std::string_view kStackKey = "0f9Z-quite-another-key-7q_1~+32b";
alignas(16) std::array<char, 224> kept_state;
std::array<unsigned char, 32> made_mac;

TEST(NativeHash, NothingOfAKeyIsLeftOnTheStack) {
  if (warrant_sha2_usable() == 0) GTEST_SKIP() << "no SHA instructions";
  const auto traces = traces_of(kStackKey);
  ASSERT_GT(traces.size(), 18U);  // twelve of the key, eight words of either state
  const std::string begun = OwnStack::after(
      [] { warrant_hmac_sha256_init(kept_state.data(), kStackKey.data(), kStackKey.size()); });
  const std::string ended = OwnStack::after([] {
    warrant_hmac_sha256_update(kept_state.data(), "some bytes", 10);
    warrant_hmac_sha256_finish(kept_state.data(), made_mac.data());
  });
  for (const std::string& each : traces) {
    EXPECT_EQ(begun.find(each), std::string::npos) << codec::sha256(bytes_of(each)).hex();
    EXPECT_EQ(ended.find(each), std::string::npos) << codec::sha256(bytes_of(each)).hex();
  }
  EXPECT_EQ(Digest(std::as_bytes(std::span(made_mac))), sodium_mac(kStackKey, "some bytes"));
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
