// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/json.h"

#include <algorithm>
#include <cmath>

#include "warrant/base/check.h"

namespace warrant::codec {

Json::Json() noexcept = default;
Json::Json(const Json&) = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(const Json&) = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

Json Json::boolean(bool value) {
  Json json;
  json.value_ = value;
  return json;
}

Json Json::number(double value) {
  WARRANT_CHECK(std::isfinite(value));
  Json json;
  json.value_ = value;
  return json;
}

Json Json::integer(std::int64_t value) {
  WARRANT_CHECK(value >= -kMaxJsonInteger && value <= kMaxJsonInteger);
  return number(static_cast<double>(value));
}

Json Json::string(std::string_view text) {
  Json json;
  json.value_ = std::string(text);
  return json;
}

Json Json::array() {
  Json json;
  json.value_ = Array();
  return json;
}

Json Json::object() {
  Json json;
  json.value_ = Object();
  return json;
}

Json Json::object(Object members) {
  Json json;
  json.value_ = std::move(members);
  return json;
}

std::optional<bool> Json::as_boolean() const noexcept {
  if (const bool* value = std::get_if<bool>(&value_)) return *value;
  return std::nullopt;
}

std::optional<double> Json::as_number() const noexcept {
  if (const double* value = std::get_if<double>(&value_)) return *value;
  return std::nullopt;
}

std::optional<std::int64_t> Json::as_integer() const noexcept {
  const double* value = std::get_if<double>(&value_);
  if (value == nullptr || std::fabs(*value) > static_cast<double>(kMaxJsonInteger) ||
      std::trunc(*value) != *value) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*value);
}

const std::string* Json::as_string() const noexcept { return std::get_if<std::string>(&value_); }
const Json::Array* Json::as_array() const noexcept { return std::get_if<Array>(&value_); }
const Json::Object* Json::as_object() const noexcept { return std::get_if<Object>(&value_); }

const Json* Json::find(std::string_view key) const noexcept {
  const Object* members = as_object();
  if (members == nullptr) return nullptr;
  for (const Member& member : *members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Json& Json::push(Json element) {
  Array* elements = std::get_if<Array>(&value_);
  WARRANT_CHECK(elements != nullptr);
  return elements->emplace_back(std::move(element));
}

Json& Json::set(std::string_view key, Json value) {
  Object* members = std::get_if<Object>(&value_);
  WARRANT_CHECK(members != nullptr);
  for (Member& member : *members) {
    if (member.key == key) return member.value = std::move(value);
  }
  return members->emplace_back(Member{std::string(key), std::move(value), {}}).value;
}

bool operator==(const Json& a, const Json& b) noexcept {
  if (a.kind() != b.kind()) return false;
  const Json::Object* left = a.as_object();
  if (left == nullptr) return a.value_ == b.value_;
  if (left->size() != b.as_object()->size()) return false;
  return std::all_of(left->begin(), left->end(), [&b](const Json::Member& member) {
    const Json* other = b.find(member.key);
    return other != nullptr && member.value == *other;
  });
}

}  // namespace warrant::codec
