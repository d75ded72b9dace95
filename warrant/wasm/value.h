// SPDX-License-Identifier: Apache-2.0
#pragma once
// WebAssembly value types, function types and the raw slots in which values cross between guest
// and host. A slot is 16 bytes, little-endian, as the engine lays it out; a 32-bit value uses its
// first four bytes, and the upper ones are not looked at.
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace warrant::wasm {

enum class ValType : std::uint8_t {
  kI32 = 0x7f,
  kI64 = 0x7e,
  kF32 = 0x7d,
  kF64 = 0x7c,
  kV128 = 0x7b,
  kFuncRef = 0x70,
  kExternRef = 0x6f,
  kOther = 0x00,  // any other reference type
};

struct FuncType {
  std::vector<ValType> params;
  std::vector<ValType> results;
  friend bool operator==(const FuncType&, const FuncType&) = default;
};

// "(i32, i64) -> i32"
std::string print(const FuncType& type);

struct alignas(16) Slot {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  std::uint32_t u32() const noexcept { return static_cast<std::uint32_t>(low); }
  std::uint64_t u64() const noexcept { return low; }
  void set_u32(std::uint32_t value) noexcept { low = value; }
  void set_u64(std::uint64_t value) noexcept { low = value; }
};
static_assert(std::endian::native == std::endian::little);

}  // namespace warrant::wasm
