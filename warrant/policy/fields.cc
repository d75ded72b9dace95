// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/fields.h"

namespace warrant::policy {

using codec::Json;

std::vector<const Json*> FieldsView::list(std::string_view key) const {
  std::vector<const Json*> elements;
  if (const Json* value = find(key)) {
    WARRANT_CHECK(value->as_array() != nullptr);
    for (const Json& element : *value->as_array()) elements.push_back(&element);
  }
  return elements;
}

std::optional<bool> FieldsView::flag(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  WARRANT_CHECK(value->as_boolean().has_value());
  return value->as_boolean();
}

std::optional<std::uint64_t> FieldsView::number(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto number = value->as_integer();
  WARRANT_CHECK(number && *number >= 0);
  return static_cast<std::uint64_t>(*number);
}

std::optional<std::uint64_t> FieldsView::size(std::string_view key) const {
  const auto written = text(key);
  if (!written) return std::nullopt;
  const auto size = parse_size(*written);
  WARRANT_CHECK(size.has_value());
  return size;
}

std::optional<Nanoseconds> FieldsView::duration(std::string_view key) const {
  const auto written = text(key);
  if (!written) return std::nullopt;
  const auto duration = parse_duration(*written);
  WARRANT_CHECK(duration.has_value());
  return duration;
}

std::optional<Timestamp> FieldsView::time(std::string_view key) const {
  const auto written = text(key);
  if (!written) return std::nullopt;
  const auto time = parse_timestamp(*written);
  WARRANT_CHECK(time.has_value());
  return time;
}

std::optional<std::string> FieldsView::text(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  WARRANT_CHECK(value->as_string() != nullptr);
  return *value->as_string();
}

std::vector<std::string> FieldsView::texts(std::string_view key) const {
  std::vector<std::string> texts;
  for (const Json* element : list(key)) {
    WARRANT_CHECK(element->as_string() != nullptr);
    texts.push_back(*element->as_string());
  }
  return texts;
}

}  // namespace warrant::policy
