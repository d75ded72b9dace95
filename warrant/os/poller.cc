// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/poller.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

#include "warrant/os/clock.h"
#include "warrant/os/errno.h"
#include "warrant/os/timespec.h"

namespace warrant::os {
namespace {

constexpr std::uint64_t kShortWait = 1'000'000;  // nanoseconds

int number_of(const cap::PollItem& item) noexcept {
  return item.token == cap::PollToken::kAlwaysReady ? -1 : static_cast<int>(item.token);
}

// What can be read from a descriptor that says it is ready. A listener has no bytes to count, but
// a connection. A terminal that is ready with nothing is at its end, and /dev/null always is; an
// empty datagram is not an end.
void count_bytes(cap::PollItem& item) noexcept {
  int waiting = 0;
  const bool counted = ::ioctl(number_of(item), FIONREAD, &waiting) == 0;
  item.bytes = counted ? static_cast<std::uint64_t>(std::max(waiting, 0)) : 1;
  if (counted && waiting > 0) return;
  struct stat now{};
  if (::fstat(number_of(item), &now) != 0 || !S_ISCHR(now.st_mode)) return;
  if (!counted && now.st_rdev != makedev(1, 3)) return;
  item.bytes = 0;
  item.hangup = true;
}

void fill(cap::PollItem& item, short events) noexcept {
  if ((events & POLLNVAL) != 0) {
    item.error = Errc::kBadHandle;
    item.ready = true;
    return;
  }
  item.ready = events != 0;
  item.hangup = (events & (POLLHUP | POLLERR | POLLRDHUP)) != 0;
  item.bytes = item.interest == cap::PollFor::kWrite && (events & POLLOUT) != 0 ? 1 : 0;
  if (item.interest == cap::PollFor::kRead && (events & POLLIN) != 0) count_bytes(item);
}

}  // namespace

Status Poller::arm(Nanoseconds wall) {
  if (!timer_.is_open()) {
    timer_ = OwnedFd(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!timer_.is_open()) return error_from_errno(errno, "timerfd");
  }
  itimerspec at{};
  // Zero would disarm it; a nanosecond after 1970 has passed as well.
  at.it_value = to_timespec(wall == Nanoseconds{0} ? Nanoseconds{1} : wall);
  if (::timerfd_settime(timer_.number(), TFD_TIMER_ABSTIME, &at, nullptr) != 0) {
    return error_from_errno(errno, "timerfd");
  }
  return {};
}

std::size_t Poller::answer(std::span<cap::PollItem> items) const {
  std::size_t ready = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].token == cap::PollToken::kAlwaysReady) {
      items[i].ready = true;
    } else {
      fill(items[i], set_[i].revents);
    }
    if (items[i].ready) ++ready;
  }
  return ready;
}

Result<bool> Poller::wait(std::span<cap::PollItem> items, std::optional<Nanoseconds> monotonic,
                          std::optional<Nanoseconds> wall) {
  set_.clear();
  bool at_once = false;
  for (const cap::PollItem& item : items) {
    at_once = at_once || item.token == cap::PollToken::kAlwaysReady;
    const short events = item.interest == cap::PollFor::kRead ? POLLIN | POLLRDHUP : POLLOUT;
    set_.push_back({number_of(item), events, 0});
  }
  set_.push_back({waiter_.wake_fd().number(), POLLIN, 0});
  if (wall) {
    WARRANT_CHECKED(arm(*wall));
    set_.push_back({timer_.number(), POLLIN, 0});
  }
  // The guest's monotonic point on the host's clock.
  Nanoseconds point = kForever;
  if (monotonic && *monotonic != kForever) {
    point = saturating_add(waiter_.start(), saturating_sub(*monotonic, kMonotonicOrigin));
  }
  for (;;) {
    WARRANT_CHECKED(waiter_.check());
    const Nanoseconds now = host_monotonic();
    const Nanoseconds until = std::min(point, waiter_.deadline());
    timespec left = to_timespec(at_once ? Nanoseconds{0} : saturating_sub(until, now));
    const bool endless = until == kForever && !at_once;
    if (!at_once && count(saturating_sub(until, now)) > kShortWait) waiter_.about_to_wait();
    const int got = ::ppoll(set_.data(), set_.size(), endless ? nullptr : &left, nullptr);
    if (got < 0 && errno != EINTR) return error_from_errno(errno, "ppoll");
    if (got < 0) continue;
    WARRANT_CHECKED(waiter_.check());
    if (answer(items) > 0) return true;
    if (host_monotonic() >= point) return false;
    if (wall && set_.back().revents != 0) return false;
  }
}

}  // namespace warrant::os
