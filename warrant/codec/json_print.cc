// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "warrant/base/check.h"
#include "warrant/base/utf8.h"
#include "warrant/codec/json.h"

namespace warrant::codec {
namespace {

// In UTF-16 characters above U+FFFF begin with a surrogate and so come before U+E000 to U+FFFF,
// whose first byte in UTF-8 is ee or ef; everywhere else bytes sort as units do.
unsigned utf16_rank(char each) noexcept {
  const auto byte = static_cast<unsigned char>(each);
  return byte == 0xee || byte == 0xef ? byte + 0x10U : byte;
}

bool before_in_utf16(std::string_view a, std::string_view b) noexcept {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return utf16_rank(x) < utf16_rank(y); });
}

char short_escape(char each) noexcept {
  constexpr std::string_view kFrom = "\b\t\n\f\r\"\\";
  constexpr std::string_view kTo = "btnfr\"\\";
  const std::size_t found = kFrom.find(each);
  return found == std::string_view::npos ? '\0' : kTo[found];
}

void append_ascii(std::string& to, char each) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (const char escape = short_escape(each); escape != 0) {
    to += '\\';
    to += escape;
  } else if (const auto byte = static_cast<unsigned char>(each); byte < 0x20) {
    to += "\\u00";
    to += kHex[byte >> 4];
    to += kHex[byte & 15U];
  } else {
    to += each;
  }
}

std::vector<const Json::Member*> sorted(const Json::Object& members) {
  std::vector<const Json::Member*> order;
  order.reserve(members.size());
  for (const Json::Member& member : members) order.push_back(&member);
  std::sort(order.begin(), order.end(), [](const Json::Member* a, const Json::Member* b) {
    return before_in_utf16(a->key, b->key);
  });
  return order;
}

// Not deeper than the value, whose depth its maker bounded.
class Printer {
 public:
  enum class Form : std::uint8_t { kCanonical, kIndented };
  Printer(std::string& to, Form form) : to_(to), form_(form) {}

  void print(const Json& value) {  // NOLINT(misc-no-recursion): depth is bounded
    switch (value.kind()) {
      case Json::Kind::kNull:
        to_ += "null";
        return;
      case Json::Kind::kBoolean:
        to_ += *value.as_boolean() ? "true" : "false";
        return;
      case Json::Kind::kNumber:
        append_json_number(to_, *value.as_number());
        return;
      case Json::Kind::kString:
        append_json_string(to_, *value.as_string());
        return;
      case Json::Kind::kArray:
        print_array(*value.as_array());
        return;
      case Json::Kind::kObject:
        print_object(*value.as_object());
        return;
    }
  }

 private:
  void print_array(const Json::Array& elements) {  // NOLINT(misc-no-recursion)
    to_ += '[';
    ++level_;
    for (std::size_t n = 0; n < elements.size(); ++n) {
      if (n != 0) to_ += ',';
      new_line();
      print(elements[n]);
    }
    --level_;
    if (!elements.empty()) new_line();
    to_ += ']';
  }

  void print_object(const Json::Object& members) {  // NOLINT(misc-no-recursion)
    std::vector<const Json::Member*> order;
    if (form_ == Form::kCanonical) {
      order = sorted(members);
    } else {
      for (const Json::Member& member : members) order.push_back(&member);
    }
    to_ += '{';
    ++level_;
    for (std::size_t n = 0; n < order.size(); ++n) {
      if (n != 0) to_ += ',';
      new_line();
      append_json_string(to_, order[n]->key);
      to_ += form_ == Form::kCanonical ? ":" : ": ";
      print(order[n]->value);
    }
    --level_;
    if (!order.empty()) new_line();
    to_ += '}';
  }

  void new_line() {
    if (form_ == Form::kCanonical) return;
    to_ += '\n';
    to_.append(std::size_t{2} * level_, ' ');
  }

  std::string& to_;
  Form form_;
  unsigned level_ = 0;
};

// The digits of the shortest form, without point, and the power of ten of the point: 0.d1d2… x
// 10^n.
struct Decimal {
  std::string digits;
  int point = 0;
};

Decimal shortest(double value) {
  std::array<char, 32> text{};
  const auto [end, failed] =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
  WARRANT_CHECK(failed == std::errc());
  const std::string_view all(text.data(), static_cast<std::size_t>(end - text.data()));
  const std::size_t e = all.find('e');
  WARRANT_CHECK(e != std::string_view::npos && e + 2 < all.size());
  Decimal decimal;
  for (const char each : all.substr(0, e)) {
    if (each != '.') decimal.digits += each;
  }
  int exponent = 0;
  for (const char each : all.substr(e + 2)) exponent = exponent * 10 + (each - '0');
  decimal.point = (all[e + 1] == '-' ? -exponent : exponent) + 1;
  return decimal;
}

}  // namespace

// Number::toString of ECMAScript, section 7.1.12.1 as RFC 8785 names it.
void append_json_number(std::string& to, double value) {
  WARRANT_CHECK(std::isfinite(value));
  if (value == 0) {
    to += '0';
    return;
  }
  if (value < 0) to += '-';
  const auto [digits, point] = shortest(std::fabs(value));
  const int count = static_cast<int>(digits.size());
  if (point > 21 || point < -5) {
    to += digits[0];
    if (count > 1) to.append(".").append(digits, 1);
    to.append(point > 0 ? "e+" : "e-").append(std::to_string(std::abs(point - 1)));
  } else if (point <= 0) {
    to.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
  } else if (count <= point) {
    to.append(digits).append(static_cast<std::size_t>(point - count), '0');
  } else {
    const auto whole = static_cast<std::size_t>(point);
    to.append(digits, 0, whole).append(".").append(digits, whole);
  }
}

void append_json_string(std::string& to, std::string_view text) {
  to += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 1) {
      append_ascii(to, text[at]);
    } else if (length == 0) {
      to += "\xef\xbf\xbd";
    } else {
      to.append(text, at, length);
    }
    at += length == 0 ? 1 : length;
  }
  to += '"';
}

std::string print_canonical(const Json& value) {
  std::string text;
  Printer(text, Printer::Form::kCanonical).print(value);
  return text;
}

std::string print_indented(const Json& value) {
  std::string text;
  Printer(text, Printer::Form::kIndented).print(value);
  return text += '\n';
}

}  // namespace warrant::codec
