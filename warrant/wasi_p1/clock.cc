// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasi_p1/clock.h"

#include <algorithm>

#include "warrant/wasi_p1/calls.h"

namespace warrant::wasi_p1 {
namespace {

Error no_clock() noexcept { return cap::denied(cap::Reason::kClockNotGranted, "clock"); }

void note_use(Call& call, std::uint32_t id) {
  const auto use =
      static_cast<Context::Use>(static_cast<std::uint32_t>(Context::Use::kClock0) + id);
  if (call.context().is_first(use)) call.did(clock_subject(id), 0);
}

}  // namespace

Subject clock_subject(std::uint32_t id) noexcept {
  static constexpr std::array<std::string_view, kClockIds> kNames = {"realtime", "monotonic",
                                                                     "process_cpu", "thread_cpu"};
  return {audit::Kind::kClock, cap::kNoGrant, kNames[id], {}};
}

Result<Nanoseconds> clock_now(Call& call, std::uint32_t id) {
  cap::Clock* clock = call.context().clock();
  if (clock == nullptr) return no_clock();
  auto now = clock->now(static_cast<cap::ClockId>(id));
  if (now) note_use(call, id);
  return now;
}

Result<Nanoseconds> clock_resolution(Call& call, std::uint32_t id) {
  cap::Clock* clock = call.context().clock();
  if (clock == nullptr) return no_clock();
  return clock->resolution(static_cast<cap::ClockId>(id));
}

Answer clock_res_get(Call& call) {
  const std::uint32_t id = call.u32(0);
  const std::uint32_t out = call.u32(1);
  if (!call.place("res", out, 8, 8)) return Answer::end();
  if (id >= kClockIds) return Errno::kInval;
  const auto resolution = clock_resolution(call, id);
  if (!resolution) return call.fail(resolution.error(), clock_subject(id));
  return call.put(out, std::max<std::uint64_t>(count(*resolution), 1));
}

Answer clock_time_get(Call& call) {
  const std::uint32_t id = call.u32(0);
  const std::uint32_t out = call.u32(2);
  if (!call.place("time", out, 8, 8)) return Answer::end();
  if (id >= kClockIds) return Errno::kInval;
  const auto now = clock_now(call, id);
  if (!now) return call.fail(now.error(), clock_subject(id));
  return call.put(out, count(*now));
}

}  // namespace warrant::wasi_p1
