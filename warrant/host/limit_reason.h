// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which limit of the warrant stands behind a reason, and which flag raises it.
#include <optional>
#include <string>

#include "warrant/cap/reason.h"
#include "warrant/policy/limits.h"

namespace warrant::host {

std::optional<policy::LimitKey> limit_of(cap::Reason reason) noexcept;
// "--open-files"; `--random` is a grant's flag already, so that limit has "--limit-random".
std::string flag_of(policy::LimitKey key);

}  // namespace warrant::host
