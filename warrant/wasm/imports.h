// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether what a module imports is what the host offers: all that is wrong, not the first.
//
// Texts are one line for people, guest names escaped and cut. Nothing is bound here: the engine
// checks once more when it links. Spec: preview1.md sections 1 and 6.4.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/wasm/host_function.h"
#include "warrant/wasm/module_info.h"

namespace warrant::wasm {

struct ImportProblem {
  enum class Kind : std::uint8_t {
    kUnknownModule,
    kUnknownName,  // the module is there, the field is not
    kWrongKind,    // memory, table, global or tag: the host offers functions only
    kWrongType,
  };
  Kind kind = Kind::kUnknownModule;
  std::string module;  // as the guest wrote it
  std::string name;
  std::string text;              // "env.host_log (i32, i32) is not provided"
  std::string_view advice = {};  // what could provide it; empty when nothing is known
};

// Of what the host offers, one list of functions.
using HostFunctions = std::span<const HostFunction>;

// Sorted by module, name and kind; each problem once.
std::vector<ImportProblem> check_imports(const ModuleInfo& info,
                                         std::span<const HostFunctions> offered);
inline std::vector<ImportProblem> check_imports(const ModuleInfo& info, HostFunctions offered) {
  return check_imports(info, std::span(&offered, 1));
}

// What an import of that name belongs to and what to do about it; empty when nothing is known.
std::string_view advice_for(std::string_view module, std::string_view name) noexcept;

}  // namespace warrant::wasm
