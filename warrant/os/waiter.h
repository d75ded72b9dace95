// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one place where a run can be woken: its wake-up descriptor, its deadline, its cancel flag.
//
// Every blocking call of os waits on its own descriptor and on this one. Once cancelled, or once
// the deadline has passed, every wait and every check answers kCanceled with the reason that
// cancel() was given, or kWall. The cause decides, not a second look at the clock: a timer may end
// the run a moment before `deadline`. cancel() may be called from any thread and from a signal
// handler; everything else belongs to the run's thread. Does not end guest code that calls nothing.
// Spec: limits.md section 3.
#include <atomic>
#include <cstdint>
#include <memory>

#include "warrant/base/result.h"
#include "warrant/base/time.h"
#include "warrant/cap/reason.h"
#include "warrant/os/ambient.h"
#include "warrant/os/fd.h"

namespace warrant::os {

// The host's CLOCK_MONOTONIC. Not what a guest sees (cap::Clock counts from the run's start).
Nanoseconds host_monotonic() noexcept;
// The same clock as it was at the kernel's last tick: behind by up to kCoarse, and a fifth of the
// price.
inline constexpr Nanoseconds kCoarse{10'000'000};
Nanoseconds host_monotonic_coarse() noexcept;
// CPU time of the calling thread.
Nanoseconds host_thread_cpu() noexcept;

class Waiter {
 public:
  // The run starts now.
  static Result<std::unique_ptr<Waiter>> make(Ambient);

  Nanoseconds start() const noexcept { return start_; }
  void set_deadline(Nanoseconds host_point) noexcept { deadline_ = host_point; }
  Nanoseconds deadline() const noexcept { return deadline_; }
  // Told, on the run's thread, each time that a wait or a check finds the deadline passed.
  void on_deadline(void (*hook)(void* self) noexcept, void* self) noexcept {
    hook_ = hook;
    hook_self_ = self;
  }
  // Called, on the run's thread, before a wait that did not end at once.
  void before_wait(void (*hook)(void* self), void* self) noexcept {
    wait_hook_ = hook;
    wait_self_ = self;
  }
  void about_to_wait() const {
    if (wait_hook_ != nullptr) wait_hook_(wait_self_);
  }
  // The first reason stays.
  void cancel(cap::Reason why = cap::Reason::kCancelled) noexcept;
  BorrowedFd wake_fd() const noexcept { return wake_.borrow(); }

  Status check() const noexcept;
  // Until one of `events` (poll(2)) is there, or its error or hang-up.
  Status wait(BorrowedFd fd, short events) const noexcept;

 private:
  Waiter(OwnedFd wake, Nanoseconds start) noexcept : wake_(std::move(wake)), start_(start) {}
  OwnedFd wake_;
  Nanoseconds start_;
  Nanoseconds deadline_ = kForever;
  void (*hook_)(void* self) noexcept = nullptr;
  void* hook_self_ = nullptr;
  void (*wait_hook_)(void* self) = nullptr;
  void* wait_self_ = nullptr;
  std::atomic<cap::Reason> canceled_{cap::Reason::kOk};  // kOk: it is not
};

}  // namespace warrant::os
