// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stands behind each instruction of a WebAssembly binary, and which proposal it belongs to;
// for the files of this room. Covers what the engine runs and what it refuses by name. Constant
// data.
#include <cstdint>

#include "warrant/wasm/module_info.h"

namespace warrant::wasm {

enum class Immediate : std::uint8_t {
  kUnknown,
  kNone,
  kIndex,
  kTwoIndexes,
  kBlock,     // a block type; opens a block
  kTryTable,  // a block type and catches; opens a block
  kEnd,       // closes a block
  kDelegate,  // an index; closes a block
  kBranchTable,
  kTypes,  // a vector of value types
  kHeapType,
  kCastBranch,  // flags, an index, two heap types
  kMemory,      // alignment, perhaps a memory, offset
  kMemoryLane,  // the same and a byte
  kByte,
  kI32,
  kI64,
  kFourBytes,
  kEightBytes,
  kSixteenBytes,
  kPrefixed,  // the rest of the opcode is a number
};

inline constexpr std::uint8_t kNoFeature = 0xff;

struct Opcode {
  Immediate immediate = Immediate::kUnknown;
  std::uint8_t feature = kNoFeature;  // a Feature
};

// By the first byte.
Opcode plain_opcode(std::uint8_t byte) noexcept;
// By prefix (0xfb gc, 0xfc bulk, 0xfd vector, 0xfe atomic) and the number behind it.
Opcode prefixed_opcode(std::uint8_t prefix, std::uint32_t number) noexcept;

}  // namespace warrant::wasm
