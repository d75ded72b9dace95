// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/manifest_fields.h"

#include <algorithm>

#include "warrant/codec/text.h"

namespace warrant::host {
namespace {

constexpr std::size_t kMaxWordShown = 64;

std::string_view kind_word(codec::Json::Kind kind) {
  switch (kind) {
    case codec::Json::Kind::kNull:
      return "null";
    case codec::Json::Kind::kBoolean:
      return "a boolean";
    case codec::Json::Kind::kNumber:
      return "a number";
    case codec::Json::Kind::kString:
      return "a string";
    case codec::Json::Kind::kArray:
      return "a list";
    case codec::Json::Kind::kObject:
      return "an object";
  }
  return "a value";
}

std::string wanted(std::string_view what, const codec::Json& value) {
  return "must be " + std::string(what) + ", and is " + std::string(kind_word(value.kind()));
}

// Levenshtein, for words of a few dozen bytes.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t swap = corner + (a[i] == b[j] ? 0 : 1);
      corner = row[j + 1];
      row[j + 1] = std::min({swap, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> known) {
  std::optional<std::string_view> best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view each : known) {
    if (word.size() > kMaxWordShown) break;
    const std::size_t steps = distance(word, each);
    if (steps < least) {
      least = steps;
      best = each;
    }
  }
  return best;
}

Fields::Fields(const codec::Json& value, std::string path, Faults& faults)
    : value_(value), path_(std::move(path)), faults_(faults) {
  if (value.as_object() == nullptr) faults.add(path_, wanted("an object", value), value.position());
}

const codec::Json* Fields::value(std::string_view key) {
  known_.push_back(key);
  return value_.find(key);
}

bool Fields::boolean(std::string_view key) {
  const codec::Json* found = value(key);
  if (found == nullptr) return false;
  if (const auto boolean = found->as_boolean()) return *boolean;
  faults_.add(path_of(key), wanted("true or false", *found), found->position());
  return false;
}

std::optional<std::string> Fields::string(std::string_view key) {
  const codec::Json* found = value(key);
  if (found == nullptr) return std::nullopt;
  if (const std::string* text = found->as_string()) return *text;
  faults_.add(path_of(key), wanted("a string", *found), found->position());
  return std::nullopt;
}

std::string Fields::required_string(std::string_view key) {
  if (value_.find(key) == nullptr) {
    faults_.add(path_of(key), "is missing", value_.position());
  }
  return string(key).value_or("");
}

std::span<const codec::Json> Fields::array(std::string_view key, std::size_t most) {
  const codec::Json* found = value(key);
  if (found == nullptr) return {};
  const codec::Json::Array* array = found->as_array();
  if (array == nullptr) {
    faults_.add(path_of(key), wanted("a list", *found), found->position());
    return {};
  }
  if (array->size() > most) {
    faults_.add(
        path_of(key),
        "has " + std::to_string(array->size()) + " entries, and may have " + std::to_string(most),
        found->position());
    return {};
  }
  return *array;
}

std::vector<std::string> Fields::strings(std::string_view key) {
  std::vector<std::string> texts;
  std::size_t index = 0;
  for (const codec::Json& each : array(key, SIZE_MAX)) {
    if (const std::string* text = each.as_string()) {
      texts.push_back(*text);
    } else {
      faults_.add(path_of(key) + "[" + std::to_string(index) + "]", wanted("a string", each),
                  each.position());
    }
    ++index;
  }
  return texts;
}

void Fields::refuse(std::string_view key, std::string_view why) {
  if (const codec::Json* found = value(key)) {
    faults_.add(path_of(key), std::string(why), found->position());
  }
}

void Fields::fault(std::string_view key, std::string what) {
  const codec::Json* found = value_.find(key);
  faults_.add(path_of(key), std::move(what),
              found != nullptr ? found->position() : value_.position());
}

void Fields::done() {
  const codec::Json::Object* members = value_.as_object();
  if (members == nullptr) return;
  for (const codec::Json::Member& member : *members) {
    if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
    std::string what = "unknown key \"" + codec::escape_text(member.key, kMaxWordShown) + "\"";
    if (const auto near = nearest_word(member.key, known_)) {
      what += ", did you mean \"" + std::string(*near) + "\"?";
    }
    faults_.add(path_, std::move(what), member.position);
  }
}

}  // namespace warrant::host
