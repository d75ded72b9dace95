// SPDX-License-Identifier: Apache-2.0
// The names of what a component imports and exports, out of its own two sections; types and what
// lies nested in it are the engine's to read.
#include "warrant/wasm/module_reader.h"

namespace warrant::wasm {
namespace {

constexpr std::uint8_t kImports = 10;
constexpr std::uint8_t kExports = 11;
constexpr std::uint8_t kCoreModule = 0x11;

// "wasi:cli/stdout@0.2.0", in either of the two forms.
bool extern_name(Cursor& in, std::uint32_t limit, std::string& name) {
  std::uint8_t form = 0;
  if (!in.byte(form)) return false;
  if (form > 1) return in.malformed("a name of a form that is not known");
  return in.name(name, limit);
}

// What kind of thing it is, by reference to a type.
bool extern_type(Cursor& in) {
  std::uint8_t kind = 0;
  std::uint8_t bound = 0;
  std::uint32_t index = 0;
  if (!in.byte(kind)) return false;
  switch (kind) {
    case 0:
      if (!in.byte(bound)) return false;
      return bound == kCoreModule ? in.u32(index) : in.malformed("an import of no known kind");
    case 1:
    case 4:
    case 5:
      return in.u32(index);
    case 2: {
      std::int64_t type = 0;
      return in.byte(bound) && in.s33(type);
    }
    case 3:
      return in.byte(bound) && (bound != 0 || in.u32(index));
    default:
      return in.malformed("an import of no known kind");
  }
}

bool export_target(Cursor& in) {
  std::uint8_t sort = 0;
  std::uint8_t core = 0;
  std::uint8_t has_type = 0;
  std::uint32_t index = 0;
  if (!in.byte(sort) || (sort == 0 && !in.byte(core)) || !in.u32(index) || !in.byte(has_type)) {
    return false;
  }
  return has_type == 0 || extern_type(in);
}

}  // namespace

bool ModuleReader::component_section(Cursor& in, std::uint8_t id) {
  if (id != kImports && id != kExports) return true;
  std::vector<std::string>& names =
      id == kImports ? info_.component_imports : info_.component_exports;
  std::uint32_t entries = 0;
  const std::uint64_t limit = id == kImports ? limits_.imports : limits_.exports;
  if (!count(in, entries, names.size(), id == kImports ? "imports" : "exports", limit)) {
    return false;
  }
  for (std::uint32_t i = 0; i < entries; ++i) {
    std::string name;
    if (!extern_name(in, limits_.name_bytes, name)) return false;
    if (!(id == kImports ? extern_type(in) : export_target(in))) return false;
    names.push_back(std::move(name));
  }
  return in.done() || in.malformed(std::to_string(in.left()) + " bytes too many");
}

}  // namespace warrant::wasm
