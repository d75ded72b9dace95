// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/waiter.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>

#include <cerrno>

#include "warrant/os/errno.h"
#include "warrant/os/timespec.h"

namespace warrant::os {

Nanoseconds host_monotonic() noexcept { return now_of(CLOCK_MONOTONIC); }
Nanoseconds host_monotonic_coarse() noexcept { return now_of(CLOCK_MONOTONIC_COARSE); }

Nanoseconds host_thread_cpu() noexcept { return now_of(CLOCK_THREAD_CPUTIME_ID); }

Result<std::unique_ptr<Waiter>> Waiter::make(Ambient) {
  OwnedFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.is_open()) return error_from_errno(errno, "eventfd");
  return std::unique_ptr<Waiter>(new Waiter(std::move(wake), host_monotonic()));
}

void Waiter::cancel(cap::Reason why) noexcept {
  auto none = cap::Reason::kOk;
  canceled_.compare_exchange_strong(none, why, std::memory_order_relaxed);
  const std::uint64_t one = 1;
  const int saved = errno;
  // A full counter is as awake as a counter can be.
  [[maybe_unused]] const ssize_t written = ::write(wake_.number(), &one, sizeof one);
  errno = saved;
}

Status Waiter::check() const noexcept {
  if (const cap::Reason why = canceled_.load(std::memory_order_relaxed); why != cap::Reason::kOk) {
    return cap::error_of(Errc::kCanceled, why, "wait");
  }
  if (deadline_ != kForever && host_monotonic() >= deadline_) {
    if (hook_ != nullptr) hook_(hook_self_);
    return cap::error_of(Errc::kCanceled, cap::Reason::kWall, "wait");
  }
  return {};
}

Status Waiter::wait(BorrowedFd fd, short events) const noexcept {
  bool waits = wait_hook_ == nullptr;  // else once without waiting, then the hook
  for (;;) {
    WARRANT_CHECKED(check());
    pollfd set[2] = {{fd.number(), events, 0}, {wake_.number(), POLLIN, 0}};
    timespec left{};
    const timespec* limit = nullptr;
    if (deadline_ != kForever) {
      left = to_timespec(saturating_sub(deadline_, host_monotonic()));
      limit = &left;
    }
    constexpr timespec kAtOnce{};
    const int ready = ::ppoll(set, 2, waits ? limit : &kAtOnce, nullptr);
    if (ready < 0 && errno != EINTR) return error_from_errno(errno, "ppoll");
    if (ready > 0 && set[0].revents != 0) return check();
    if (!waits) about_to_wait();
    waits = true;
  }
}

}  // namespace warrant::os
