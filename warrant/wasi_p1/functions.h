// SPDX-License-Identifier: Apache-2.0
#pragma once
// The host functions of `wasi_snapshot_preview1` (46) and `wasi_unstable` (45).
//
// Constants: they may be given to any number of engines. A run's state is a wasi_p1::Context in
// StateSlot::kWasi. Optional imports that nobody provides get a stub. Spec: preview1.md.
#include <span>
#include <string_view>

#include "warrant/wasm/host_function.h"

namespace warrant::wasi_p1 {

std::span<const wasm::HostFunction> functions() noexcept;

// A function for an import that may be absent: it answers 52 (NOSYS) when its only result is an
// i32, else it ends the run as a trap; each call is recorded. The views must outlive every engine
// that gets it. Spec: preview1.md 6.4.
wasm::HostFunction make_stub(std::string_view module, std::string_view name,
                             std::span<const wasm::ValType> params,
                             std::span<const wasm::ValType> results) noexcept;

}  // namespace warrant::wasi_p1
