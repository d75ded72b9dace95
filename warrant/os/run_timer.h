// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ends a run at its deadline, or on a signal to the command, in a process that exists for that run.
//
// Two POSIX timers (wall, and CPU time of the thread) and SIGINT, SIGTERM, SIGHUP; no thread, and
// no cost while the guest computes. Each raises its cause through the hook. Where the interrupted
// instruction lies in the guest's code the handler then calls `end_now`, which writes what is left
// to write and leaves the process; it may do anything that the interrupted code cannot have been in
// the middle of, because guest code holds no lock of ours. Anywhere else (a host call, the engine's
// own code, a long memory.fill) the guest's code is taken away from the processor (PROT_NONE), so
// that the first instruction behind it faults into the same end. What has not come back 250 ms
// later is left where it is: `last_words` and out. A second signal ends the process at once.
// Process-wide: only for a process of our own, one at a time, armed and disarmed on the thread that
// runs the guest. Spec: limits.md section 4, engine.md section 8.
#include <cstdint>

#include "warrant/base/result.h"
#include "warrant/base/time.h"
#include "warrant/os/ambient.h"

namespace warrant::os {

enum class RunEnd : std::uint8_t { kWall, kCpu, kSignal };

struct RunTimerHooks {
  // Async-signal-safe. `signal` with kSignal only.
  void (*raise)(void* self, RunEnd cause, int signal) noexcept = nullptr;
  // Called where guest code was interrupted; does not return.
  void (*end_now)(void* self) noexcept = nullptr;
  // Async-signal-safe; does not return.
  void (*last_words)(void* self, RunEnd cause, int signal) noexcept = nullptr;
  // Where the guest's code lies, in whole pages.
  std::uintptr_t code_begin = 0;
  std::uintptr_t code_end = 0;
  void* self = nullptr;
};

class RunTimer {
 public:
  // Call before the first engine of the process is made: its handlers chain to earlier ones. Gives
  // the thread a signal stack large enough for end_now.
  // kBroker: the ending signals do nothing, and come in another form from the broker alone; a
  // terminal sends them to both processes.
  enum class Signals : std::uint8_t { kOwn, kBroker };
  static Status install(const Ambient& ambient, Signals signals = Signals::kOwn);
  // The form of an ending signal that a broker sends.
  static int forwarded(int signal) noexcept;
  // Makes the timers that arm() sets, which a locked down process could not; kForever leaves that
  // of the CPU out.
  static Status make(Nanoseconds cpu);
  // From now on; kForever leaves a timer out. Makes what make() has not.
  static Status arm(const RunTimerHooks& hooks, Nanoseconds wall, Nanoseconds cpu);
  static void disarm() noexcept;
  // The signal that came, 0 for none.
  static int signal() noexcept;
};

}  // namespace warrant::os
