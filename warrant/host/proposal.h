// SPDX-License-Identifier: Apache-2.0
#pragma once
// The smallest grant that a module's own words ask for: from its imports, its sizes, and what is
// known of the language that it was made with.
//
// An import shows what a program may ask for, not what it will: a run with less may do. Nothing of
// it is in force; a person reads it, narrows it and grants it. Spec: guests.md section 8.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/policy/grant.h"
#include "warrant/wasm/module_info.h"

namespace warrant::host {

enum class Language : std::uint8_t { kUnknown, kC, kRust, kGo, kPython, kMicroPython, kOther };
std::string_view word(Language language) noexcept;  // empty for kUnknown and kOther

struct Proposal {
  Language language = Language::kUnknown;
  policy::Grant grant;
  std::vector<std::string> remarks;  // what a person should know or decide; escaped
};

// `bytes`: the whole module that `info` was read from.
Proposal propose_grant(std::span<const std::byte> bytes, const wasm::ModuleInfo& info);

}  // namespace warrant::host
