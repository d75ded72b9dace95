// SPDX-License-Identifier: Apache-2.0
#pragma once
// Host functions as the engine's linker wants them. Nothing that the tables do not hold is defined.
#include <span>
#include <vector>

#include "warrant/engine/handles.h"
#include "warrant/wasm/host_function.h"

namespace warrant::engine {

using FunctionTables = std::vector<std::span<const wasm::HostFunction>>;

// All functions, for an engine that serves many modules.
LinkerHandle link_all(wasm_engine_t* engine, const FunctionTables& tables, ErrorHandle& error);
// Only those that the module names, for a start that is made once.
LinkerHandle link_named(wasm_engine_t* engine, const wasmtime_module_t& module,
                        const FunctionTables& tables, ErrorHandle& error);

}  // namespace warrant::engine
