// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the engine's traps and errors mean to Warrant. Spec: engine.md sections 3.1 and 9.
#include "warrant/engine/handles.h"
#include "warrant/wasm/engine.h"

namespace warrant::engine {

// The end that a record or a cause from outside stands for; the record wins over everything.
bool end_by_record(const wasm::ExitRecord& record, wasm::End& end);
wasm::End end_by_trap(const wasm_trap_t& trap, wasm::Interruption cause);
// Of a run; an error that is no trap is a bug of ours.
wasm::End end_by_error(const wasmtime_error_t& error, wasm::Interruption cause);

// Why a module was refused by the compiler.
wasm::Failure refusal(const wasmtime_error_t& error);

}  // namespace warrant::engine
