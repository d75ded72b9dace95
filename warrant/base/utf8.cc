// SPDX-License-Identifier: Apache-2.0
#include "warrant/base/utf8.h"

#include <cstdint>
#include <cstring>

namespace warrant {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t at) noexcept {
  return static_cast<std::uint8_t>(text[at]);
}

bool within(std::string_view text, std::size_t at, unsigned low, unsigned high) noexcept {
  return at < text.size() && byte_at(text, at) >= low && byte_at(text, at) <= high;
}

bool eight_ascii(const char* from) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return (word & 0x8080808080808080U) == 0;
}

}  // namespace

// The rows of table 3-7 of the Unicode standard: the range of the second byte depends on the first.
std::size_t utf8_length(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size()) return 0;
  const unsigned lead = byte_at(text, at);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return within(text, at + 1, 0x80, 0xbf) ? 2 : 0;
  const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (!within(text, at + 1, low, high) || !within(text, at + 2, 0x80, 0xbf)) return 0;
  if (lead < 0xf0) return 3;
  return within(text, at + 3, 0x80, 0xbf) ? 4 : 0;
}

bool is_utf8(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= 8 && eight_ascii(text.data() + at)) {
      at += 8;
      continue;
    }
    const std::size_t length = utf8_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace warrant
