// SPDX-License-Identifier: Apache-2.0
#pragma once
// The imports `openagentic_netfetch` (one function, frozen) and `warrant_fetch` (ten functions) as
// the engine knows them.
//
// They always link; importing is not authority. Their state is a Context under
// StateSlot::kNetfetch. Spec: netfetch.md.
#include <span>

#include "warrant/wasm/host_function.h"

namespace warrant::netfetch {

inline constexpr std::string_view kOpenagentic = "openagentic_netfetch";
inline constexpr std::string_view kWarrantFetch = "warrant_fetch";

std::span<const wasm::HostFunction> functions() noexcept;

}  // namespace warrant::netfetch
