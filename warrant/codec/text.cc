// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/text.h"

#include <array>
#include <cstdint>

#include "warrant/base/utf8.h"

namespace warrant::codec {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

void append_hex(std::string& to, std::uint32_t value, unsigned digits) {
  for (unsigned n = digits; n > 0; --n) to += kHex[value >> (4 * (n - 1)) & 15U];
}

// The character of `length` well-formed bytes.
std::uint32_t decode(std::string_view text, std::size_t length) noexcept {
  const auto byte = [text](std::size_t n) { return static_cast<std::uint8_t>(text[n]); };
  if (length == 1) return byte(0);
  std::uint32_t point = byte(0) & (0xffU >> (length + 1));
  for (std::size_t n = 1; n < length; ++n) point = point << 6 | (byte(n) & 0x3fU);
  return point;
}

bool is_control(std::uint32_t point) noexcept {
  return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

// Characters that are not seen themselves but change how their neighbours are seen.
bool is_invisible(std::uint32_t point) noexcept {
  return point == 0x00ad || point == 0x061c || point == 0x180e ||
         (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
         (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
         (point >= 0xfff9 && point <= 0xfffb) || (point >= 0xe0000 && point <= 0xe007f);
}

char short_escape(std::uint32_t point) noexcept {
  switch (point) {
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

void append_escaped(std::string& to, std::uint32_t point) {
  std::array<char, kLongestEscape> room;
  to += escape_point(point, room);
}

bool is_safe_in_shell(char each) noexcept {
  constexpr std::string_view kSafe = "@%+=:,./-_";
  return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
         (each >= '0' && each <= '9') || kSafe.find(each) != std::string_view::npos;
}

// Calls `on_character(point, bytes)` and, for each byte that is not part of one, `on_byte(byte)`.
template <typename OnCharacter, typename OnByte>
void walk(std::string_view text, OnCharacter on_character, OnByte on_byte) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) {
      on_byte(static_cast<std::uint8_t>(text[at]));
      at += 1;
    } else {
      const std::string_view bytes = text.substr(at, length);
      on_character(decode(bytes, length), bytes);
      at += length;
    }
  }
}

bool is_plain(std::string_view text) {
  bool plain = true;
  walk(
      text,
      [&plain](std::uint32_t point, std::string_view) {
        plain = plain && !is_control(point) && !is_invisible(point);
      },
      [&plain](std::uint8_t) { plain = false; });
  return plain;
}

}  // namespace

std::uint32_t point_of(std::string_view character) noexcept {
  return decode(character, character.size());
}

bool is_hidden(std::uint32_t point) noexcept { return is_control(point) || is_invisible(point); }

std::string_view escape_point(std::uint32_t point, std::span<char, kLongestEscape> room) noexcept {
  std::size_t used = 0;
  const auto put = [&](char each) { room[used++] = each; };
  const auto hex = [&](unsigned digits) {
    for (unsigned n = digits; n > 0; --n) put(kHex[point >> (4 * (n - 1)) & 15U]);
  };
  put('\\');
  if (point == '\\') {
    put('\\');
  } else if (const char letter = short_escape(point); letter != 0) {
    put(letter);
  } else if (point < 0x80) {
    put('x');
    hex(2);
  } else {
    put('u');
    put('{');
    hex(point > 0xffff ? 5 : 4);
    put('}');
  }
  return {room.data(), used};
}

std::string_view cut_text(std::string_view text, std::size_t bytes) noexcept {
  if (text.size() <= bytes) return text;
  // Step back over continuation bytes, at most three, to the lead of the character that is cut.
  std::size_t lead = bytes;
  for (int n = 0; n < 3 && lead > 0 && (static_cast<unsigned char>(text[lead]) & 0xc0U) == 0x80;
       ++n) {
    --lead;
  }
  const std::size_t length = utf8_length(text, lead);
  return text.substr(0, length != 0 && lead + length > bytes ? lead : bytes);
}

std::string escape_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  walk(
      text,
      [&out](std::uint32_t point, std::string_view bytes) {
        if (point == '\\') {
          out += "\\\\";
        } else if (is_control(point) || is_invisible(point)) {
          append_escaped(out, point);
        } else {
          out += bytes;
        }
      },
      [&out](std::uint8_t byte) {
        out += "\\x";
        append_hex(out, byte, 2);
      });
  return out;
}

std::string escape_text(std::string_view text, std::size_t bytes) {
  const std::string_view kept = cut_text(text, bytes);
  std::string out = escape_text(kept);
  if (kept.size() != text.size()) out += "\xe2\x80\xa6";
  return out;
}

std::string shell_quote(std::string_view text) {
  bool safe = !text.empty();
  for (const char each : text) safe = safe && is_safe_in_shell(each);
  if (safe) return std::string(text);
  std::string out;
  if (is_plain(text)) {
    out += '\'';
    for (const char each : text) {
      if (each == '\'') {
        out += "'\\''";
      } else {
        out += each;
      }
    }
    return out += '\'';
  }
  out += "$'";
  const auto octal = [&out](std::uint8_t byte) {  // three digits: nothing after it is swallowed
    out += '\\';
    for (int shift = 6; shift >= 0; shift -= 3) out += static_cast<char>('0' + (byte >> shift & 7));
  };
  walk(
      text,
      [&out, &octal](std::uint32_t point, std::string_view bytes) {
        if (is_control(point) || is_invisible(point)) {
          for (const char each : bytes) octal(static_cast<std::uint8_t>(each));
        } else {
          if (point == '\'' || point == '\\') out += '\\';
          out += bytes;
        }
      },
      octal);
  return out += '\'';
}

std::string toml_quote(std::string_view text) {
  std::string out = "\"";
  walk(
      text,
      [&out](std::uint32_t point, std::string_view bytes) {
        if (point == '"' || point == '\\') {
          out += '\\';
          out += bytes;
        } else if (short_escape(point) != 0) {
          append_escaped(out, point);
        } else if (is_control(point) || is_invisible(point)) {
          out += point > 0xffff ? "\\U" : "\\u";
          append_hex(out, point, point > 0xffff ? 8 : 4);
        } else {
          out += bytes;
        }
      },
      [&out](std::uint8_t) { out += "\xef\xbf\xbd"; });
  return out += '"';
}

}  // namespace warrant::codec
