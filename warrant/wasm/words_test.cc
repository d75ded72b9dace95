// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "warrant/wasm/exit.h"
#include "warrant/wasm/module_info.h"
#include "warrant/wasm/value.h"

namespace warrant::wasm {
namespace {

TEST(FuncTypeText, IsReadable) {
  using enum ValType;
  EXPECT_EQ(print(FuncType{}), "()");
  EXPECT_EQ(print(FuncType{{kI32, kI64}, {kI32}}), "(i32, i64) -> i32");
  EXPECT_EQ(print(FuncType{{kF32, kF64, kV128}, {kFuncRef, kExternRef}}),
            "(f32, f64, v128) -> (funcref, externref)");
  EXPECT_EQ(print(FuncType{{kOther}, {}}), "(ref)");
}

TEST(TrapText, SaysWhatHappened) {
  EXPECT_EQ(describe(TrapCode::kMemoryOutOfBounds), "out of bounds memory access");
  EXPECT_EQ(describe(TrapCode::kStackOverflow), "call stack exhausted");
  EXPECT_EQ(describe(TrapCode::kIntegerDivisionByZero), "integer division by zero");
  EXPECT_EQ(describe(static_cast<TrapCode>(200)), "trap");
}

TEST(FeatureWords, AreDistinct) {
  std::set<std::string_view> seen;
  for (unsigned n = 0; n < kFeatureCount; ++n) {
    EXPECT_NE(word(static_cast<Feature>(n)), "unknown");
    EXPECT_TRUE(seen.insert(word(static_cast<Feature>(n))).second);
  }
  EXPECT_EQ(word(static_cast<Feature>(kFeatureCount)), "unknown");
}

}  // namespace
}  // namespace warrant::wasm
