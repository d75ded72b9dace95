// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasm/reader.h"

#include <algorithm>

#include "warrant/base/bytes.h"
#include "warrant/wasm/cursor.h"
#include "warrant/wasm/module_reader.h"

namespace warrant::wasm {
namespace {

constexpr std::string_view kMagic{"\0asm", 4};
constexpr std::string_view kModuleVersion{"\1\0\0\0", 4};
constexpr std::string_view kComponentVersion{"\x0d\0\1\0", 4};

// What a file that is not WebAssembly seems to be.
std::string_view guess(std::string_view text) noexcept {
  struct Start {
    std::string_view bytes;
    std::string_view what;
  };
  static constexpr Start kStarts[] = {
      Start{"(module", "this is the text format: assemble it first (wat2wasm)"},
      Start{"(component", "this is the text format of a component: assemble it first"},
      Start{"\x7f"
            "ELF",
            "this is a native program (ELF)"},
      Start{"MZ", "this is a Windows program"},
      Start{"#!", "this is a script"},
      Start{"\x1f\x8b", "this is compressed (gzip): unpack it first"},
      Start{"\x28\xb5\x2f\xfd", "this is compressed (zstd): unpack it first"},
      Start{"PK\3\4", "this is a zip archive"},
      Start{"!<arch>", "this is a library of object files"},
      Start{"<!DOCTYPE", "this is an HTML page"},
      Start{"<html", "this is an HTML page"},
      Start{"BC\xc0\xde", "this is LLVM bitcode: compile it first"},
  };
  for (const Start& start : kStarts) {
    if (text.starts_with(start.bytes)) return start.what;
  }
  return "it does not begin with \\0asm";
}

bool read_preamble(Cursor& in, std::span<const std::byte> bytes, BinaryKind& kind) {
  const std::string_view text = text_of(bytes);
  if (text.empty()) return in.fail(Diagnosis::Kind::kEmpty, "the file is empty");
  const std::string_view magic = text.substr(0, kMagic.size());
  if (magic != kMagic.substr(0, magic.size())) {
    return in.fail(Diagnosis::Kind::kNotWasm, "not WebAssembly: " + std::string(guess(text)));
  }
  if (!in.skip(kMagic.size() + kModuleVersion.size())) return false;
  const std::string_view version = text.substr(kMagic.size(), kModuleVersion.size());
  if (version == kModuleVersion) {
    kind = BinaryKind::kModule;
  } else if (version == kComponentVersion) {
    kind = BinaryKind::kComponent;
  } else {
    std::string numbers;
    for (const char each : version) {
      numbers.append(" ").append(std::to_string(static_cast<unsigned char>(each)));
    }
    return in.fail(Diagnosis::Kind::kVersion,
                   "neither a module nor a component of a known version:" + numbers);
  }
  return true;
}

Error error_of(const Diagnosis& why) noexcept {
  constexpr std::string_view kWhere = "read_module";
  switch (why.kind) {
    case Diagnosis::Kind::kLimit:
      return Error{Errc::kMessageSize, 0, kWhere};
    case Diagnosis::Kind::kVersion:
    case Diagnosis::Kind::kUnsupported:
      return Error{Errc::kNotSupported, 0, kWhere};
    case Diagnosis::Kind::kNone:
    case Diagnosis::Kind::kNotWasm:
    case Diagnosis::Kind::kEmpty:
    case Diagnosis::Kind::kTruncated:
    case Diagnosis::Kind::kMalformed:
      break;
  }
  return Error{Errc::kInvalid, 0, kWhere};
}

// Of the custom sections that were read so far: which of them to leave out.
void name_largest(std::span<const CustomSection> sections, Diagnosis& diagnosis) {
  const auto largest = std::max_element(
      sections.begin(), sections.end(),
      [](const CustomSection& a, const CustomSection& b) { return a.size < b.size; });
  if (largest == sections.end()) return;
  diagnosis.text +=
      "; the largest, " + largest->name + ", has " + std::to_string(largest->size) + " bytes";
}

}  // namespace

Result<ModuleInfo> read_module(std::span<const std::byte> bytes, ReadDepth depth,
                               const ReadLimits& limits, Diagnosis& diagnosis) {
  diagnosis = {};
  ModuleInfo info;
  Cursor in(bytes, diagnosis);
  if (!read_preamble(in, bytes, info.kind)) return error_of(diagnosis);
  if (bytes.size() > limits.module_bytes) {
    in.above("module-bytes", bytes.size(), limits.module_bytes);
    return error_of(diagnosis);
  }
  if (ModuleReader(depth, limits, info).read(in)) return info;
  if (diagnosis.limit == "custom-bytes") name_largest(info.custom_sections, diagnosis);
  return error_of(diagnosis);
}

}  // namespace warrant::wasm
