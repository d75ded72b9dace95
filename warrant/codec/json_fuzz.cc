// SPDX-License-Identifier: Apache-2.0
// Any text is a value or refused; the canonical form of a value is read back as the same value.
#include <cstddef>
#include <cstdint>
#include <span>

#include "warrant/base/bytes.h"
#include "warrant/base/check.h"
#include "warrant/base/utf8.h"
#include "warrant/codec/json.h"
#include "warrant/codec/text.h"

namespace codec = warrant::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = warrant::text_of(std::as_bytes(std::span(data, size)));
  WARRANT_CHECK(warrant::is_utf8(codec::escape_text(text, size / 2)));
  codec::JsonDiagnosis why;
  const auto value = codec::parse_json(text, {.depth = 64, .nodes = 10'000}, why);
  if (!value) return 0;
  const std::string printed = codec::print_canonical(*value);
  const auto again = codec::parse_json(printed, {.depth = 64, .nodes = 10'000}, why);
  WARRANT_CHECK(again && *again == *value);
  WARRANT_CHECK(codec::print_canonical(*again) == printed);
  return 0;
}
