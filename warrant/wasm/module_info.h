// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a WebAssembly binary says about itself: read from its bytes, before any engine sees them.
//
// Names are the guest's own bytes: valid UTF-8, and to be escaped before they are printed.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "warrant/wasm/value.h"

namespace warrant::wasm {

enum class BinaryKind : std::uint8_t { kModule, kComponent };
enum class ExternKind : std::uint8_t { kFunction, kTable, kMemory, kGlobal, kTag };

struct MemoryType {
  std::uint64_t minimum_pages = 0;  // of 64 KiB
  std::optional<std::uint64_t> maximum_pages;
  bool shared = false;
  bool memory64 = false;
};

struct Import {
  std::string module;
  std::string name;
  ExternKind kind = ExternKind::kFunction;
  FuncType type;      // of functions and tags
  MemoryType memory;  // of memories
};

struct Export {
  std::string name;
  ExternKind kind = ExternKind::kFunction;
  std::uint32_t index = 0;
  FuncType type;      // of functions
  MemoryType memory;  // of memories
};

struct CustomSection {
  std::string name;
  std::uint64_t size = 0;
};

// Proposals that a module uses beyond the first version; words of the field.
enum class Feature : std::uint8_t {
  kBulkMemory,
  kExceptions,        // exnref: try_table
  kLegacyExceptions,  // try/catch
  kExtendedConst,
  kGc,
  kMemory64,
  kMultiMemory,
  kMultiValue,
  kMutableGlobals,
  kReferenceTypes,
  kRelaxedSimd,
  kSaturatingFloatToInt,
  kSignExtension,
  kSimd,
  kTailCalls,
  kThreads,
};
inline constexpr std::size_t kFeatureCount = 16;

struct ModuleInfo {
  BinaryKind kind = BinaryKind::kModule;
  std::vector<Import> imports;  // of a component: empty
  std::vector<Export> exports;
  std::vector<std::string> component_imports;  // "wasi:cli/stdout@0.2.0"; of a module: empty
  std::vector<std::string> component_exports;
  std::vector<CustomSection> custom_sections;
  std::vector<MemoryType> memories;  // imported ones first
  std::uint64_t table_elements = 0;  // minima of all tables
  std::uint32_t tables = 0;
  std::uint32_t functions = 0;  // imported ones included
  std::optional<std::uint32_t> start;
  std::uint32_t features = 0;  // bit n: Feature n; complete only after a deep read
  bool has(Feature feature) const noexcept {
    return (features >> static_cast<unsigned>(feature) & 1U) != 0;
  }
};

// "exceptions", "simd", …: the words of `warrant inspect`.
std::string_view word(Feature feature) noexcept;

}  // namespace warrant::wasm
