// SPDX-License-Identifier: Apache-2.0
#pragma once
// Clocks, randomness, sleep and the copy of the records of one run in a page.
//
// Points of time are nanoseconds of the page's monotonic clock; what the guest sees of it begins at
// one second when the run does. Every sleep ends with the run. Spec: preview1.md section 7.
#include "warrant/base/buffer_access.h"
#include "warrant/cap/append_log.h"
#include "warrant/cap/clock.h"
#include "warrant/cap/entropy.h"
#include "warrant/cap/poller.h"
#include "warrant/policy/grant.h"
#include "warrant/wasm/engine.h"

namespace warrant::web {

Nanoseconds monotonic() noexcept;
std::uint64_t wall_micros() noexcept;

// When a run began and when it ends; raises the interrupt that says why.
class RunTime {
 public:
  explicit RunTime(wasm::Interrupt& interrupt) noexcept : interrupt_(interrupt) {}
  // CPU time is counted as wall time: it ends what comes first.
  void start(const policy::Limits& limits) noexcept;
  Nanoseconds began() const noexcept { return began_; }
  Nanoseconds deadline() const noexcept { return deadline_; }
  // kCanceled once the run is to end.
  Status check() const noexcept;
  // Until that point, something that the page tells, or the end of the run.
  void wait(Nanoseconds until) const noexcept;

 private:
  wasm::Interrupt& interrupt_;
  Nanoseconds began_{0};
  Nanoseconds deadline_ = kForever;
  wasm::Interruption at_deadline_ = wasm::Interruption::kWall;
};

class PageClock final : public cap::Clock {
 public:
  PageClock(const policy::ClockGrant& grant, const RunTime& time) : grant_(grant), time_(time) {}
  Result<Nanoseconds> now(cap::ClockId id) override;
  Result<Nanoseconds> resolution(cap::ClockId id) override;

 private:
  bool is_granted(cap::ClockId id) const noexcept;

  policy::ClockGrant grant_;
  const RunTime& time_;
};

class PageEntropy final : public cap::Entropy {
 public:
  explicit PageEntropy(BufferAccess& access) : access_(access) {}
  Status fill(Buffer to) override;

 private:
  BufferAccess& access_;
};

// No stream of a page is ever waited for: only time is.
class PagePoller final : public cap::Poller {
 public:
  explicit PagePoller(const RunTime& time) : time_(time) {}
  Result<bool> wait(std::span<cap::PollItem> items, std::optional<Nanoseconds> monotonic,
                    std::optional<Nanoseconds> wall) override;

 private:
  const RunTime& time_;
};

class PageRecords final : public cap::AppendLog {
 public:
  Status append(std::span<const std::byte> bytes) noexcept override;
  Status sync() noexcept override { return {}; }
};

}  // namespace warrant::web
