// SPDX-License-Identifier: Apache-2.0
#pragma once
// Waits for streams and for time, and for nothing else: the one place where a run sleeps.
//
// Every wait ends at the run's deadline, on cancel and on kill with kCanceled. Deadlines are points
// of the named clock of cap::Clock (monotonic: as that clock counts); a wall-clock deadline follows
// changes of the wall clock. Spec: preview1.md 7.5, limits.md section 3.
#include <cstdint>
#include <optional>
#include <span>

#include "warrant/base/result.h"
#include "warrant/base/time.h"
#include "warrant/cap/stream.h"

namespace warrant::cap {

enum class PollFor : std::uint8_t { kRead, kWrite };

struct PollItem {
  PollToken token = PollToken::kAlwaysReady;
  PollFor interest = PollFor::kRead;
  // Answers:
  bool ready = false;
  bool hangup = false;
  std::uint64_t bytes = 0;  // to read (FIONREAD; 1 for a listener), or at least 1 to write
  std::optional<Errc> error = {};
};

class Poller {
 public:
  virtual ~Poller() = default;
  // Waits until an item is ready or the earliest of the given points has come; no point: for ever.
  // True when an item is ready, false when time came first. Relative time-outs were made points by
  // the caller, on the monotonic clock, saturating.
  virtual Result<bool> wait(std::span<PollItem> items, std::optional<Nanoseconds> monotonic,
                            std::optional<Nanoseconds> wall) = 0;
};

}  // namespace warrant::cap
