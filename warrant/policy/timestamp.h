// SPDX-License-Identifier: Apache-2.0
#pragma once
// Points of the civil clock: nanoseconds since 1970 in UTC, as RFC 3339 with a capital T and Z.
//
// Years 1970 to 2553; no offsets but Z, no leap second, at most nine digits of a fraction.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warrant/base/time.h"

namespace warrant::policy {

enum class Timestamp : std::uint64_t {};

constexpr std::uint64_t count(Timestamp time) noexcept { return static_cast<std::uint64_t>(time); }

std::optional<Timestamp> parse_timestamp(std::string_view text);
// The shortest form that parses back: "2026-11-21T17:00:00Z".
std::string print_timestamp(Timestamp time);
// Stops at the ends of the range.
Timestamp add(Timestamp time, Nanoseconds span) noexcept;
Timestamp subtract(Timestamp time, Nanoseconds span) noexcept;

}  // namespace warrant::policy
