// SPDX-License-Identifier: Apache-2.0
#pragma once
// A module whose memories and tables cannot grow beyond the limits of its run.
//
// A page cannot refuse a growth, so the maxima are written into the module: what the minima leave
// of a limit goes to the first that may grow, then to the next. All else is copied byte for byte.
// The module was read and its minima are within the limits. Spec: runners.md section 10.
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "warrant/wasm/module_info.h"

namespace warrant::web {

struct Maxima {
  std::uint64_t memory = 0;  // bytes, all memories together
  std::uint64_t table = 0;   // elements, all tables together
};

// Nothing: a form of memory or table that this does not know.
std::optional<std::string> with_maxima(std::span<const std::byte> module,
                                       const wasm::ModuleInfo& info, const Maxima& maxima);

}  // namespace warrant::web
