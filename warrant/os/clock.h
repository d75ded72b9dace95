// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::Clock over the host's clocks (vDSO): the granted ones, rounded down to their granularity.
//
// The monotonic clock counts from the waiter's start plus one second, so the host's uptime stays
// hidden; the CPU clocks count the thread that made the Clock. One thread. Spec: preview1.md 7.1.
#include <array>
#include <optional>

#include "warrant/cap/clock.h"
#include "warrant/os/ambient.h"
#include "warrant/os/waiter.h"

namespace warrant::os {

inline constexpr Nanoseconds kMonotonicOrigin{1'000'000'000};

struct ClockGrant {
  bool granted = false;
  Nanoseconds granularity{1};
};

struct ClockOptions {
  ClockGrant wall = {};
  ClockGrant monotonic = {};
  ClockGrant cpu = {};  // both CPU clocks
  // The wall clock starts here and runs by the monotonic one; nothing: the host's.
  std::optional<Nanoseconds> fixed = {};
};

class Clock final : public cap::Clock {
 public:
  Clock(Ambient, const ClockOptions& options, const Waiter& waiter) noexcept;
  Result<Nanoseconds> now(cap::ClockId id) override;
  Result<Nanoseconds> resolution(cap::ClockId id) override;

 private:
  const ClockGrant& grant_of(cap::ClockId id) const noexcept;

  ClockOptions options_;
  Nanoseconds start_;
  Nanoseconds cpu_start_;
};

}  // namespace warrant::os
