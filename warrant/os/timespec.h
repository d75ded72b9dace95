// SPDX-License-Identifier: Apache-2.0
#pragma once
// Between the kernel's seconds and nanoseconds and our one count. Times before 1970 become 0, times
// beyond 64 bits of nanoseconds the largest count. Spec: preview1.md section 7.3.
#include <time.h>

#include <cstdint>

#include "warrant/base/time.h"

namespace warrant::os {

inline constexpr std::uint64_t kNanosInSecond = 1'000'000'000;

inline Nanoseconds from_parts(std::int64_t seconds, std::uint32_t nanos) noexcept {
  if (seconds < 0) return Nanoseconds{0};
  const auto whole = static_cast<std::uint64_t>(seconds);
  if (whole >= count(kForever) / kNanosInSecond) return kForever;
  return Nanoseconds{whole * kNanosInSecond + nanos};
}

inline timespec to_timespec(Nanoseconds time) noexcept {
  return {.tv_sec = static_cast<time_t>(count(time) / kNanosInSecond),
          .tv_nsec = static_cast<long>(count(time) % kNanosInSecond)};
}

inline Nanoseconds now_of(clockid_t clock) noexcept {
  timespec now{};
  ::clock_gettime(clock, &now);
  return from_parts(now.tv_sec, static_cast<std::uint32_t>(now.tv_nsec));
}

}  // namespace warrant::os
