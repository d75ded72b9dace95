// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/run_engine.h"

#include <algorithm>

#include "warrant/netfetch/functions.h"
#include "warrant/os/process.h"
#include "warrant/wasi_p1/functions.h"

namespace warrant::lib {

using policy::LimitKey;

std::vector<std::span<const wasm::HostFunction>> OfferedFunctions::get(host::TraceObserver* trace) {
  if (trace == nullptr) return {wasi_p1::functions(), netfetch::functions()};
  if (traced_ == nullptr) {
    traced_ = std::make_unique<host::TracedFunctions>(wasi_p1::functions(), *trace);
    traced_fetching_ = std::make_unique<host::TracedFunctions>(netfetch::functions(), *trace);
  }
  return {traced_->functions(), traced_fetching_->functions()};
}

engine::Options engine_options(const policy::Limits& limits, std::uint32_t backtrace_frames,
                               std::vector<std::span<const wasm::HostFunction>> functions,
                               std::span<const wasm::HostFunction> stubs) {
  engine::Options wanted;
  wanted.profile = engine::Profile::kOneShot;
  wanted.stack = limits.get(LimitKey::kStack);
  wanted.fuel = limits.is_written(LimitKey::kFuel) ? engine::Fuel::kCounted : engine::Fuel::kOff;
  wanted.backtrace_frames = backtrace_frames;
  wanted.functions = std::move(functions);
  if (!stubs.empty()) wanted.functions.push_back(stubs);
  return wanted;
}

wasm::Interruption interruption_of(os::RunEnd cause) noexcept {
  switch (cause) {
    case os::RunEnd::kWall:
      return wasm::Interruption::kWall;
    case os::RunEnd::kCpu:
      return wasm::Interruption::kCpu;
    case os::RunEnd::kSignal:
      return wasm::Interruption::kCancelled;
  }
  return wasm::Interruption::kCancelled;
}

std::optional<std::uint64_t> largest_file(os::Ambient ambient, const policy::Warrant& warrant) {
  if (os::prints_into_file(ambient)) return std::nullopt;
  std::uint64_t most = warrant.limits().get(LimitKey::kFileBytes);
  for (const policy::DirectoryGrant& each : warrant.terms().directories) {
    most = std::max(most, each.file_bytes.value_or(0));
  }
  return most;
}

}  // namespace warrant::lib
