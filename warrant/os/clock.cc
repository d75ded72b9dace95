// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/clock.h"

#include <time.h>

#include <algorithm>

#include "warrant/cap/reason.h"
#include "warrant/os/timespec.h"

namespace warrant::os {
namespace {

Error not_granted() noexcept { return cap::denied(cap::Reason::kClockNotGranted, "clock"); }

}  // namespace

Clock::Clock(Ambient, const ClockOptions& options, const Waiter& waiter) noexcept
    : options_(options), start_(waiter.start()), cpu_start_(now_of(CLOCK_THREAD_CPUTIME_ID)) {}

const ClockGrant& Clock::grant_of(cap::ClockId id) const noexcept {
  switch (id) {
    case cap::ClockId::kWall:
      return options_.wall;
    case cap::ClockId::kMonotonic:
      return options_.monotonic;
    case cap::ClockId::kProcessCpu:
    case cap::ClockId::kThreadCpu:
      return options_.cpu;
  }
  stop_on_bug();
}

Result<Nanoseconds> Clock::now(cap::ClockId id) {
  const ClockGrant& grant = grant_of(id);
  if (!grant.granted) return not_granted();
  Nanoseconds value{0};
  if (id == cap::ClockId::kWall) {
    value = options_.fixed
                ? saturating_add(*options_.fixed, saturating_sub(host_monotonic(), start_))
                : now_of(CLOCK_REALTIME);
  } else if (id == cap::ClockId::kMonotonic) {
    value = saturating_add(saturating_sub(host_monotonic(), start_), kMonotonicOrigin);
  } else {
    value = saturating_sub(now_of(CLOCK_THREAD_CPUTIME_ID), cpu_start_);
  }
  const std::uint64_t step = std::max<std::uint64_t>(count(grant.granularity), 1);
  return Nanoseconds{count(value) - count(value) % step};
}

Result<Nanoseconds> Clock::resolution(cap::ClockId id) {
  const ClockGrant& grant = grant_of(id);
  if (!grant.granted) return not_granted();
  timespec host{};
  const clockid_t clock = id == cap::ClockId::kWall        ? CLOCK_REALTIME
                          : id == cap::ClockId::kMonotonic ? CLOCK_MONOTONIC
                                                           : CLOCK_THREAD_CPUTIME_ID;
  ::clock_getres(clock, &host);
  const Nanoseconds step = from_parts(host.tv_sec, static_cast<std::uint32_t>(host.tv_nsec));
  return Nanoseconds{std::max<std::uint64_t>({1, count(step), count(grant.granularity)})};
}

}  // namespace warrant::os
