// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/secret_forms.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "warrant/base/utf8.h"
#include "warrant/codec/text.h"

namespace warrant::audit {
namespace {

constexpr std::string_view kLower = "0123456789abcdef";
constexpr std::string_view kUpper = "0123456789ABCDEF";
constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void put_hex(std::string& to, char each, std::string_view digits) {
  to += digits[static_cast<unsigned char>(each) >> 4U];
  to += digits[static_cast<unsigned char>(each) & 15U];
}

bool is_unreserved(char each) {
  return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
         (each >= '0' && each <= '9') || each == '-' || each == '.' || each == '_' || each == '~';
}

enum class Percent : std::uint8_t { kMinimal, kFull };

std::string percent(std::string_view value, Percent how, std::string_view digits) {
  std::string made;
  for (const char each : value) {
    if (how == Percent::kMinimal && is_unreserved(each)) {
      made += each;
    } else {
      made += '%';
      put_hex(made, each, digits);
    }
  }
  return made;
}

std::string hex(std::string_view value, std::string_view digits) {
  std::string made;
  for (const char each : value) put_hex(made, each, digits);
  return made;
}

// The characters that the value alone decides, `before` bytes into somebody's text.
std::string base64(std::string_view value, std::size_t before, std::string_view alphabet) {
  std::string bytes(before, '\0');
  bytes += value;
  const std::size_t first = (before * 8 + 5) / 6;
  const std::size_t end = bytes.size() * 8 / 6;
  std::string made;
  for (std::size_t at = first; at < end; ++at) {
    unsigned bits = 0;
    for (std::size_t bit = at * 6; bit < at * 6 + 6; ++bit) {
      const auto byte = static_cast<unsigned char>(bytes[bit / 8]);
      bits = bits << 1U | (byte >> (7U - bit % 8U) & 1U);
    }
    made += alphabet[bits];
  }
  return made;
}

enum class Json : std::uint8_t { kShort, kSlash, kUnits, kAllUnits };

void put_unit(std::string& to, std::uint32_t unit, std::string_view digits) {
  to += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) {
    to += digits[unit >> static_cast<unsigned>(shift) & 15U];
  }
}

void put_json(std::string& to, std::uint32_t point, std::string_view bytes, Json how,
              std::string_view digits) {
  constexpr std::string_view kLetters = "\b\f\n\r\t";
  constexpr std::string_view kNames = "bfnrt";
  const std::size_t letter = point < 0x80 ? kLetters.find(static_cast<char>(point)) : kLetters.npos;
  if (how != Json::kAllUnits &&
      (point == '"' || point == '\\' || (point == '/' && how == Json::kSlash))) {
    to += '\\';
    to += bytes;
  } else if (letter != kLetters.npos && how != Json::kUnits && how != Json::kAllUnits) {
    to += '\\';
    to += kNames[letter];
  } else if (point < 0x20 || how == Json::kAllUnits ||
             (how == Json::kUnits &&
              (point >= 0x7f || point == '<' || point == '>' || point == '&'))) {
    if (point > 0xffff) {
      put_unit(to, 0xd800 + ((point - 0x10000) >> 10U), digits);
      put_unit(to, 0xdc00 + ((point - 0x10000) & 0x3ffU), digits);
    } else {
      put_unit(to, point, digits);
    }
  } else {
    to += bytes;
  }
}

std::string json(std::string_view value, Json how, std::string_view digits) {
  std::string made;
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t length = std::max<std::size_t>(utf8_length(value, at), 1);
    const std::string_view bytes = value.substr(at, length);
    put_json(made, codec::point_of(bytes), bytes, how, digits);
    at += length;
  }
  return made;
}

}  // namespace

std::vector<std::string> secret_forms(std::string_view value) {
  std::vector<std::string> forms = {std::string(value)};
  const auto add = [&](std::string form) {
    if (std::find(forms.begin(), forms.end(), form) == forms.end()) {
      forms.push_back(std::move(form));
    }
  };
  for (const std::string_view digits : {kLower, kUpper}) {
    add(percent(value, Percent::kMinimal, digits));
    add(percent(value, Percent::kFull, digits));
    add(hex(value, digits));
    for (const Json how : {Json::kShort, Json::kSlash, Json::kUnits, Json::kAllUnits}) {
      add(json(value, how, digits));
    }
  }
  for (const std::string_view alphabet : {kStandard, kUrl}) {
    for (std::size_t before = 0; before < 3; ++before) add(base64(value, before, alphabet));
  }
  return forms;
}

}  // namespace warrant::audit
