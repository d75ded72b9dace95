// SPDX-License-Identifier: Apache-2.0
#pragma once
// The clocks that a warrant granted; one that it did not grant answers kNotCapable with
// Reason::kClockNotGranted.
//
// Wall: nanoseconds since 1970. Monotonic: nanoseconds since the run began plus one second, so the
// host's uptime stays hidden. CPU clocks: time of the guest's thread since the run began. Values of
// a granted clock with a granularity are rounded down to it. Spec: preview1.md 7.1.
#include "warrant/base/result.h"
#include "warrant/base/time.h"

namespace warrant::cap {

enum class ClockId : std::uint8_t { kWall, kMonotonic, kProcessCpu, kThreadCpu };

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Result<Nanoseconds> now(ClockId id) = 0;
  virtual Result<Nanoseconds> resolution(ClockId id) = 0;  // never 0
};

}  // namespace warrant::cap
