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

 protected:
  ~Sink() = default;
};

}  // namespace warrant::audit
