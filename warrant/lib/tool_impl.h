// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a Tool holds: its bytes, what they say, and the programs made of them; internal to lib.
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "warrant/engine/engine.h"
#include "warrant/host/module_check.h"
#include "warrant/host/session.h"
#include "warrant/lib/outcome.h"
#include "warrant/lib/tool.h"
#include "warrant/policy/limits.h"
#include "warrant/wasm/module_info.h"
#include "warrant/wasm/reader.h"

namespace warrant {

struct Tool::Impl {
  std::vector<std::byte> bytes;
  wasm::ModuleInfo info;
  host::Entry entry = host::Entry::kReactor;
  policy::Limits limits;                       // of reading and compiling
  std::vector<wasm::HostFunction> stubs;       // of optional imports; they view `info`
  std::unique_ptr<engine::Engine> own_engine;  // where there are stubs
  mutable std::mutex mutex;
  mutable std::vector<std::pair<const engine::Engine*, std::shared_ptr<engine::Program>>> programs;
};

namespace lib {

using host::provided_functions;
using host::read_limits;

enum class Imports : std::uint8_t { kChecked, kIgnored };

// Reads the module and holds its imports and shape against what `functions` offer; stubs are made
// for missing imports that `optional` names.
Outcome<std::shared_ptr<Tool::Impl>> read_tool(
    std::vector<std::byte> bytes, const policy::Limits& limits,
    std::span<const std::span<const wasm::HostFunction>> functions,
    std::span<const std::string> optional, Imports imports);

// For engine::Options::before_compile: the instruction walk against the limits of compilation.
Status check_before_compile(std::span<const std::byte> module, const policy::Limits& limits,
                            wasm::Failure& failure);

// What the module has at its start against what it may have; each limit named.
std::optional<Problem> check_start_sizes(const wasm::ModuleInfo& info,
                                         const policy::Limits& limits);
// A limit of compilation was written that only the instruction walk can check.
bool asks_for_walk(const policy::Limits& limits) noexcept;

Problem problem_of(const host::Exit& exit);

}  // namespace lib
}  // namespace warrant
