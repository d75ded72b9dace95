// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::Poller over ppoll: host descriptors, the run's wake-up and deadline, and a timer descriptor
// for points of the wall clock. One thread. Spec: preview1.md section 7.5.
#include <poll.h>

#include <vector>

#include "warrant/cap/poller.h"
#include "warrant/os/fd.h"
#include "warrant/os/waiter.h"

namespace warrant::os {

class Poller final : public cap::Poller {
 public:
  explicit Poller(const Waiter& waiter) noexcept : waiter_(waiter) {}
  Result<bool> wait(std::span<cap::PollItem> items, std::optional<Nanoseconds> monotonic,
                    std::optional<Nanoseconds> wall) override;

 private:
  Status arm(Nanoseconds wall);
  // How many items became ready.
  std::size_t answer(std::span<cap::PollItem> items) const;

  const Waiter& waiter_;
  std::vector<pollfd> set_;  // the items in order, then the wake-up, then the timer
  OwnedFd timer_;
};

}  // namespace warrant::os
