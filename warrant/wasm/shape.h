// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a module is built like something that can be run: its entry points, its memory, and the
// proposals that it uses.
//
// Problems are one line each, for people, and complete. Needs a deep read for the proposals. Says
// nothing about imports (imports.h). Spec: preview1.md section 1, engine.md section 3.
#include <cstdint>
#include <string>
#include <vector>

#include "warrant/wasm/module_info.h"

namespace warrant::wasm {

enum class Shape : std::uint8_t {
  kCommand,  // exports _start: called once
  kReactor,  // everything else; _initialize is called first when it is exported
};

struct ShapeCheck {
  Shape shape = Shape::kReactor;
  bool has_initialize = false;
  std::vector<std::string> problems;
};

ShapeCheck check_shape(const ModuleInfo& info);

// Proposals that no profile of the native runner has, with the way out of each.
std::vector<std::string> check_features(const ModuleInfo& info);

// Null when there is none of that name.
const Export* find_export(const ModuleInfo& info, std::string_view name) noexcept;

}  // namespace warrant::wasm
