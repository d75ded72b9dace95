// SPDX-License-Identifier: Apache-2.0
#pragma once
// Spans and points of time as counts of nanoseconds; which clock a point belongs to is said where
// it is used. Arithmetic saturates: no deadline wraps into the past.
#include <cstdint>
#include <limits>

namespace warrant {

enum class Nanoseconds : std::uint64_t {};

inline constexpr Nanoseconds kForever{std::numeric_limits<std::uint64_t>::max()};

constexpr std::uint64_t count(Nanoseconds time) noexcept {
  return static_cast<std::uint64_t>(time);
}

constexpr Nanoseconds saturating_add(Nanoseconds a, Nanoseconds b) noexcept {
  const std::uint64_t sum = count(a) + count(b);
  return sum < count(a) ? kForever : Nanoseconds{sum};
}

constexpr Nanoseconds saturating_sub(Nanoseconds a, Nanoseconds b) noexcept {
  return count(a) < count(b) ? Nanoseconds{0} : Nanoseconds{count(a) - count(b)};
}

}  // namespace warrant
