// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasm/opcodes.h"

#include <array>

namespace warrant::wasm {
namespace {

constexpr Opcode with(Immediate immediate, Feature feature) {
  return {immediate, static_cast<std::uint8_t>(feature)};
}
constexpr Opcode with(Immediate immediate) { return {immediate, kNoFeature}; }

template <std::size_t N>
constexpr void fill(std::array<Opcode, N>& table, std::size_t first, std::size_t last,
                    Opcode opcode) {
  for (std::size_t n = first; n <= last; ++n) table[n] = opcode;
}

constexpr void fill_control(std::array<Opcode, 256>& t) {
  using enum Immediate;
  fill(t, 0x00, 0x01, with(kNone));                       // unreachable nop
  fill(t, 0x02, 0x04, with(kBlock));                      // block loop if
  t[0x05] = with(kNone);                                  // else
  t[0x06] = with(kBlock, Feature::kLegacyExceptions);     // try
  t[0x07] = with(kIndex, Feature::kLegacyExceptions);     // catch
  t[0x08] = with(kIndex);                                 // throw
  t[0x09] = with(kIndex, Feature::kLegacyExceptions);     // rethrow
  t[0x0a] = with(kNone, Feature::kExceptions);            // throw_ref
  t[0x0b] = with(kEnd);                                   // end
  fill(t, 0x0c, 0x0d, with(kIndex));                      // br br_if
  t[0x0e] = with(kBranchTable);                           // br_table
  t[0x0f] = with(kNone);                                  // return
  t[0x10] = with(kIndex);                                 // call
  t[0x11] = with(kTwoIndexes);                            // call_indirect
  t[0x12] = with(kIndex, Feature::kTailCalls);            // return_call
  t[0x13] = with(kTwoIndexes, Feature::kTailCalls);       // return_call_indirect
  fill(t, 0x14, 0x15, with(kIndex, Feature::kGc));        // call_ref return_call_ref
  t[0x18] = with(kDelegate, Feature::kLegacyExceptions);  // delegate
  t[0x19] = with(kNone, Feature::kLegacyExceptions);      // catch_all
  t[0x1f] = with(kTryTable, Feature::kExceptions);        // try_table
}

constexpr std::array<Opcode, 256> make_plain() {
  using enum Immediate;
  std::array<Opcode, 256> t{};
  fill_control(t);
  fill(t, 0x1a, 0x1b, with(kNone));                             // drop select
  t[0x1c] = with(kTypes, Feature::kReferenceTypes);             // select with types
  fill(t, 0x20, 0x24, with(kIndex));                            // local global
  fill(t, 0x25, 0x26, with(kIndex, Feature::kReferenceTypes));  // table.get table.set
  fill(t, 0x28, 0x3e, with(kMemory));                           // loads and stores
  fill(t, 0x3f, 0x40, with(kIndex));                            // memory.size memory.grow
  t[0x41] = with(kI32);
  t[0x42] = with(kI64);
  t[0x43] = with(kFourBytes);
  t[0x44] = with(kEightBytes);
  fill(t, 0x45, 0xbf, with(kNone));  // numeric
  fill(t, 0xc0, 0xc4, with(kNone, Feature::kSignExtension));
  t[0xd0] = with(kHeapType, Feature::kReferenceTypes);  // ref.null
  t[0xd1] = with(kNone, Feature::kReferenceTypes);      // ref.is_null
  t[0xd2] = with(kIndex, Feature::kReferenceTypes);     // ref.func
  fill(t, 0xd3, 0xd4, with(kNone, Feature::kGc));       // ref.eq ref.as_non_null
  fill(t, 0xd5, 0xd6, with(kIndex, Feature::kGc));      // br_on_null br_on_non_null
  fill(t, 0xfb, 0xfe, with(kPrefixed));
  return t;
}

constexpr std::array<Opcode, 18> make_bulk() {
  using enum Immediate;
  std::array<Opcode, 18> t{};
  fill(t, 0, 7, with(kNone, Feature::kSaturatingFloatToInt));
  t[8] = with(kTwoIndexes, Feature::kBulkMemory);           // memory.init
  t[9] = with(kIndex, Feature::kBulkMemory);                // data.drop
  t[10] = with(kTwoIndexes, Feature::kBulkMemory);          // memory.copy
  t[11] = with(kIndex, Feature::kBulkMemory);               // memory.fill
  t[12] = with(kTwoIndexes, Feature::kBulkMemory);          // table.init
  t[13] = with(kIndex, Feature::kBulkMemory);               // elem.drop
  t[14] = with(kTwoIndexes, Feature::kBulkMemory);          // table.copy
  fill(t, 15, 17, with(kIndex, Feature::kReferenceTypes));  // table.grow table.size table.fill
  return t;
}

constexpr std::array<Opcode, 31> make_gc() {
  using enum Immediate;
  std::array<Opcode, 31> t{};
  fill(t, 0, 1, with(kIndex, Feature::kGc));         // struct.new struct.new_default
  fill(t, 2, 5, with(kTwoIndexes, Feature::kGc));    // struct.get … struct.set
  fill(t, 6, 7, with(kIndex, Feature::kGc));         // array.new array.new_default
  fill(t, 8, 10, with(kTwoIndexes, Feature::kGc));   // array.new_fixed new_data new_elem
  fill(t, 11, 14, with(kIndex, Feature::kGc));       // array.get … array.set
  t[15] = with(kNone, Feature::kGc);                 // array.len
  t[16] = with(kIndex, Feature::kGc);                // array.fill
  fill(t, 17, 19, with(kTwoIndexes, Feature::kGc));  // array.copy init_data init_elem
  fill(t, 20, 23, with(kHeapType, Feature::kGc));    // ref.test ref.cast
  fill(t, 24, 25, with(kCastBranch, Feature::kGc));  // br_on_cast br_on_cast_fail
  fill(t, 26, 30, with(kNone, Feature::kGc));        // conversions, i31
  return t;
}

constexpr std::array<Opcode, 256> make_vector() {
  using enum Immediate;
  std::array<Opcode, 256> t{};
  fill(t, 0, 255, with(kNone, Feature::kSimd));
  fill(t, 0, 11, with(kMemory, Feature::kSimd));         // v128.load … v128.store
  fill(t, 12, 13, with(kSixteenBytes, Feature::kSimd));  // v128.const i8x16.shuffle
  fill(t, 21, 34, with(kByte, Feature::kSimd));          // extract_lane replace_lane
  fill(t, 84, 91, with(kMemoryLane, Feature::kSimd));    // load and store of lanes
  fill(t, 92, 93, with(kMemory, Feature::kSimd));        // v128.load32_zero load64_zero
  return t;
}

constexpr std::uint32_t kFirstRelaxed = 0x100;
constexpr std::uint32_t kLastRelaxed = 0x113;

constexpr auto kPlain = make_plain();
constexpr auto kBulk = make_bulk();
constexpr auto kGc = make_gc();
constexpr auto kVector = make_vector();

Opcode vector_opcode(std::uint32_t number) noexcept {
  if (number < kVector.size()) return kVector[number];
  if (number >= kFirstRelaxed && number <= kLastRelaxed) {
    return with(Immediate::kNone, Feature::kRelaxedSimd);
  }
  return {};
}

Opcode atomic_opcode(std::uint32_t number) noexcept {
  if (number == 3) return with(Immediate::kByte, Feature::kThreads);  // atomic.fence
  if (number <= 2 || (number >= 0x10 && number <= 0x4e)) {
    return with(Immediate::kMemory, Feature::kThreads);
  }
  return {};
}

}  // namespace

Opcode plain_opcode(std::uint8_t byte) noexcept { return kPlain[byte]; }

Opcode prefixed_opcode(std::uint8_t prefix, std::uint32_t number) noexcept {
  switch (prefix) {
    case 0xfb:
      return number < kGc.size() ? kGc[number] : Opcode{};
    case 0xfc:
      return number < kBulk.size() ? kBulk[number] : Opcode{};
    case 0xfd:
      return vector_opcode(number);
    default:
      return atomic_opcode(number);
  }
}

}  // namespace warrant::wasm
