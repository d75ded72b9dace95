// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/base64.h"

#include <array>

namespace warrant::codec {
namespace {

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

char letter(unsigned value, Base64 form) noexcept {
  if (value < kLetters.size()) return kLetters[value];
  if (value == 62) return form == Base64::kStandard ? '+' : '-';
  return form == Base64::kStandard ? '/' : '_';
}

constexpr unsigned kNone = 64;

unsigned value_of(char letter, Base64 form) noexcept {
  if (letter >= 'A' && letter <= 'Z') return static_cast<unsigned>(letter - 'A');
  if (letter >= 'a' && letter <= 'z') return static_cast<unsigned>(letter - 'a') + 26;
  if (letter >= '0' && letter <= '9') return static_cast<unsigned>(letter - '0') + 52;
  if (letter == (form == Base64::kStandard ? '+' : '-')) return 62;
  if (letter == (form == Base64::kStandard ? '/' : '_')) return 63;
  return kNone;
}

}  // namespace

std::string encode_base64(std::span<const std::byte> bytes, Base64 form) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t here = bytes.size() - at < 3 ? bytes.size() - at : 3;
    unsigned group = 0;
    for (std::size_t n = 0; n < 3; ++n) {
      group = group << 8 | (n < here ? std::to_integer<unsigned>(bytes[at + n]) : 0U);
    }
    for (std::size_t n = 0; n <= here; ++n) text += letter(group >> (18 - 6 * n) & 63U, form);
    if (form == Base64::kStandard) text.append(3 - here, '=');
  }
  return text;
}

Result<std::string> decode_base64(std::string_view text, Base64 form) {
  const Error bad{Errc::kInvalid, 0, "base64"};
  if (form == Base64::kStandard) {
    if (text.size() % 4 != 0) return bad;
    for (int n = 0; n < 2 && text.ends_with('='); ++n) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return bad;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  unsigned bits = 0;
  unsigned held = 0;
  for (const char each : text) {
    const unsigned value = value_of(each, form);
    if (value == kNone) return bad;
    held = (held << 6 | value) & 0xffffU;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(held >> bits & 0xffU);
  }
  if ((held & ((1U << bits) - 1)) != 0) return bad;
  return bytes;
}

}  // namespace warrant::codec
