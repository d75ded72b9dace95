// SPDX-License-Identifier: Apache-2.0
// Words of the room's values for people.
#include "warrant/wasm/exit.h"
#include "warrant/wasm/module_info.h"
#include "warrant/wasm/value.h"

namespace warrant::wasm {
namespace {

std::string_view word(ValType type) noexcept {
  switch (type) {
    case ValType::kI32:
      return "i32";
    case ValType::kI64:
      return "i64";
    case ValType::kF32:
      return "f32";
    case ValType::kF64:
      return "f64";
    case ValType::kV128:
      return "v128";
    case ValType::kFuncRef:
      return "funcref";
    case ValType::kExternRef:
      return "externref";
    case ValType::kOther:
      return "ref";
  }
  return "?";
}

std::string list(const std::vector<ValType>& types) {
  std::string text = "(";
  for (std::size_t n = 0; n < types.size(); ++n) {
    if (n != 0) text += ", ";
    text += word(types[n]);
  }
  return text += ')';
}

}  // namespace

std::string print(const FuncType& type) {
  if (type.results.empty()) return list(type.params);
  if (type.results.size() > 1) return list(type.params) + " -> " + list(type.results);
  return list(type.params) + " -> " + std::string(word(type.results[0]));
}

std::string_view word(Feature feature) noexcept {
  switch (feature) {
    case Feature::kBulkMemory:
      return "bulk-memory";
    case Feature::kExceptions:
      return "exceptions";
    case Feature::kLegacyExceptions:
      return "legacy-exceptions";
    case Feature::kExtendedConst:
      return "extended-const";
    case Feature::kGc:
      return "gc";
    case Feature::kMemory64:
      return "memory64";
    case Feature::kMultiMemory:
      return "multi-memory";
    case Feature::kMultiValue:
      return "multi-value";
    case Feature::kMutableGlobals:
      return "mutable-globals";
    case Feature::kReferenceTypes:
      return "reference-types";
    case Feature::kRelaxedSimd:
      return "relaxed-simd";
    case Feature::kSaturatingFloatToInt:
      return "saturating-float-to-int";
    case Feature::kSignExtension:
      return "sign-extension";
    case Feature::kSimd:
      return "simd";
    case Feature::kTailCalls:
      return "tail-calls";
    case Feature::kThreads:
      return "threads";
  }
  return "unknown";
}

std::string_view describe(TrapCode code) noexcept {
  switch (code) {
    case TrapCode::kStackOverflow:
      return "call stack exhausted";
    case TrapCode::kMemoryOutOfBounds:
      return "out of bounds memory access";
    case TrapCode::kHeapMisaligned:
      return "unaligned atomic operation";
    case TrapCode::kTableOutOfBounds:
      return "out of bounds table access";
    case TrapCode::kIndirectCallToNull:
      return "indirect call to null";
    case TrapCode::kBadSignature:
      return "indirect call to a function of another type";
    case TrapCode::kIntegerOverflow:
      return "integer overflow";
    case TrapCode::kIntegerDivisionByZero:
      return "integer division by zero";
    case TrapCode::kBadConversionToInteger:
      return "conversion of a number that no integer holds";
    case TrapCode::kUnreachable:
      return "unreachable instruction executed";
    case TrapCode::kInterrupt:
      return "interrupted";
    case TrapCode::kOutOfFuel:
      return "out of fuel";
    case TrapCode::kAllocationTooLarge:
      return "allocation too large";
    case TrapCode::kUncaughtException:
      return "uncaught exception";
    case TrapCode::kOther:
      return "trap";
  }
  return "trap";
}

}  // namespace warrant::wasm
