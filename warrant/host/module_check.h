// SPDX-License-Identifier: Apache-2.0
#pragma once
// What every runner of ours offers to a guest, and whether a module fits it before anything is
// compiled: its size at the start, its imports.
//
// Pure. Texts are one line each, for people, escaped, and complete: all faults, not the first.
// Nothing is bound here: the engine checks once more when it links. Spec: preview1.md section 1,
// limits.md sections 1 and 6.
#include <optional>
#include <string>
#include <vector>

#include "warrant/policy/limits.h"
#include "warrant/wasm/host_function.h"
#include "warrant/wasm/imports.h"
#include "warrant/wasm/module_info.h"
#include "warrant/wasm/reader.h"

namespace warrant::host {

struct ModuleFault {
  std::string what;
  std::string hint;               // what to do
  std::vector<std::string> more;  // further reasons, each a line
};

// An embedder's own functions aside.
std::vector<wasm::HostFunction> provided_functions();

wasm::ReadLimits read_limits(const policy::Limits& limits);

// What the module has at its start against what it may have; each limit named.
std::optional<ModuleFault> fault_of_start_sizes(const wasm::ModuleInfo& info,
                                                const policy::Limits& limits);

// Of imports that nobody provides; at least one.
ModuleFault fault_of_imports(const std::vector<wasm::ImportProblem>& problems);

}  // namespace warrant::host
