// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <optional>

#include "warrant/base/utf8.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/url.h"

namespace warrant::fetch {
namespace {

using cap::Reason;

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

bool is_path_byte(char c) noexcept {
  return is_unreserved(c) || std::string_view("%!$&'()*+,;=:@/").find(c) != std::string_view::npos;
}

// The byte behind '%' at `at`, nothing where two hex digits do not follow.
std::optional<char> escape_at(std::string_view text, std::size_t at) noexcept {
  if (text.size() - at < 3) return std::nullopt;
  const auto high = detail::hex_digit(text[at + 1]);
  const auto low = detail::hex_digit(text[at + 2]);
  if (!high || !low) return std::nullopt;
  return static_cast<char>(*high * 16 + *low);
}

bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

// "%41", "%u0041" in text that was decoded once.
bool is_encoded_again(std::string_view decoded) noexcept {
  const auto hex = [&](std::size_t from, std::size_t digits) {
    if (decoded.size() < from + digits) return false;
    const std::string_view part = decoded.substr(from, digits);
    return std::all_of(part.begin(), part.end(),
                       [](char c) { return detail::hex_digit(c).has_value(); });
  };
  for (std::size_t at = decoded.find('%'); at != std::string_view::npos;
       at = decoded.find('%', at + 1)) {
    if (hex(at + 1, 2)) return true;
    if (at + 1 < decoded.size() && decoded[at + 1] == 'u' && hex(at + 2, 4)) return true;
  }
  return false;
}

// C2 80 to C2 9F in valid UTF-8.
bool has_c1(std::string_view decoded) noexcept {
  for (std::size_t at = decoded.find('\xC2'); at != std::string_view::npos;
       at = decoded.find('\xC2', at + 1)) {
    if (static_cast<unsigned char>(decoded[at + 1]) <= 0x9F) return true;
  }
  return false;
}

bool has_dot_segment(std::string_view decoded) noexcept {
  while (!decoded.empty()) {
    decoded.remove_prefix(1);  // its "/"
    const std::size_t end = std::min(decoded.find('/'), decoded.size());
    const std::string_view segment = decoded.substr(0, std::min(decoded.find(';'), end));
    if (segment == "." || segment == "..") return true;
    decoded.remove_prefix(end);
  }
  return false;
}

enum class Escaped : std::uint8_t { kNone, kSome };

// Rows 19 to 22: which bytes came out of escapes, and what they make of the path.
Reason judge_decoded(std::string_view decoded, Escaped control, Escaped slash) {
  if (control == Escaped::kSome) return Reason::kPathEncodedControl;
  if (is_encoded_again(decoded)) return Reason::kPathDoubleEncoding;
  if (slash == Escaped::kSome) return Reason::kPathEncodedSlash;
  if (!is_utf8(decoded)) return Reason::kPathBadUtf8;
  return has_c1(decoded) ? Reason::kPathEncodedControl : Reason::kOk;
}

// Rows 19 to 22, of bytes that came out of escapes, and the path with all escapes decoded.
struct Decoded {
  Reason reason = Reason::kOk;
  std::string text;
};
Decoded decode(std::string_view path) {
  Decoded out;
  out.text.reserve(path.size());
  Escaped control = Escaped::kNone;
  Escaped slash = Escaped::kNone;
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path[at] != '%') {
      out.text += path[at];
      continue;
    }
    const char byte = escape_at(path, at).value_or('%');
    if (is_control(byte)) control = Escaped::kSome;
    if (byte == '/' || byte == '\\') slash = Escaped::kSome;
    out.text += byte;
    at += 2;
  }
  out.reason = judge_decoded(out.text, control, slash);
  return out;
}

std::string normalise(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(path.size());
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path[at] != '%') {
      out += path[at];
      continue;
    }
    const char byte = escape_at(path, at).value_or('%');
    at += 2;
    if (is_unreserved(byte)) {
      out += byte;
      continue;
    }
    const auto value = static_cast<unsigned char>(byte);
    out += '%';
    out += kHex[value >> 4U];
    out += kHex[value & 0xFU];
  }
  return out;
}

}  // namespace

ParsedPath parse_path(std::string_view path) {
  for (std::size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
    if (!escape_at(path, at)) return {Reason::kPathBadPercent, {}};
  }
  if (!std::all_of(path.begin(), path.end(), is_path_byte)) return {Reason::kPathChars, {}};
  if (path.find('%') == std::string_view::npos) {
    if (has_dot_segment(path)) return {Reason::kPathDotSegment, {}};
    return {Reason::kOk, std::string(path)};
  }
  const Decoded decoded = decode(path);
  if (decoded.reason != Reason::kOk) return {decoded.reason, {}};
  if (has_dot_segment(decoded.text)) return {Reason::kPathDotSegment, {}};
  return {Reason::kOk, normalise(path)};
}

}  // namespace warrant::fetch
