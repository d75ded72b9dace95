// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasm/code.h"

namespace warrant::wasm {
namespace {

constexpr std::uint8_t kThrow = 0x08;
constexpr std::uint8_t kEmptyBlock = 0x40;
constexpr std::uint32_t kHasMemoryIndex = 0x40;  // a bit of the alignment

bool is_extended_constant(std::uint8_t byte) noexcept {
  return (byte >= 0x6a && byte <= 0x6c) || (byte >= 0x7c && byte <= 0x7e);  // add sub mul
}

std::string name_of_unknown(std::uint8_t prefix, std::uint32_t number) {
  if (prefix == 0 && number >= 0xe0 && number <= 0xe6) return "stack switching";
  if (prefix == 0xfc && number >= 19 && number <= 22) return "wide arithmetic";
  if (prefix == 0xfd && number >= 0x120) return "half-precision vectors";
  if (prefix == 0xfe && number > 0x4e) return "shared-everything threads";
  std::string text = "unknown instruction ";
  if (prefix != 0) text += std::to_string(prefix) + " ";
  return text + std::to_string(number);
}

}  // namespace

bool CodeWalker::expression(Cursor& in) {
  depth_ = 1;
  while (depth_ != 0) {
    std::uint8_t byte = 0;
    if (!in.byte(byte)) return false;
    if (is_extended_constant(byte)) features_.add(Feature::kExtendedConst);
    if (!instruction(in, byte)) return false;
  }
  return true;
}

bool CodeWalker::body(Cursor& in) { return locals(in) && instructions(in); }

bool CodeWalker::locals(Cursor& in) {
  std::uint32_t groups = 0;
  if (!in.u32(groups)) return false;
  std::uint64_t sum = 0;
  for (std::uint32_t n = 0; n < groups; ++n) {
    std::uint32_t count = 0;
    ValType ignored{};
    if (!in.u32(count)) return false;
    sum += count;
    if (sum > limits_->locals) return in.above("locals", sum, limits_->locals);
    if (!read_value_type(in, features_, ignored)) return false;
  }
  return true;
}

bool CodeWalker::instructions(Cursor& in) {
  depth_ = 1;
  while (!in.done()) {
    if (depth_ == 0) return in.malformed("instructions behind the end of the function");
    std::uint8_t byte = 0;
    if (!in.byte(byte) || !instruction(in, byte)) return false;
  }
  return depth_ == 0 || in.malformed("the function ends inside a block");
}

bool CodeWalker::instruction(Cursor& in, std::uint8_t byte) {
  Opcode opcode = plain_opcode(byte);
  std::uint8_t prefix = 0;
  std::uint32_t number = byte;
  if (opcode.immediate == Immediate::kPrefixed) {
    prefix = byte;
    if (!in.u32(number)) return false;
    opcode = prefixed_opcode(prefix, number);
  }
  if (opcode.feature != kNoFeature) features_.add(static_cast<Feature>(opcode.feature));
  if (byte == kThrow) has_throw_ = true;
  if (opcode.immediate == Immediate::kUnknown) {
    return in.unsupported(name_of_unknown(prefix, number));
  }
  return immediates(in, opcode.immediate);
}

bool CodeWalker::immediates(Cursor& in, Immediate immediate) {
  std::uint8_t byte = 0;
  std::int32_t narrow = 0;
  std::int64_t wide = 0;
  switch (immediate) {
    case Immediate::kNone:
      return true;
    case Immediate::kIndex:
      return index(in);
    case Immediate::kTwoIndexes:
      return index(in) && index(in);
    case Immediate::kBlock:
      return open_block(in);
    case Immediate::kTryTable:
      return open_block(in) && catches(in);
    case Immediate::kEnd:
      --depth_;
      return true;
    case Immediate::kDelegate:
      --depth_;
      return index(in);
    case Immediate::kBranchTable:
      return branch_table(in);
    case Immediate::kTypes:
      return type_vector(in);
    case Immediate::kHeapType:
      return read_heap_type(in, features_);
    case Immediate::kCastBranch:
      return cast_branch(in);
    case Immediate::kMemory:
      return memory_operand(in);
    case Immediate::kMemoryLane:
      return memory_operand(in) && in.byte(byte);
    case Immediate::kByte:
      return in.byte(byte);
    case Immediate::kI32:
      return in.s32(narrow);
    case Immediate::kI64:
      return in.s64(wide);
    case Immediate::kFourBytes:
      return in.skip(4);
    case Immediate::kEightBytes:
      return in.skip(8);
    case Immediate::kSixteenBytes:
      return in.skip(16);
    case Immediate::kUnknown:
    case Immediate::kPrefixed:
      break;
  }
  return in.malformed("unknown instruction");
}

bool CodeWalker::open_block(Cursor& in) {
  // The function's own level is not a block.
  if (depth_ > limits_->blocks) return in.above("blocks", depth_, limits_->blocks);
  ++depth_;
  return block_type(in);
}

bool CodeWalker::block_type(Cursor& in) {
  std::uint8_t byte = 0;
  if (!in.peek(byte)) return false;
  if (byte == kEmptyBlock) return in.skip(1);
  if ((byte & 0xc0U) == 0x40) {  // a negative number of one byte
    ValType ignored{};
    return read_value_type(in, features_, ignored);
  }
  std::int64_t type = 0;
  if (!in.s33(type)) return false;
  features_.add(Feature::kMultiValue);
  return type >= 0 || in.malformed("unknown block type");
}

bool CodeWalker::branch_table(Cursor& in) {
  std::uint32_t count = 0;
  if (!in.u32(count)) return false;
  if (count > limits_->branch_targets) {
    return in.above("branch-targets", count, limits_->branch_targets);
  }
  for (std::uint32_t n = 0; n <= count; ++n) {  // and the default
    if (!index(in)) return false;
  }
  return true;
}

bool CodeWalker::catches(Cursor& in) {
  std::uint32_t count = 0;
  if (!in.u32(count)) return false;
  if (count > limits_->branch_targets) {
    return in.above("branch-targets", count, limits_->branch_targets);
  }
  for (std::uint32_t n = 0; n < count; ++n) {
    std::uint8_t kind = 0;
    if (!in.byte(kind)) return false;
    if (kind > 3) return in.malformed("unknown catch " + std::to_string(kind));
    if (kind < 2 && !index(in)) return false;  // the tag
    if (!index(in)) return false;              // the label
  }
  return true;
}

bool CodeWalker::type_vector(Cursor& in) {
  std::uint32_t count = 0;
  if (!in.u32(count)) return false;
  if (count > limits_->results) return in.above("results", count, limits_->results);
  for (std::uint32_t n = 0; n < count; ++n) {
    ValType ignored{};
    if (!read_value_type(in, features_, ignored)) return false;
  }
  return true;
}

bool CodeWalker::cast_branch(Cursor& in) {
  std::uint8_t flags = 0;
  return in.byte(flags) && index(in) && read_heap_type(in, features_) &&
         read_heap_type(in, features_);
}

bool CodeWalker::memory_operand(Cursor& in) {
  std::uint32_t alignment = 0;
  std::uint64_t offset = 0;
  if (!in.u32(alignment)) return false;
  if ((alignment & kHasMemoryIndex) != 0) {
    features_.add(Feature::kMultiMemory);
    if (!index(in)) return false;
  }
  return in.u64(offset);
}

}  // namespace warrant::wasm
