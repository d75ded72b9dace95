// SPDX-License-Identifier: Apache-2.0
#include "warrant/toml/parse.h"

// Some of the library's assertions are about input, and behind each of those it reports an error.
#define TOML_ASSERT(expr) static_cast<void>(0)  // NOLINT: the library's own switch
#include <toml++/toml.h>

#include <algorithm>
#include <tuple>

#include "warrant/base/utf8.h"
#include "warrant/codec/text.h"
#include "warrant/toml/depth.h"

namespace warrant::toml {
namespace {

using codec::Json;
using codec::Position;

constexpr std::size_t kMaxWhy = 200;

Position position_of(const ::toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

std::string two(unsigned value) { return (value < 10 ? "0" : "") + std::to_string(value); }

std::string year_of(unsigned year) {
  const std::string digits = std::to_string(year);
  return std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

// "2026-11-21T17:00:00.5Z"
std::string print(const ::toml::date_time& at) {
  std::string text = year_of(at.date.year) + "-" + two(at.date.month) + "-" + two(at.date.day) +
                     "T" + two(at.time.hour) + ":" + two(at.time.minute) + ":" +
                     two(at.time.second);
  if (at.time.nanosecond != 0) {
    std::string digits = std::to_string(at.time.nanosecond + 1'000'000'000U).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    text += "." + digits;
  }
  return text + "Z";
}

class Converter {
 public:
  Converter(const codec::JsonLimits& limits, codec::JsonDiagnosis& why)
      : limits_(limits), why_(why) {}

  Result<Json> convert(const ::toml::node& node, std::uint32_t depth) {
    if (depth > limits_.depth || ++nodes_ > limits_.nodes) {
      return fail(node, depth > limits_.depth ? "nests too deep" : "has too many values",
                  Errc::kMessageSize);
    }
    auto value = convert_kind(node, depth);
    if (value) value->set_position(position_of(node.source()));
    return value;
  }

 private:
  Result<Json> convert_kind(const ::toml::node& node, std::uint32_t depth) {
    if (const auto* table = node.as_table()) return convert_table(*table, depth);
    if (const auto* array = node.as_array()) {
      Json made = Json::array();
      for (const ::toml::node& element : *array) {
        WARRANT_TRY(Json value, convert(element, depth + 1));
        made.push(std::move(value));
      }
      return made;
    }
    if (const auto* text = node.as_string()) return Json::string(text->get());
    if (const auto* flag = node.as_boolean()) return Json::boolean(flag->get());
    if (const auto* number = node.as_integer()) {
      const std::int64_t value = number->get();
      if (value > codec::kMaxJsonInteger || value < -codec::kMaxJsonInteger) {
        return fail(node, "is a number beyond 9007199254740991", Errc::kInvalid);
      }
      return Json::integer(value);
    }
    if (const auto* at = node.as_date_time()) {
      const auto& offset = at->get().offset;
      if (offset && offset->minutes == 0) return Json::string(print(at->get()));
      return fail(node, "is a time without Z, the only zone that is taken", Errc::kInvalid);
    }
    if (node.is_floating_point()) {
      return fail(node, "is a number with a point or an exponent, which no key takes",
                  Errc::kInvalid);
    }
    return fail(node, "is a date or a time alone, which no key takes", Errc::kInvalid);
  }

  // toml++ sorts by name; a reader of messages expects the order of the text.
  Result<Json> convert_table(const ::toml::table& table, std::uint32_t depth) {
    struct Entry {
      const ::toml::key* key;
      const ::toml::node* value;
    };
    std::vector<Entry> entries;
    for (auto&& [key, value] : table) entries.push_back({&key, &value});
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      const ::toml::source_position left = a.key->source().begin;
      const ::toml::source_position right = b.key->source().begin;
      return std::tuple(left.line, left.column, a.key->str()) <
             std::tuple(right.line, right.column, b.key->str());
    });
    Json::Object members;
    for (const Entry& entry : entries) {
      WARRANT_TRY(Json value, convert(*entry.value, depth + 1));
      members.push_back(
          {std::string(entry.key->str()), std::move(value), position_of(entry.key->source())});
    }
    return Json::object(std::move(members));
  }

  Error fail(const ::toml::node& node, std::string_view what, Errc code) {
    why_ = {"a value " + std::string(what), position_of(node.source())};
    return Error{code, 0, "parse_toml"};
  }

  const codec::JsonLimits& limits_;
  codec::JsonDiagnosis& why_;
  std::uint32_t nodes_ = 0;
};

}  // namespace

Result<Json> parse_toml(std::string_view text, const codec::JsonLimits& limits,
                        codec::JsonDiagnosis& why) {
  if (!is_utf8(text)) {
    why = {"the text is not UTF-8", {}};
    return Error{Errc::kIllegalBytes, 0, "parse_toml"};
  }
  if (const auto deep = find_deeper(text, limits.depth)) {
    why = {"nests deeper than " + std::to_string(limits.depth) + " levels", *deep};
    return Error{Errc::kMessageSize, 0, "parse_toml"};
  }
  const ::toml::parse_result parsed = ::toml::parse(text);
  if (!parsed) {
    const ::toml::parse_error& error = parsed.error();
    why = {codec::escape_text(error.description(), kMaxWhy), position_of(error.source())};
    return Error{Errc::kInvalid, 0, "parse_toml"};
  }
  return Converter(limits, why).convert(parsed.table(), 1);
}

}  // namespace warrant::toml
