// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a grant counts now: expiry, the clock's floor, and what is left of its uses. Pure: the
// time and the uses so far are brought by the caller.
//
// Spec: grants.md section 5.
#include <cstdint>
#include <optional>
#include <string>

#include "warrant/policy/finding.h"
#include "warrant/policy/grant.h"

namespace warrant::policy {

struct ClockFacts {
  Timestamp now = {};
  Timestamp latest_seen = {};  // of the state directory; 0: none was seen
};

// The clock is looked at only for these.
bool needs_clock(const Grant& grant) noexcept;
// `grant_expired`, `grant_not_yet`, `clock.rolled_back` (more than an hour behind the latest seen).
std::optional<Finding> judge_time(const Grant& grant, const ClockFacts& facts);
// What is left of `wall` until the grant expires, in whole milliseconds.
Nanoseconds wall_until_expiry(const Grant& grant, Timestamp now) noexcept;

// A name for the file of use number `number` (from 0), the same in every process; it holds no byte
// of the id.
std::string use_file_name(const Grant& grant, std::uint64_t number);
// Nothing: a further use is covered. `used`: how many such files there are.
std::optional<Finding> judge_uses(const Grant& grant, std::uint64_t used);

}  // namespace warrant::policy
