// SPDX-License-Identifier: Apache-2.0
#pragma once
// Denials by a Fetch that closed for the call, or that nobody granted.
//
// No budget of their own bounds how often they happen: so many are kept, the rest is counted.
// Spec: netfetch.md section 10 row NF21, audit.md section 1.
#include "warrant/audit/event.h"

namespace warrant::audit {

inline constexpr std::uint64_t kClosedFetchesKept = 64;

inline bool is_of_closed_fetch(const Event& event) noexcept {
  return event.kind == Kind::kFetch && event.decision == Decision::kDeny &&
         (event.reason == cap::Reason::kNotGranted || event.reason == cap::Reason::kBudgetDenials);
}

}  // namespace warrant::audit
