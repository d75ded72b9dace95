// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "warrant/wasi_p1/calls.h"
#include "warrant/wasi_p1/clock.h"
#include "warrant/wasi_p1/lower.h"

namespace warrant::wasi_p1 {
namespace {

constexpr std::uint32_t kRealtime = 0;
constexpr std::uint32_t kMonotonic = 1;

bool is_valid(const Subscription& subscription) noexcept {
  if (subscription.tag > kEventWrite) return false;
  if (subscription.tag != kEventClock) return true;
  return subscription.id < kClockIds && (subscription.flags & ~kClockAbsolute) == 0;
}

// One poll_oneoff between its checks and its answer. A clock subscription is turned into a point:
// `timeout` becomes a time of the clock `id`.
class Poll {
 public:
  explicit Poll(Call& call) : call_(call), scratch_(call.scratch()) {}

  void begin(std::uint32_t count);
  Errno wait();
  std::uint32_t put_events(std::uint32_t out);

 private:
  void answer(std::size_t index, Errno error, std::uint64_t bytes, std::uint16_t flags);
  void begin_clock(std::size_t index);
  Result<Nanoseconds> point_of(Subscription& subscription);
  void begin_fd(std::size_t index);
  void begin_file(std::size_t index, Entry& entry);
  void begin_stream(std::size_t index, Entry& entry);
  bool begin_seekable(std::size_t index, Entry& entry);
  void take_items();
  bool take_clocks();
  void take_nearest_clock();
  std::uint64_t left(const Subscription& subscription);
  bool is_waiting_clock(std::size_t index) const noexcept {
    return scratch_.ready[index] == 0 && scratch_.subscriptions[index].tag == kEventClock;
  }

  Call& call_;
  Scratch& scratch_;
  bool any_ready_ = false;
  std::array<std::optional<Nanoseconds>, 2> earliest_ = {};  // by clock
};

void Poll::answer(std::size_t index, Errno error, std::uint64_t bytes, std::uint16_t flags) {
  PollEvent& event = scratch_.events[index];
  event = PollEvent{};
  event.userdata = scratch_.subscriptions[index].userdata;
  event.error = static_cast<std::uint16_t>(error);
  event.type = scratch_.subscriptions[index].tag;
  event.bytes = bytes;
  event.flags = flags;
  scratch_.ready[index] = 1;
  any_ready_ = true;
}

void Poll::begin(std::uint32_t count) {
  scratch_.events.resize(count);
  scratch_.ready.assign(count, 0);
  scratch_.items.clear();
  scratch_.item_owners.clear();
  scratch_.items.reserve(count);
  scratch_.item_owners.reserve(count);
  for (std::size_t index = 0; index < count; ++index) {
    if (scratch_.subscriptions[index].tag == kEventClock) {
      begin_clock(index);
    } else {
      begin_fd(index);
    }
  }
}

// A relative time-out counts on the monotonic clock where that one is granted, because the wall
// clock may be set meanwhile. One step of the clock is added: a coarse clock must not end early.
Result<Nanoseconds> Poll::point_of(Subscription& subscription) {
  WARRANT_TRY(Nanoseconds now, clock_now(call_, subscription.id));
  const Nanoseconds timeout{subscription.timeout};
  if ((subscription.flags & kClockAbsolute) != 0) return timeout;
  if (subscription.timeout == 0) return now;
  if (subscription.id == kRealtime) {
    cap::Clock* clock = call_.context().clock();
    if (const auto monotonic = clock->now(cap::ClockId::kMonotonic); monotonic) {
      subscription.id = kMonotonic;
      now = *monotonic;
    }
  }
  WARRANT_TRY(const Nanoseconds step, clock_resolution(call_, subscription.id));
  const Nanoseconds point = saturating_add(now, timeout);
  return count(step) > 1 ? saturating_add(point, step) : point;
}

void Poll::begin_clock(std::size_t index) {
  Subscription& subscription = scratch_.subscriptions[index];
  if (subscription.id > kMonotonic) return answer(index, Errno::kNotSup, 0, 0);
  const std::uint32_t asked = subscription.id;
  const auto point = point_of(subscription);
  if (!point) return answer(index, call_.fail(point.error(), clock_subject(asked)), 0, 0);
  subscription.timeout = count(*point);
  if (left(subscription) == 0) return answer(index, Errno::kSuccess, 0, 0);
  if (*point == kForever) return;
  auto& earliest = earliest_[subscription.id];
  earliest = earliest ? std::min(*earliest, *point) : *point;
}

void Poll::begin_fd(std::size_t index) {
  const Subscription& subscription = scratch_.subscriptions[index];
  Entry* entry = call_.find(subscription.id);
  if (entry == nullptr) return answer(index, call_.not_open(subscription.id), 0, 0);
  const Rights mode = subscription.tag == kEventRead ? Rights::kFdRead : Rights::kFdWrite;
  for (const Rights right : {Rights::kPollFdReadwrite, mode}) {
    if (call_.check(*entry, right) != Errno::kSuccess) {
      return answer(index, Errno::kNotCapable, 0, 0);
    }
  }
  if (entry->kind == Entry::Kind::kFile) return begin_file(index, *entry);
  begin_stream(index, *entry);
}

void Poll::begin_file(std::size_t index, Entry& entry) {
  if (scratch_.subscriptions[index].tag == kEventWrite) {
    return answer(index, Errno::kSuccess, 1, 0);
  }
  const auto stat = entry.file->stat();
  if (!stat) return answer(index, call_.fail(stat.error(), Call::subject(entry)), 0, 0);
  const bool at_end = entry.position_state == Entry::Position::kAtEnd;
  const std::uint64_t position = at_end ? stat->size : std::min(entry.position, stat->size);
  const std::uint64_t left = stat->size - position;
  answer(index, Errno::kSuccess, left, left == 0 ? kEventHangup : std::uint16_t{0});
}

// A console on a regular file tells how much is left; false where the stream is something else.
bool Poll::begin_seekable(std::size_t index, Entry& entry) {
  if (!entry.stream->is_seekable() || entry.type != cap::FileType::kRegularFile) return false;
  const auto stat = entry.stream->stat();
  const auto position = entry.stream->seek(0, cap::Stream::Whence::kCurrent);
  if (!stat || !position) return false;
  const std::uint64_t left = stat->size - std::min(*position, stat->size);
  answer(index, Errno::kSuccess, left, left == 0 ? kEventHangup : std::uint16_t{0});
  return true;
}

void Poll::begin_stream(std::size_t index, Entry& entry) {
  const bool reads = scratch_.subscriptions[index].tag == kEventRead;
  if (reads && begin_seekable(index, entry)) return;
  const cap::PollToken token = entry.stream->poll_token();
  if (token == cap::PollToken::kAlwaysReady) {
    const std::uint64_t bytes = reads ? entry.stream->waiting() : 1;
    return answer(index, Errno::kSuccess, bytes, bytes == 0 ? kEventHangup : std::uint16_t{0});
  }
  if (call_.context().poller() == nullptr) return answer(index, Errno::kNotSup, 0, 0);
  cap::PollItem item;
  item.token = token;
  item.interest = reads ? cap::PollFor::kRead : cap::PollFor::kWrite;
  scratch_.items.push_back(item);
  scratch_.item_owners.push_back(static_cast<std::uint32_t>(index));
}

std::uint64_t Poll::left(const Subscription& subscription) {
  const auto now = clock_now(call_, subscription.id);
  return now ? count(saturating_sub(Nanoseconds{subscription.timeout}, *now)) : 0;
}

void Poll::take_items() {
  for (std::size_t i = 0; i < scratch_.items.size(); ++i) {
    const cap::PollItem& item = scratch_.items[i];
    if (item.error) {
      answer(scratch_.item_owners[i], errno_of(*item.error), 0, 0);
    } else if (item.ready) {
      answer(scratch_.item_owners[i], Errno::kSuccess, item.bytes,
             item.hangup ? kEventHangup : std::uint16_t{0});
    }
  }
}

bool Poll::take_clocks() {
  bool any = false;
  for (std::size_t index = 0; index < scratch_.ready.size(); ++index) {
    if (!is_waiting_clock(index) || left(scratch_.subscriptions[index]) > 0) continue;
    answer(index, Errno::kSuccess, 0, 0);
    any = true;
  }
  return any;
}

// Time came, but as the guest's coarse clock counts it has not: the nearest one is it.
void Poll::take_nearest_clock() {
  std::optional<std::size_t> nearest;
  for (std::size_t index = 0; index < scratch_.ready.size(); ++index) {
    if (!is_waiting_clock(index)) continue;
    if (!nearest || left(scratch_.subscriptions[index]) < left(scratch_.subscriptions[*nearest])) {
      nearest = index;
    }
  }
  if (nearest) answer(*nearest, Errno::kSuccess, 0, 0);
}

Errno Poll::wait() {
  cap::Poller* poller = call_.context().poller();
  if (any_ready_ && scratch_.items.empty()) return Errno::kSuccess;
  if (poller == nullptr) return Errno::kNotSup;
  const bool at_once = any_ready_;
  const std::optional<Nanoseconds> monotonic = at_once ? Nanoseconds{0} : earliest_[kMonotonic];
  const auto woken = poller->wait(scratch_.items, monotonic, earliest_[kRealtime]);
  if (!woken) return call_.fail(woken.error(), {audit::Kind::kClock, cap::kNoGrant, {}, {}});
  take_items();
  if (!at_once && !take_clocks() && !any_ready_) take_nearest_clock();
  return Errno::kSuccess;
}

std::uint32_t Poll::put_events(std::uint32_t out) {
  std::uint32_t written = 0;
  for (std::size_t index = 0; index < scratch_.ready.size(); ++index) {
    if (scratch_.ready[index] == 0) continue;
    const std::uint64_t address = out + std::uint64_t{written} * sizeof(PollEvent);
    WARRANT_CHECK(call_.memory().store(address, scratch_.events[index]));
    ++written;
  }
  return written;
}

}  // namespace

Answer poll_oneoff(Call& call) {
  const std::uint32_t in = call.u32(0);
  const std::uint32_t out = call.u32(1);
  const std::uint32_t length = call.u32(2);
  const std::uint32_t out_count = call.u32(3);
  const std::uint64_t record = subscription_size(call.snapshot());
  if (!call.place("in", in, length * record, 8) ||
      !call.place("out", out, length * std::uint64_t{sizeof(PollEvent)}, 8) ||
      !call.place("nevents", out_count, 4, 4)) {
    return Answer::end();
  }
  if (length == 0) return Errno::kInval;
  if (length > call.context().limits().poll) {
    return call.deny(Errno::kNoMem, cap::Reason::kListLimit,
                     {audit::Kind::kLimit, cap::kNoGrant, {}, {}});
  }
  auto& subscriptions = call.scratch().subscriptions;
  subscriptions.resize(length);
  for (std::uint32_t index = 0; index < length; ++index) {
    subscriptions[index] = take_subscription(call, in, index);
    if (!is_valid(subscriptions[index])) return Errno::kInval;
  }
  Poll poll(call);
  poll.begin(length);
  if (const Errno waited = poll.wait(); waited != Errno::kSuccess) return waited;
  return call.put(out_count, poll.put_events(out));
}

}  // namespace warrant::wasi_p1
