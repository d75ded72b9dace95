// SPDX-License-Identifier: Apache-2.0
// What an attempt does when it is advanced: waits, looks at what came, keeps the time.
#include <algorithm>

#include "warrant/fetch/attempt.h"

namespace warrant::fetch {

using cap::Blocking;
using cap::FetchState;
using cap::Polled;
using cap::Reason;

namespace {

constexpr Nanoseconds kRateWindow{10'000'000'000};
constexpr std::uint64_t kRateBytes = 1'000;  // 100 B/s over the window
constexpr std::size_t kKeepReading = std::size_t{64} * 1'024;

Reason reason_of(cap::TransportFault fault) noexcept {
  switch (fault) {
    case cap::TransportFault::kNone:
      return Reason::kOk;
    case cap::TransportFault::kStopped:
    case cap::TransportFault::kProtocol:
      return Reason::kProtocol;
    case cap::TransportFault::kConnectFailed:
      return Reason::kConnectFailed;
    case cap::TransportFault::kTls:
      return Reason::kTls;
    case cap::TransportFault::kTruncated:
      return Reason::kTruncated;
    case cap::TransportFault::kEncoding:
      return Reason::kEncoding;
    case cap::TransportFault::kBodyLimit:
      return Reason::kBodyLimit;
    case cap::TransportFault::kHeaderLimit:
      return Reason::kHeaderLimit;
    case cap::TransportFault::kTimeout:
      return Reason::kTimeout;
    case cap::TransportFault::kUnavailable:
      return Reason::kTransportUnavailable;
  }
  return Reason::kProtocol;
}

}  // namespace

FetchState Attempt::state() const noexcept {
  if (unread() > 0) return FetchState::kBody;
  if (failure_.reason != Reason::kNone) return FetchState::kFailed;
  if (stage_ == Stage::kOver) return FetchState::kEnd;
  return has_head_ ? FetchState::kHead : FetchState::kPending;
}

std::span<const std::byte> Attempt::ready() const noexcept {
  return std::span(buffer_).subspan(consumed_, static_cast<std::size_t>(unread()));
}

void Attempt::consume(std::size_t bytes) {
  const auto taken = std::min<std::uint64_t>(bytes, unread());
  consumed_ += static_cast<std::size_t>(taken);
  budget_->count_delivered(taken);
  if (consumed_ * 2 > buffer_.size()) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(consumed_));
    buffer_at_ += consumed_;
    consumed_ = 0;
  }
  if (paused_ && unread() < kKeepReading && exchange_) {
    paused_ = false;
    exchange_->resume();
  }
}

FetchState Attempt::advance(Blocking blocking) {
  if (stage_ != Stage::kOver) {
    // The server owes nothing for the time in which nobody listened.
    const Nanoseconds idle = saturating_sub(now(), polled_);
    rate_from_ = saturating_add(rate_from_, idle);
  }
  for (;;) {
    const FetchState found = state();
    const bool is_news = found == FetchState::kHead && !head_told_;
    if (is_news) head_told_ = true;
    const bool waits = found == FetchState::kPending || (found == FetchState::kHead && !is_news);
    if (!waits || !turn(blocking)) {
      if (core_->setup.ports.transport != nullptr) polled_ = now();
      if (found == FetchState::kBody) head_told_ = true;
      return waits ? state() : found;
    }
  }
}

bool Attempt::turn(Blocking blocking) {
  switch (stage_) {
    case Stage::kSlot:
      return wait_for_slot(blocking);
    case Stage::kResolve:
      return wait_for_answer(blocking);
    case Stage::kExchange:
    case Stage::kDrain:
    case Stage::kBody:
      return move_exchange(blocking);
    case Stage::kOver:
      return false;
  }
  return false;
}

bool Attempt::wait_for_slot(Blocking blocking) {
  if (takes_slot()) {
    start_hop();
    return true;
  }
  if (now() >= deadline_) {
    fail(Reason::kTimeout);
    return true;
  }
  // Those that wait for their reader will not end by waiting for them.
  const auto moving = std::find_if(core_->running.begin(), core_->running.end(),
                                   [](const Attempt* each) { return !each->paused_; });
  if (moving == core_->running.end()) {
    fail(Reason::kBudgetParallel);
    return true;
  }
  Attempt& other = **moving;
  return other.turn(blocking) || blocking == Blocking::kWait;
}

bool Attempt::wait_for_answer(Blocking blocking) {
  const Polled polled = lookup_->poll(blocking, stage_deadline_);
  const Nanoseconds at = now();
  const cap::LookupAnswer* answer = lookup_->answer();
  if (answer == nullptr) {
    if (polled == Polled::kCanceled) {
      fail(ended());
      return true;
    }
    if (at < stage_deadline_) return blocking == Blocking::kWait;
    fail(Reason::kDnsTimeout);
    return true;
  }
  dns_spent_ = saturating_sub(at, hop_started_);
  const cap::LookupAnswer found = *answer;
  lookup_.reset();
  switch (found.what) {
    case cap::LookupAnswer::What::kAddresses: {
      const Nanoseconds kept = core_->rules.dns_cache;
      take_answers(found.addresses);
      if (count(kept) > 0 && answers_.is_allowed()) {
        core_->cache.push_back(
            {judgement_.url->host.text, found.addresses, saturating_add(at, kept)});
      }
      break;
    }
    case cap::LookupAnswer::What::kNoAnswer:
      fail(Reason::kDnsNoAnswer);
      break;
    case cap::LookupAnswer::What::kFailure:
      fail(Reason::kDnsFailure);
      break;
    case cap::LookupAnswer::What::kUnavailable:
      fail(Reason::kTransportUnavailable);
      break;
  }
  return true;
}

bool Attempt::move_exchange(Blocking blocking) {
  if (paused_ && blocking == Blocking::kNever) return false;
  if (phase_ == Phase::kWaiting && blocking == Blocking::kWait) print_ahead();
  const Polled polled = exchange_->poll(blocking, next_deadline());
  if (polled == Polled::kCanceled) {
    fail(ended());
    return true;
  }
  const std::uint64_t before = charged_;
  const Stage stage = stage_;
  look_at_exchange();
  if (stage_ == Stage::kOver || !exchange_) return true;
  if (const Reason late = check_times(now()); late != Reason::kOk) {
    fail(late);
    return true;
  }
  return blocking == Blocking::kWait || stage != stage_ || before != charged_;
}

void Attempt::look_at_exchange() {
  const cap::ExchangeFacts& facts = exchange_->facts();
  last_facts_ = facts;
  if (phase_ == Phase::kSending && facts.sent == cap::ExchangeFacts::Sent::kFull) {
    phase_ = Phase::kWaiting;
    stage_deadline_ = saturating_add(now(), bounds().first_byte);
  }
  if (stopped_ != Reason::kOk) return fail(stopped_);
  if (may_drop_) return follow();
  if (cut_ != cap::FetchCut::kNo) {
    release_all();
    return end_well();
  }
  if (!facts.complete) return;
  if (asked_fresh_) {
    asked_fresh_ = false;
    tried_fresh_ = true;
    release_exchange();
    return connect();
  }
  finish_exchange();
}

void Attempt::finish_exchange() {
  const Reason fault = reason_of(last_facts_.fault);
  // Of a redirect only the head matters.
  if (stage_ == Stage::kDrain) return follow();
  if (fault != Reason::kOk) return fail(fault);
  if (!reader_.has_head()) return fail(Reason::kProtocol);
  const auto declared = reader_.length();
  if (expects_body() && declared && *declared != body_bytes_) return fail(Reason::kTruncated);
  if (is_bomb(body_bytes_)) return fail(Reason::kBodyLimit);
  release_all();
  end_well();
}

Nanoseconds Attempt::next_deadline() const noexcept {
  if (phase_ == Phase::kConnecting || phase_ == Phase::kWaiting) {
    return std::min(deadline_, stage_deadline_);
  }
  return paused_ ? deadline_ : std::min(deadline_, saturating_add(rate_from_, kRateWindow));
}

void Attempt::watch_rate(Nanoseconds at) {
  rate_from_ = at;
  rate_bytes_ = charged_ + last_facts_.body_out;
}

cap::Reason Attempt::check_times(Nanoseconds at) {
  if (at >= deadline_) {
    return deadline_ == core_->setup.run_deadline ? Reason::kDeadline : Reason::kTimeout;
  }
  if (phase_ == Phase::kConnecting || phase_ == Phase::kWaiting) {
    return at >= stage_deadline_ ? Reason::kTimeout : Reason::kOk;
  }
  const std::uint64_t moved = charged_ + last_facts_.body_out - rate_bytes_;
  if (moved >= kRateBytes || paused_) {
    watch_rate(at);
    return Reason::kOk;
  }
  return saturating_sub(at, rate_from_) >= kRateWindow ? Reason::kTooSlow : Reason::kOk;
}

}  // namespace warrant::fetch
