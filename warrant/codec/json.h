// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON values: a strict reader with positions, and the canonical printer of RFC 8785.
//
// The reader takes exactly RFC 8259 in UTF-8, one value and nothing behind it, and refuses
// duplicate keys, lone surrogates, numbers beyond a double, and more depth or nodes than allowed.
// Numbers are doubles, as in I-JSON; integer() answers only where nothing can have been rounded.
// Values that print alike are equal. Other readers (TOML) build the same values.
//
//   JsonDiagnosis why;
//   WARRANT_TRY(const Json grant, parse_json(text, {}, why));
//   if (const Json* wall = grant.find("wall")) …
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "warrant/base/result.h"

namespace warrant::codec {

// From 1; columns count characters. 0: not from a text.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

class Json {
 public:
  enum class Kind : std::uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };
  struct Member;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;  // in the order of the text; keys are distinct

  Json() noexcept;  // null
  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;
  ~Json();
  static Json boolean(bool value);
  static Json number(double value);         // finite
  static Json integer(std::int64_t value);  // at most 2^53-1 in size
  static Json string(std::string_view text);
  static Json array();
  static Json object();
  static Json object(Object members);  // the caller sees to distinct keys

  Kind kind() const noexcept { return static_cast<Kind>(value_.index()); }
  bool is_null() const noexcept { return kind() == Kind::kNull; }

  // nullopt, or nullptr, where the value is of another kind.
  std::optional<bool> as_boolean() const noexcept;
  std::optional<double> as_number() const noexcept;
  std::optional<std::int64_t> as_integer() const noexcept;  // integral, at most 2^53-1 in size
  const std::string* as_string() const noexcept WARRANT_LIFETIMEBOUND;
  const Array* as_array() const noexcept WARRANT_LIFETIMEBOUND;
  const Object* as_object() const noexcept WARRANT_LIFETIMEBOUND;
  // The member's value; nullptr when there is none or this is no object.
  const Json* find(std::string_view key) const noexcept WARRANT_LIFETIMEBOUND;

  // Building. push() needs an array, set() an object; set() replaces what the key had.
  Json& push(Json element);
  Json& set(std::string_view key, Json value);

  Position position() const noexcept { return position_; }
  void set_position(Position position) noexcept { position_ = position; }

  // By content; order of members and positions do not matter.
  friend bool operator==(const Json& a, const Json& b) noexcept;

 private:
  friend class JsonReader;
  std::variant<std::monostate, bool, double, std::string, Array, Object> value_;
  Position position_;
};

struct Json::Member {
  std::string key;
  Json value;
  Position position;  // of the key
  friend bool operator==(const Member& a, const Member& b) noexcept {
    return a.key == b.key && a.value == b.value;
  }
};

inline constexpr std::int64_t kMaxJsonInteger = (1LL << 53) - 1;

// Defaults and ceiling of limits.md section 1. A depth of 1 admits only values without members.
struct JsonLimits {
  std::uint32_t depth = 32;  // at most kMaxJsonDepth
  std::uint32_t nodes = 10'000;
};
inline constexpr std::uint32_t kMaxJsonDepth = 64;

struct JsonDiagnosis {
  std::string text;  // one line for people; guest bytes escaped
  Position at;
};

// kIllegalBytes: not UTF-8. kMessageSize: a limit. kInvalid: all else.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits, JsonDiagnosis& why);

// RFC 8785: no spaces, members sorted by UTF-16 units, shortest numbers. In strings, bytes that are
// not UTF-8 become U+FFFD.
std::string print_canonical(const Json& value);

// With two spaces a level, members in their own order, a line feed at the end.
std::string print_indented(const Json& value);

void append_json_string(std::string& to, std::string_view text);  // with its quotes
void append_json_number(std::string& to, double value);           // as ECMAScript prints it

}  // namespace warrant::codec
