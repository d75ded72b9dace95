// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a process that exists for one run needs of the engine, whether it is its own broker or an
// executor: code must come out, and be loaded, the same. Internal to lib.
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "warrant/engine/options.h"
#include "warrant/host/trace.h"
#include "warrant/os/ambient.h"
#include "warrant/os/run_timer.h"
#include "warrant/policy/warrant.h"
#include "warrant/wasm/exit.h"

namespace warrant::lib {

// The functions that a guest is offered, with an observer told of each call or without.
class OfferedFunctions {
 public:
  // `trace` may be null, and is the same each time; the spans live as long as this.
  std::vector<std::span<const wasm::HostFunction>> get(host::TraceObserver* trace);

 private:
  std::unique_ptr<host::TracedFunctions> traced_;
  std::unique_ptr<host::TracedFunctions> traced_fetching_;
};

engine::Options engine_options(const policy::Limits& limits, std::uint32_t backtrace_frames,
                               std::vector<std::span<const wasm::HostFunction>> functions,
                               std::span<const wasm::HostFunction> stubs);

wasm::Interruption interruption_of(os::RunEnd cause) noexcept;

// The largest file that a run may make; nothing where an output of the process is a regular file,
// which no limit of the run bounds.
std::optional<std::uint64_t> largest_file(os::Ambient ambient, const policy::Warrant& warrant);

}  // namespace warrant::lib
