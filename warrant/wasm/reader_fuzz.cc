// SPDX-License-Identifier: Apache-2.0
// Any bytes are read or refused: never a crash, never a reading that its own outline contradicts.
#include <cstddef>
#include <cstdint>
#include <span>

#include "warrant/base/check.h"
#include "warrant/wasm/imports.h"
#include "warrant/wasm/reader.h"
#include "warrant/wasm/shape.h"

namespace wasm = warrant::wasm;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  wasm::Diagnosis why;
  const auto deep = wasm::read_module(bytes, wasm::ReadDepth::kDeep, {}, why);
  WARRANT_CHECK(deep.has_value() == (why.kind == wasm::Diagnosis::Kind::kNone));
  WARRANT_CHECK(why.offset <= size);
  const auto outline = wasm::read_module(bytes, wasm::ReadDepth::kOutline, {}, why);
  if (!deep) return 0;
  WARRANT_CHECK(outline && outline->functions == deep->functions);
  WARRANT_CHECK((outline->features & ~deep->features) == 0 ||
                deep->has(wasm::Feature::kLegacyExceptions));
  WARRANT_CHECK(wasm::check_imports(*deep, wasm::HostFunctions{}).size() <= deep->imports.size());
  (void)wasm::check_shape(*deep);
  (void)wasm::check_features(*deep);
  return 0;
}
