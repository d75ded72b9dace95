// SPDX-License-Identifier: Apache-2.0
#pragma once
// Walks instructions one behind the other, without a stack: a counter is enough for nesting; for
// the files of this room. Checks form and limits, not types.
#include <cstdint>

#include "warrant/wasm/cursor.h"
#include "warrant/wasm/opcodes.h"
#include "warrant/wasm/types.h"

namespace warrant::wasm {

class CodeWalker {
 public:
  CodeWalker(const ReadLimits& limits, Features features) noexcept
      : limits_(&limits), features_(features) {}

  // A constant expression with its end.
  bool expression(Cursor& in);
  // Locals and instructions of a function; the cursor holds exactly its body.
  bool body(Cursor& in);
  bool has_throw() const noexcept { return has_throw_; }

 private:
  bool locals(Cursor& in);
  bool instructions(Cursor& in);
  bool instruction(Cursor& in, std::uint8_t byte);
  bool immediates(Cursor& in, Immediate immediate);
  bool open_block(Cursor& in);
  bool block_type(Cursor& in);
  bool branch_table(Cursor& in);
  bool catches(Cursor& in);
  bool type_vector(Cursor& in);
  bool cast_branch(Cursor& in);
  bool memory_operand(Cursor& in);
  bool index(Cursor& in) {
    std::uint32_t ignored = 0;
    return in.u32(ignored);
  }

  const ReadLimits* limits_;
  Features features_;
  std::uint32_t depth_ = 0;
  bool has_throw_ = false;
};

}  // namespace warrant::wasm
