// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where events go before the result of what they describe is released.
//
// record() must not allocate, lock or format on the path of an allowed call (audit.md section 7).
// A sink is told everything; what is kept, capped and written is its business. One thread a run.
#include "warrant/audit/event.h"

namespace warrant::audit {

class Sink {
 public:
  virtual void record(const Event& event) = 0;
  // What is about to happen and cannot be taken back: bytes leave by network, a child starts, a
  // secret is attached, a file or a stream of the host's changes. It is on record as far as the
  // run's mode demands before this returns; false: it could not be, and must not happen (the run is
  // being ended). record() tells what came of it.
  virtual bool intend(const Event&) { return true; }
  // Called at the start of each host call: hands over what has waited for too long.
  void tick() {
    if (waits_) [[unlikely]]
      tick_late();
  }
  bool waits() const noexcept { return waits_; }  // something is recorded and not handed over

 protected:
  ~Sink() = default;
  virtual void tick_late() {}
  bool waits_ = false;
};

}  // namespace warrant::audit
