// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads a WebAssembly binary without running, validating or trusting it: what it imports and
// exports, what it needs, and whether it stays within the limits of compilation.
//
// One pass, no recursion, no allocation sized by a number in the file. kOutline reads every section
// but the bodies of code and the bytes of data; kDeep walks the instructions too: features, locals,
// nesting, branch tables. Passing says nothing about validity: the engine validates.
// Spec: limits.md section 6, engine.md section 3.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "warrant/base/result.h"
#include "warrant/wasm/module_info.h"

namespace warrant::wasm {

enum class ReadDepth : std::uint8_t { kOutline, kDeep };

// Upper bounds, defaults of limits.md section 6.
struct ReadLimits {
  std::uint64_t module_bytes = 64ULL << 20;
  std::uint32_t types = 10'000;
  std::uint32_t functions = 200'000;
  std::uint32_t function_bytes = 1U << 20;
  std::uint32_t locals = 10'000;
  std::uint32_t imports = 1'000;
  std::uint32_t exports = 10'000;
  std::uint32_t params = 1'000;
  std::uint32_t results = 1'000;
  std::uint32_t branch_targets = 65'536;
  std::uint32_t blocks = 10'000;
  std::uint32_t globals = 10'000;
  std::uint32_t tags = 100;
  std::uint32_t data_segments = 100'000;
  std::uint32_t element_segments = 10'000;
  std::uint64_t table_elements = 100'000;
  std::uint32_t name_bytes = 4'096;
  std::uint64_t custom_bytes = 16ULL << 20;  // debug and name sections count
};

// What was wrong, for people: one line, no guest bytes unescaped.
struct Diagnosis {
  enum class Kind : std::uint8_t {
    kNone,
    kNotWasm,  // the first four bytes are not "\0asm"
    kEmpty,
    kVersion,    // neither module nor component of a known version
    kTruncated,  // the file ends inside something
    kMalformed,
    kLimit,        // a number above its limit; `limit` is its key
    kUnsupported,  // legacy exceptions, threads, …
  };
  Kind kind = Kind::kNone;
  std::string text;             // "section 10 (code) ends after 12 of 400 bytes"
  std::string_view limit = {};  // key of limits.md section 6 ("function-bytes")
  std::uint64_t offset = 0;     // in the file
};

// Of a component only kind, size, custom sections and the names of imports and exports are read.
Result<ModuleInfo> read_module(std::span<const std::byte> bytes, ReadDepth depth,
                               const ReadLimits& limits, Diagnosis& diagnosis);

}  // namespace warrant::wasm
