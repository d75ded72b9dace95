// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether the next answer of a server is waited for awake: going to sleep and being woken costs
// tens of microseconds, more in a virtual machine, and a server nearby answers in less than a few
// times that.
//
// Awake only while a request waits for its answer, at most `bound` after the latest one was sent,
// and only where the last kQuickAnswers answers each came within `bound` of their requests. A late
// answer, none, an awake wait that was in vain and somebody else who wanted the processor end such
// a row. So a server far away never costs an awake wait, one that turns slow costs one, and a busy
// machine has few. A bound of 0: never.
#include <algorithm>

#include "warrant/base/time.h"

namespace warrant::os {

class ShortWait {
 public:
  static constexpr unsigned kQuickAnswers = 8;

  explicit ShortWait(Nanoseconds bound) noexcept : bound_(bound) {}

  void sent(Nanoseconds now) noexcept {
    ++unanswered_;
    if (is_quick()) until_ = saturating_add(now, bound_);
  }
  // `took`: from the request to the first byte of its answer.
  void answered(Nanoseconds took) noexcept {
    --unanswered_;
    quick_ = took < bound_ ? std::min(quick_ + 1, kQuickAnswers) : 0;
  }
  // It ended without an answer.
  void gave_up() noexcept {
    --unanswered_;
    quick_ = 0;
  }
  // Somebody else wanted the processor.
  void disturb() noexcept { quick_ = 0; }
  // Nothing came of an awake wait.
  void waited(Nanoseconds now) noexcept {
    if (count(until()) > 0 && until_ <= now) quick_ = 0;
  }

  // Until when a wait is one awake; 0: not at all. Each sent() is followed by answered() or
  // gave_up().
  Nanoseconds until() const noexcept {
    return is_quick() && unanswered_ > 0 ? until_ : Nanoseconds{0};
  }

 private:
  bool is_quick() const noexcept { return quick_ == kQuickAnswers; }

  Nanoseconds bound_;
  Nanoseconds until_{0};
  unsigned unanswered_ = 0;
  unsigned quick_ = 0;  // answers in a row, up to what is enough
};

}  // namespace warrant::os
