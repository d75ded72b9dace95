// SPDX-License-Identifier: Apache-2.0
#pragma once
// One thing to say about a document: why it does not count, or what was taken away from it.
#include <string>
#include <string_view>
#include <vector>

#include "warrant/policy/origin.h"

namespace warrant::policy {

struct Finding {
  std::string what;  // "limits.wall: 48h is more than the ceiling of 24h"
  std::string fix;   // "write --wall 24h or less"
  Origin origin = {};
  // From the closed list: "syntax", "unknown_key", "duplicate", "type", "value", "conflict",
  // "not_enforceable", "ceiling", "grant_expired", "grant_not_yet", "grant_used",
  // "clock.rolled_back".
  std::string_view reason = {};
  friend bool operator==(const Finding&, const Finding&) = default;
};
using Findings = std::vector<Finding>;

// "grant.toml:3:5: limits.wal is no key": the place, when there is one, and what.
std::string print_line(const Finding& finding);

}  // namespace warrant::policy
