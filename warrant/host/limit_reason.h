// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which limit of the warrant stands behind a reason, and what raises it.
#include <optional>
#include <string>

#include "warrant/cap/reason.h"
#include "warrant/policy/limits.h"

namespace warrant::host {

std::optional<policy::LimitKey> limit_of(cap::Reason reason) noexcept;
// "--open-files"; `--random` is a grant's flag already, so that limit has "--limit-random".
std::string flag_of(policy::LimitKey key);
// `memory = "64MiB"`, as a line of a grant file.
std::string limit_line(policy::LimitKey key, std::uint64_t value);
// What a person does about a limit, by who set it: "--memory raises it, up to 4GiB"; the line of a
// grant file to change; or the ceiling that allows no more. Escaped.
std::string how_to_raise(policy::LimitKey key, const policy::Limits& limits);
// "the ceiling c.toml:3:1 allows no more"
std::string capped_by(const policy::Origin& ceiling, std::string_view verdict);

}  // namespace warrant::host
