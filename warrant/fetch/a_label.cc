// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/a_label.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>

namespace warrant::fetch {
namespace {

// RFC 3492, section 5.
constexpr std::uint32_t kBase = 36, kTMin = 1, kTMax = 26, kSkew = 38, kDamp = 700;
constexpr std::uint32_t kInitialBias = 72, kInitialN = 0x80, kMost = 0x10FFFF;
constexpr std::size_t kLabelMax = 63;

struct Range {
  char32_t first, last;
};
constexpr Range kDenied[] = {
    {0x0080, 0x00A0}, {0x00AD, 0x00AD},    {0x034F, 0x034F}, {0x061C, 0x061C}, {0x115F, 0x1160},
    {0x17B4, 0x17B5}, {0x180B, 0x180F},    {0x2000, 0x206F}, {0x2FF0, 0x2FFF}, {0x3000, 0x3002},
    {0x3164, 0x3164}, {0xD800, 0xF8FF},    {0xFDD0, 0xFDEF}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF},
    {0xFF00, 0xFFFF}, {0xE0000, 0x10FFFF},
};

// A label has at most 63 bytes, and each character of it takes one at least.
struct Characters {
  std::array<char32_t, kLabelMax> at{};
  std::size_t used = 0;

  bool insert(std::size_t where, char32_t character) noexcept {
    if (used == at.size()) return false;
    std::copy_backward(at.begin() + static_cast<std::ptrdiff_t>(where),
                       at.begin() + static_cast<std::ptrdiff_t>(used),
                       at.begin() + static_cast<std::ptrdiff_t>(used) + 1);
    at[where] = character;
    ++used;
    return true;
  }
};

std::uint32_t adapt(std::uint32_t delta, std::uint32_t points, std::uint32_t damp) noexcept {
  delta /= damp;
  delta += delta / points;
  std::uint32_t k = 0;
  for (; delta > ((kBase - kTMin) * kTMax) / 2; k += kBase) delta /= kBase - kTMin;
  return k + (kBase - kTMin + 1) * delta / (delta + kSkew);
}

std::uint32_t threshold(std::uint32_t k, std::uint32_t bias) noexcept {
  return k <= bias ? kTMin : std::min(k - bias, kTMax);
}

std::optional<std::uint32_t> digit_of(char byte) noexcept {
  if (byte >= 'a' && byte <= 'z') return static_cast<std::uint32_t>(byte - 'a');
  if (byte >= '0' && byte <= '9') return static_cast<std::uint32_t>(byte - '0') + 26;
  return std::nullopt;
}

char byte_of(std::uint32_t digit) noexcept {
  return static_cast<char>(digit < 26 ? 'a' + digit : '0' + (digit - 26));
}

// One generalised integer from the front of `text`, added to `i`; nothing: malformed or too large.
std::optional<std::uint32_t> read_delta(std::string_view& text, std::uint32_t i,
                                        std::uint32_t bias) noexcept {
  std::uint64_t sum = i;
  std::uint64_t weight = 1;
  for (std::uint32_t k = kBase;; k += kBase) {
    if (text.empty()) return std::nullopt;
    const auto digit = digit_of(text.front());
    text.remove_prefix(1);
    if (!digit) return std::nullopt;
    sum += *digit * weight;
    if (sum > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    const std::uint32_t t = threshold(k, bias);
    if (*digit < t) return static_cast<std::uint32_t>(sum);
    weight *= kBase - t;
    if (weight > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  }
}

std::optional<Characters> decode(std::string_view text) noexcept {
  Characters out;
  if (const std::size_t dash = text.rfind('-'); dash != std::string_view::npos) {
    for (const char basic : text.substr(0, dash)) {
      if (!out.insert(out.used, static_cast<unsigned char>(basic))) return std::nullopt;
    }
    text.remove_prefix(dash + 1);
  }
  std::uint64_t n = kInitialN;
  std::uint32_t bias = kInitialBias;
  for (std::uint32_t i = 0; !text.empty(); ++i) {
    const auto sum = read_delta(text, i, bias);
    if (!sum) return std::nullopt;
    const auto points = static_cast<std::uint32_t>(out.used + 1);
    bias = adapt(*sum - i, points, i == 0 ? kDamp : 2);
    n += *sum / points;
    i = *sum % points;
    if (n > kMost || !out.insert(i, static_cast<char32_t>(n))) return std::nullopt;
  }
  return out;
}

// What encode() writes, compared on the way with what is expected.
struct Compared {
  std::string_view left;
  bool same = true;

  void put(char byte) noexcept {
    same = same && !left.empty() && left.front() == byte;
    if (!left.empty()) left.remove_prefix(1);
  }
};

void write_delta(Compared& out, std::uint64_t delta, std::uint32_t bias) noexcept {
  for (std::uint32_t k = kBase;; k += kBase) {
    const std::uint32_t t = threshold(k, bias);
    if (delta < t) break;
    out.put(byte_of(static_cast<std::uint32_t>(t + (delta - t) % (kBase - t))));
    delta = (delta - t) / (kBase - t);
  }
  out.put(byte_of(static_cast<std::uint32_t>(delta)));
}

bool encodes_to(const Characters& characters, std::string_view text) noexcept {
  Compared out{text};
  const char32_t* begin = characters.at.data();
  const char32_t* end = begin + characters.used;
  std::uint32_t handled = 0;
  for (const char32_t* each = begin; each != end; ++each) {
    if (*each >= kInitialN) continue;
    out.put(static_cast<char>(*each));
    ++handled;
  }
  const std::uint32_t basic = handled;
  if (basic > 0) out.put('-');
  std::uint64_t n = kInitialN;
  std::uint64_t delta = 0;
  std::uint32_t bias = kInitialBias;
  while (handled < characters.used && out.same) {
    char32_t next = kMost;
    for (const char32_t* each = begin; each != end; ++each) {
      if (*each >= n) next = std::min(next, *each);
    }
    delta += (next - n) * (handled + 1);
    n = next;
    for (const char32_t* each = begin; each != end; ++each) {
      if (*each < n) ++delta;
      if (*each != n) continue;
      write_delta(out, delta, bias);
      bias = adapt(static_cast<std::uint32_t>(delta), handled + 1, handled == basic ? kDamp : 2);
      delta = 0;
      ++handled;
    }
    ++delta;
    ++n;
  }
  return out.same && out.left.empty();
}

bool is_denied(char32_t character) noexcept {
  return std::any_of(std::begin(kDenied), std::end(kDenied), [&](const Range& range) {
    return range.first <= character && character <= range.last;
  });
}

}  // namespace

bool is_a_label(std::string_view label) noexcept {
  if (!label.starts_with("xn--") || label.size() > kLabelMax) return false;
  label.remove_prefix(4);
  if (label.empty() || label.back() == '-') return false;
  const auto characters = decode(label);
  if (!characters) return false;
  const char32_t* begin = characters->at.data();
  const char32_t* end = begin + characters->used;
  if (std::none_of(begin, end, [](char32_t each) { return each >= kInitialN; })) return false;
  if (std::any_of(begin, end, is_denied)) return false;
  return encodes_to(*characters, label);
}

}  // namespace warrant::fetch
