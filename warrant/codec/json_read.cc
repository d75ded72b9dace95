// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>

#include "warrant/base/check.h"
#include "warrant/base/utf8.h"
#include "warrant/codec/json.h"
#include "warrant/codec/text.h"

namespace warrant::codec {
namespace {

constexpr std::string_view kWhere = "json";

bool is_digit(char each) noexcept { return each >= '0' && each <= '9'; }

void append_utf8(std::string& to, std::uint32_t point) {
  const auto put = [&to](std::uint32_t byte) { to += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0U | point >> 6);
    put(0x80U | (point & 0x3fU));
  } else if (point < 0x10000) {
    put(0xe0U | point >> 12);
    put(0x80U | (point >> 6 & 0x3fU));
    put(0x80U | (point & 0x3fU));
  } else {
    put(0xf0U | point >> 18);
    put(0x80U | (point >> 12 & 0x3fU));
    put(0x80U | (point >> 6 & 0x3fU));
    put(0x80U | (point & 0x3fU));
  }
}

}  // namespace

// Recursive, but never deeper than kMaxJsonDepth.
class JsonReader {
 public:
  JsonReader(std::string_view text, const JsonLimits& limits, JsonDiagnosis& why)
      : text_(text), limits_(limits), why_(why) {}

  Result<Json> read() {
    if (!is_utf8(text_)) {
      std::size_t bad = 0;
      while (const std::size_t length = utf8_length(text_, bad)) bad += length;
      at_ = bad;
      return fail(Errc::kIllegalBytes, "not UTF-8");
    }
    if (text_.starts_with("\xef\xbb\xbf")) return invalid("byte order mark before the value");
    Json value;
    skip_space();
    WARRANT_CHECKED(read_value(value, 1));
    skip_space();
    if (at_ != text_.size()) return invalid("something behind the end of the value");
    return value;
  }

 private:
  Error fail(Errc code, std::string text) {
    why_.text = std::move(text);
    why_.at = position(at_);
    return Error{code, 0, kWhere};
  }
  Error invalid(std::string text) { return fail(Errc::kInvalid, std::move(text)); }
  Error expected(std::string_view what) {
    std::string text = at_ == text_.size() ? "the text ends where " : "expected ";
    text += what;
    if (at_ == text_.size()) return invalid(text + " should stand");
    const std::size_t length = utf8_length(text_, at_);
    return invalid(text + ", found \"" + escape_text(text_.substr(at_, length)) + "\"");
  }

  // Offsets are asked for in nearly rising order, so counting goes on from the last one.
  Position position(std::size_t offset) {
    if (offset < counted_) {
      counted_ = 0;
      here_ = {1, 1};
    }
    for (; counted_ < offset; ++counted_) {
      if (text_[counted_] == '\n') {
        here_ = {here_.line + 1, 1};
      } else if ((static_cast<unsigned char>(text_[counted_]) & 0xc0U) != 0x80) {
        ++here_.column;
      }
    }
    return here_;
  }

  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char wanted) noexcept {
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void skip_space() noexcept {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  Status read_value(Json& value, std::uint32_t depth) {  // NOLINT(misc-no-recursion)
    if (depth > limits_.depth || depth > kMaxJsonDepth) {
      return fail(Errc::kMessageSize, "nested deeper than " + std::to_string(limits_.depth));
    }
    if (++nodes_ > limits_.nodes) {
      return fail(Errc::kMessageSize, "more than " + std::to_string(limits_.nodes) + " values");
    }
    const Position start = position(at_);
    WARRANT_CHECKED(read_content(value, depth));
    value.position_ = start;
    return {};
  }

  Status read_content(Json& value, std::uint32_t depth) {  // NOLINT(misc-no-recursion)
    switch (peek()) {
      case '{':
        return read_object(value, depth);
      case '[':
        return read_array(value, depth);
      case '"':
        value.value_ = std::string();
        return read_string(std::get<std::string>(value.value_));
      case 't':
        value.value_ = true;
        return read_word("true");
      case 'f':
        value.value_ = false;
        return read_word("false");
      case 'n':
        return read_word("null");
      default:
        if (peek() == '-' || is_digit(peek())) return read_number(value);
        return expected("a value");
    }
  }

  Status read_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return expected("a value");
    at_ += word.size();
    return {};
  }

  Status read_array(Json& value, std::uint32_t depth) {  // NOLINT(misc-no-recursion)
    ++at_;
    value.value_ = Json::Array();
    auto& elements = std::get<Json::Array>(value.value_);
    skip_space();
    if (take(']')) return {};
    while (true) {
      skip_space();
      WARRANT_CHECKED(read_value(elements.emplace_back(), depth + 1));
      skip_space();
      if (take(']')) return {};
      if (!take(',')) return expected("\",\" or \"]\"");
    }
  }

  Status read_object(Json& value, std::uint32_t depth) {  // NOLINT(misc-no-recursion)
    ++at_;
    value.value_ = Json::Object();
    auto& members = std::get<Json::Object>(value.value_);
    skip_space();
    if (take('}')) return {};
    while (true) {
      skip_space();
      if (peek() != '"') return expected("a key in quotes");
      Json::Member& member = members.emplace_back();
      member.position = position(at_);
      WARRANT_CHECKED(read_string(member.key));
      skip_space();
      if (!take(':')) return expected("\":\"");
      skip_space();
      WARRANT_CHECKED(read_value(member.value, depth + 1));
      skip_space();
      if (take('}')) return check_distinct(members);
      if (!take(',')) return expected("\",\" or \"}\"");
    }
  }

  Status check_distinct(const Json::Object& members) {
    std::vector<const Json::Member*> order;
    order.reserve(members.size());
    for (const Json::Member& member : members) order.push_back(&member);
    // Equal keys stay in the order of the text, which is that of their addresses.
    std::sort(order.begin(), order.end(), [](const Json::Member* a, const Json::Member* b) {
      const int difference = a->key.compare(b->key);
      return difference != 0 ? difference < 0 : a < b;
    });
    const auto twice = std::adjacent_find(
        order.begin(), order.end(),
        [](const Json::Member* a, const Json::Member* b) { return a->key == b->key; });
    if (twice == order.end()) return {};
    why_.text = "the key \"" + escape_text((*twice)->key, 64) + "\" stands twice";
    why_.at = (*std::next(twice))->position;
    return Error{Errc::kInvalid, 0, kWhere};
  }

  Status read_string(std::string& to) {
    ++at_;
    while (true) {
      const std::size_t start = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20) {
        ++at_;
      }
      to.append(text_, start, at_ - start);
      if (take('"')) return {};
      if (at_ == text_.size()) return invalid("the text ends inside a string");
      if (!take('\\')) return invalid("control character in a string");
      WARRANT_CHECKED(read_escape(to));
    }
  }

  Status read_escape(std::string& to) {
    constexpr std::string_view kFrom = "\"\\/bfnrt";
    constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (take('u')) return read_unicode(to);
    const std::size_t found = at_ < text_.size() ? kFrom.find(peek()) : std::string_view::npos;
    if (found == std::string_view::npos) return expected("an escape");
    to += kTo[found];
    ++at_;
    return {};
  }

  Status read_unicode(std::string& to) {
    WARRANT_TRY(std::uint32_t point, read_unit());
    if (point >= 0xdc00 && point <= 0xdfff) return invalid("surrogate without its first half");
    if (point >= 0xd800 && point <= 0xdbff) {
      if (!take('\\') || !take('u')) return invalid("surrogate without its second half");
      WARRANT_TRY(const std::uint32_t low, read_unit());
      if (low < 0xdc00 || low > 0xdfff) return invalid("surrogate without its second half");
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(to, point);
    return {};
  }

  Result<std::uint32_t> read_unit() {
    const std::string_view digits = text_.substr(at_, 4);
    std::uint32_t unit = 0;
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
    if (failed != std::errc() || digits.size() != 4 || end != digits.data() + 4) {
      return invalid("\\u needs four hexadecimal digits");
    }
    at_ += 4;
    return unit;
  }

  std::size_t skip_digits() noexcept {
    const std::size_t start = at_;
    while (is_digit(peek())) ++at_;
    return at_ - start;
  }

  Status read_number(Json& value) {
    const std::size_t start = at_;
    take('-');
    if (take('0')) {
      if (is_digit(peek())) return invalid("number with a leading zero");
    } else if (skip_digits() == 0) {
      return expected("a digit");
    }
    if (take('.') && skip_digits() == 0) return expected("a digit");
    const std::string_view mantissa = text_.substr(start, at_ - start);
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (!take('+')) take('-');
      if (skip_digits() == 0) return expected("a digit");
    }
    const std::string_view digits = text_.substr(start, at_ - start);
    double number = 0;
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool lost = number == 0 && mantissa.find_first_of("123456789") != std::string_view::npos;
    if (failed != std::errc() || end != digits.data() + digits.size() || lost ||
        !std::isfinite(number)) {
      at_ = start;
      return invalid("number beyond what a double holds");
    }
    value.value_ = number;
    return {};
  }

  std::string_view text_;
  JsonLimits limits_;
  JsonDiagnosis& why_;
  std::size_t at_ = 0;
  std::uint32_t nodes_ = 0;
  std::size_t counted_ = 0;
  Position here_{1, 1};
};

Result<Json> parse_json(std::string_view text, const JsonLimits& limits, JsonDiagnosis& why) {
  return JsonReader(text, limits, why).read();
}

}  // namespace warrant::codec
