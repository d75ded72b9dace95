// SPDX-License-Identifier: Apache-2.0
#include "warrant/netfetch/functions.h"

#include <span>

#include "warrant/netfetch/call.h"

namespace warrant::netfetch {
namespace {

using wasm::HostFunction;
using wasm::ValType;

constexpr ValType kI32s[] = {ValType::kI32, ValType::kI32, ValType::kI32, ValType::kI32,
                             ValType::kI32, ValType::kI32, ValType::kI32, ValType::kI32,
                             ValType::kI32, ValType::kI32};

template <Function kFunction>
wasm::HostResult run(const HostFunction& self, wasm::HostCall& host, wasm::Slot* slots) noexcept {
  Call call(self, host, slots);
  return kFunction(call);
}

template <Function kFunction>
constexpr HostFunction row(std::string_view module, std::string_view name, std::size_t params) {
  return {module,
          name,
          std::span(kI32s).first(params),
          std::span(kI32s).first(1),
          wasm::StateSlot::kNetfetch,
          &run<kFunction>,
          nullptr};
}

constexpr HostFunction kFunctions[] = {
    row<fetch_get>(kOpenagentic, "fetch_get", 7),
    row<version>(kWarrantFetch, "version", 0),
    row<request>(kWarrantFetch, "request", 10),
    row<response>(kWarrantFetch, "response", 3),
    row<head_read>(kWarrantFetch, "head_read", 5),
    row<body_read>(kWarrantFetch, "body_read", 4),
    row<body_ready>(kWarrantFetch, "body_ready", 2),
    row<error_read>(kWarrantFetch, "error_read", 3),
    row<cancel>(kWarrantFetch, "cancel", 1),
    row<close>(kWarrantFetch, "close", 1),
    row<bounds>(kWarrantFetch, "bounds", 2),
};

}  // namespace

std::span<const HostFunction> functions() noexcept { return kFunctions; }

}  // namespace warrant::netfetch
