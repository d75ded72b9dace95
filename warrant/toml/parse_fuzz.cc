// SPDX-License-Identifier: Apache-2.0
// Any text is TOML or refused with a place, within depth and nodes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "warrant/base/bytes.h"
#include "warrant/base/check.h"
#include "warrant/toml/parse.h"

namespace codec = warrant::codec;

namespace {

std::uint32_t depth_of(const codec::Json& value) {
  std::uint32_t deepest = 0;
  if (const auto* elements = value.as_array()) {
    for (const codec::Json& each : *elements) deepest = std::max(deepest, depth_of(each));
  }
  if (const auto* members = value.as_object()) {
    for (const auto& each : *members) deepest = std::max(deepest, depth_of(each.value));
  }
  return deepest + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = warrant::text_of(std::as_bytes(std::span(data, size)));
  const codec::JsonLimits limits{.depth = 8, .nodes = 200};
  codec::JsonDiagnosis why;
  const auto value = warrant::toml::parse_toml(text, limits, why);
  WARRANT_CHECK(value.has_value() || !why.text.empty());
  if (value) WARRANT_CHECK(depth_of(*value) <= limits.depth);
  return 0;
}
