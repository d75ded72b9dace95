// SPDX-License-Identifier: Apache-2.0
#pragma once
// The type grammar of a WebAssembly binary: value, reference and heap types, limits, composite
// types; for the files of this room. Each reads one item and notes the proposals that it belongs
// to.
#include <cstdint>

#include "warrant/wasm/cursor.h"
#include "warrant/wasm/module_info.h"

namespace warrant::wasm {

class Features {
 public:
  explicit Features(std::uint32_t& bits) noexcept : bits_(&bits) {}
  void add(Feature feature) noexcept { *bits_ |= 1U << static_cast<unsigned>(feature); }
  bool has(Feature feature) const noexcept {
    return (*bits_ >> static_cast<unsigned>(feature) & 1U) != 0;
  }

 private:
  std::uint32_t* bits_;
};

bool read_heap_type(Cursor& in, Features& features);
bool read_value_type(Cursor& in, Features& features, ValType& type);
bool read_reference_type(Cursor& in, Features& features, ValType& type);

struct Limits {
  std::uint64_t minimum = 0;
  std::optional<std::uint64_t> maximum;
  bool shared = false;
  bool wide = false;  // 64-bit addresses
};
bool read_limits(Cursor& in, Features& features, Limits& limits);
bool read_memory_type(Cursor& in, Features& features, MemoryType& type);

// Parameters and results, behind the 0x60.
bool read_function_type(Cursor& in, const ReadLimits& limits, Features& features, FuncType& type);
// Fields of a struct (0x5f) or the element of an array (0x5e).
bool skip_aggregate_type(Cursor& in, std::uint8_t form, Features& features);

}  // namespace warrant::wasm
