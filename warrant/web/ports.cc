// SPDX-License-Identifier: Apache-2.0
#include "warrant/web/ports.h"

#include <algorithm>
#include <array>

#include "warrant/cap/reason.h"
#include "warrant/web/page.h"

namespace warrant::web {
namespace {

constexpr double kMilli = 1e6;  // nanoseconds
constexpr Nanoseconds kMonotonicOrigin{1'000'000'000};
constexpr std::uint64_t kStep = 5'000;  // of an isolated page's clock
constexpr std::size_t kRandomPiece = 4'096;

Nanoseconds from_milliseconds(double time) noexcept {
  return Nanoseconds{static_cast<std::uint64_t>(std::max(time, 0.0) * kMilli)};
}

double to_milliseconds(Nanoseconds time) noexcept {
  return static_cast<double>(count(time)) / kMilli;
}

}  // namespace

Nanoseconds monotonic() noexcept { return from_milliseconds(page_monotonic()); }

std::uint64_t wall_micros() noexcept { return count(from_milliseconds(page_wall())) / 1'000; }

void RunTime::start(const policy::Limits& limits) noexcept {
  const Nanoseconds wall = limits.duration(policy::LimitKey::kWall);
  const Nanoseconds cpu = limits.duration(policy::LimitKey::kCpu);
  began_ = monotonic();
  deadline_ = saturating_add(began_, std::min(wall, cpu));
  at_deadline_ = cpu < wall ? wasm::Interruption::kCpu : wasm::Interruption::kWall;
  page_deadline(to_milliseconds(deadline_));
}

Status RunTime::check() const noexcept {
  if (page_is_cancelled() != 0) {
    interrupt_.raise(wasm::Interruption::kCancelled);
  } else if (monotonic() >= deadline_) {
    interrupt_.raise(at_deadline_);
  }
  if (interrupt_.cause() == wasm::Interruption::kNone) return {};
  const bool cancelled = interrupt_.cause() == wasm::Interruption::kCancelled;
  return cap::error_of(Errc::kCanceled, cancelled ? cap::Reason::kCancelled : cap::Reason::kWall,
                       "wait");
}

void RunTime::wait(Nanoseconds until) const noexcept {
  page_wait(to_milliseconds(std::min(until, deadline_)));
}

bool PageClock::is_granted(cap::ClockId id) const noexcept {
  if (id == cap::ClockId::kWall) return grant_.wall;
  return id == cap::ClockId::kMonotonic && grant_.monotonic;
}

Result<Nanoseconds> PageClock::now(cap::ClockId id) {
  if (!is_granted(id)) return cap::denied(cap::Reason::kClockNotGranted, "clock");
  const Nanoseconds passed = saturating_sub(monotonic(), time_.began());
  Nanoseconds value = saturating_add(passed, kMonotonicOrigin);
  if (id == cap::ClockId::kWall) {
    value = grant_.fixed ? saturating_add(Nanoseconds{policy::count(*grant_.fixed)}, passed)
                         : Nanoseconds{wall_micros() * 1'000};
  }
  const std::uint64_t step = count(grant_.resolution.value_or(Nanoseconds{1}));
  return Nanoseconds{count(value) - count(value) % std::max<std::uint64_t>(step, 1)};
}

Result<Nanoseconds> PageClock::resolution(cap::ClockId id) {
  if (!is_granted(id)) return cap::denied(cap::Reason::kClockNotGranted, "clock");
  return std::max(Nanoseconds{kStep}, grant_.resolution.value_or(Nanoseconds{1}));
}

Status PageEntropy::fill(Buffer to) {
  std::array<std::byte, kRandomPiece> room;
  while (to.size() > 0) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(to.size(), room.size()));
    page_random(room.data(), size);
    if (!access_.write(to, std::span(room).first(size))) return Error{Errc::kInvalid, 0, "random"};
    to = to.after(size);
  }
  return {};
}

Result<bool> PagePoller::wait(std::span<cap::PollItem> items, std::optional<Nanoseconds> monotonic,
                              std::optional<Nanoseconds> wall) {
  for (cap::PollItem& item : items) item.ready = true;
  WARRANT_CHECKED(time_.check());
  if (!items.empty()) return true;
  for (;;) {
    const Nanoseconds now = web::monotonic();
    Nanoseconds until = kForever;
    if (monotonic && *monotonic != kForever) {
      until = saturating_add(time_.began(), saturating_sub(*monotonic, kMonotonicOrigin));
    }
    if (wall) {
      const Nanoseconds left = saturating_sub(*wall, Nanoseconds{wall_micros() * 1'000});
      until = std::min(until, saturating_add(now, left));
    }
    if (now >= until) return false;
    time_.wait(until);
    WARRANT_CHECKED(time_.check());
  }
}

Status PageRecords::append(std::span<const std::byte> bytes) noexcept {
  page_output(kPageRecord, bytes.data(), bytes.size());
  return {};
}

}  // namespace warrant::web
