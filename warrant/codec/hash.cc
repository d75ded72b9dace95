// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/hash.h"

#include <sodium/utils.h>

#include <algorithm>

namespace warrant::codec {
namespace {

// -1 for anything but a hexadecimal digit.
int hex_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

Digest::Digest(std::span<const std::byte, kSize> bytes) noexcept {
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

Result<Digest> Digest::parse_hex(std::string_view text) {
  const Error bad{Errc::kInvalid, 0, "digest"};
  if (text.size() != 2 * kSize) return bad;
  Digest digest;
  for (std::size_t n = 0; n < kSize; ++n) {
    const int high = hex_value(text[2 * n]);
    const int low = hex_value(text[2 * n + 1]);
    if (high < 0 || low < 0) return bad;
    digest.bytes_[n] = static_cast<std::byte>(high * 16 + low);
  }
  return digest;
}

std::string Digest::hex() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * kSize);
  for (const std::byte byte : bytes_) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4];
    text += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text;
}

bool operator==(const Digest& a, const Digest& b) noexcept {
  return sodium_memcmp(a.bytes_.data(), b.bytes_.data(), Digest::kSize) == 0;
}

Digest sha256(std::span<const std::byte> bytes) noexcept {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

Digest hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> bytes) noexcept {
  HmacSha256 mac(key);
  mac.update(bytes);
  return mac.finish();
}

}  // namespace warrant::codec
