// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasi_p1/calls.h"

namespace warrant::wasi_p1 {
namespace {

enum class SignalEffect : std::uint8_t { kIgnored, kStops, kEnds };

SignalEffect effect_of(std::uint32_t signal) noexcept {
  switch (signal) {
    case 0:   // none
    case 13:  // pipe
    case 16:  // chld
    case 17:  // cont
    case 22:  // urg
    case 27:  // winch
      return SignalEffect::kIgnored;
    case 18:  // stop
    case 19:  // tstp
    case 20:  // ttin
    case 21:  // ttou
      return SignalEffect::kStops;
    default:
      return SignalEffect::kEnds;
  }
}

}  // namespace

Answer proc_exit(Call& call) {
  call.exit().kind = wasm::ExitRecord::Kind::kExited;
  call.exit().code = call.u32(0);
  return Answer::end();
}

Answer proc_raise(Call& call) {
  const std::uint32_t signal = call.u32(0);
  if (signal >= kSignals) return Errno::kInval;
  switch (effect_of(signal)) {
    case SignalEffect::kIgnored:
      return Errno::kSuccess;
    case SignalEffect::kStops:
      return Errno::kNoSys;
    case SignalEffect::kEnds:
      break;
  }
  call.exit().kind = wasm::ExitRecord::Kind::kSignalled;
  call.exit().code = signal;
  return Answer::end();
}

// A wait that is over at once: the other threads of the machine get their turn, and a run that is
// being ended ends here.
Answer sched_yield(Call& call) {
  cap::Poller* poller = call.context().poller();
  if (poller == nullptr) return Errno::kSuccess;
  const auto waited = poller->wait({}, Nanoseconds{0}, {});
  if (!waited && waited.error().code == Errc::kCanceled) return Errno::kIntr;
  return Errno::kSuccess;
}

}  // namespace warrant::wasi_p1
