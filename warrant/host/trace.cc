// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/trace.h"

#include <algorithm>
#include <array>

#include "warrant/wasi_p1/errno_word.h"

namespace warrant::host {
namespace {

constexpr std::size_t kMaxParams = 16;

}  // namespace

TracedFunctions::TracedFunctions(std::span<const wasm::HostFunction> functions,
                                 TraceObserver& observer) {
  targets_.reserve(functions.size());
  wrapped_.reserve(functions.size());
  for (const wasm::HostFunction& function : functions) {
    targets_.push_back({&function, &observer});
    wasm::HostFunction wrapper = function;
    wrapper.call = &TracedFunctions::call;
    wrapper.data = &targets_.back();
    wrapped_.push_back(wrapper);
  }
}

wasm::HostResult TracedFunctions::call(const wasm::HostFunction& self, wasm::HostCall& call,
                                       wasm::Slot* slots) noexcept {
  const auto& target = *static_cast<const Target*>(self.data);
  std::array<std::uint64_t, kMaxParams> arguments{};
  const std::size_t count = std::min(self.params.size(), kMaxParams);
  for (std::size_t i = 0; i < count; ++i) {
    arguments[i] = self.params[i] == wasm::ValType::kI32 ? slots[i].u32() : slots[i].u64();
  }
  const wasm::HostResult result = target.function->call(*target.function, call, slots);
  const std::uint64_t answer = self.results.empty() ? 0 : slots[0].u32();
  target.observer->called(*target.function, std::span(arguments).first(count),
                          self.results.empty() ? nullptr : &answer, result);
  return result;
}

std::string print_call(const wasm::HostFunction& function, std::span<const std::uint64_t> arguments,
                       const std::uint64_t* answer, wasm::HostResult result) {
  std::string line(function.name);
  line += '(';
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (i != 0) line += ", ";
    line += std::to_string(arguments[i]);
  }
  line += ')';
  if (result == wasm::HostResult::kEnd) return line + " ends the run";
  if (answer == nullptr) return line;
  line += " = " + std::to_string(*answer);
  if (function.module.starts_with("wasi_")) {
    line += ' ';
    line += wasi_p1::word(static_cast<wasi_p1::Errno>(*answer));
  }
  return line;
}

}  // namespace warrant::host
