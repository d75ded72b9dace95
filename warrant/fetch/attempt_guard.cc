// SPDX-License-Identifier: Apache-2.0
// What an attempt answers to the transport: each socket, each sending, each line, each piece.
#include <algorithm>

#include "warrant/base/bytes.h"
#include "warrant/fetch/attempt.h"
#include "warrant/fetch/vet.h"

namespace warrant::fetch {

using cap::Flow;
using cap::Reason;
using cap::Verdict;

namespace {

constexpr std::uint64_t kRatioFrom = std::uint64_t{128} * 1'024;  // a beginning may be dense
constexpr std::uint64_t kDrainMax = std::uint64_t{64} * 1'024;
constexpr std::uint64_t kBufferMax = std::uint64_t{256} * 1'024;
constexpr std::uint64_t kDigestedPlain = 4'096;
constexpr std::uint64_t kTellingTail = 4;  // of a secret, at the end of a body that was cut

Reason reason_of(const TargetDecision& decision) noexcept {
  switch (decision.what) {
    case TargetDecision::What::kPinned:
      return Reason::kOk;
    case TargetDecision::What::kFamily:
      return Reason::kFamily;
    case TargetDecision::What::kScopeId:
      return Reason::kScopeId;
    case TargetDecision::What::kPort:
      return Reason::kSocketPort;
    case TargetDecision::What::kAddress:
      return fetch::reason_of(decision.address);
    case TargetDecision::What::kPinMismatch:
      return Reason::kPinMismatch;
  }
  return Reason::kPinMismatch;
}

}  // namespace

Verdict Attempt::stop(Reason reason) noexcept {
  if (stopped_ == Reason::kOk) stopped_ = reason;
  return Verdict::kStop;
}

Verdict Attempt::may_connect(const cap::SocketTarget& target) {
  const Pinned pinned{judgement_.url->port, pinned_};
  const Reason reason = reason_of(check_target(target, pinned, address_rules()));
  return reason == Reason::kOk ? Verdict::kGo : stop(reason);
}

Verdict Attempt::may_send(const cap::SocketTarget& peer, cap::Reused reused) {
  if (budget_->is_revoked()) return stop(Reason::kNotGranted);
  const bool repeatable =
      judgement_.method == cap::Method::kGet || judgement_.method == cap::Method::kHead;
  if (sent_ && !repeatable) return stop(Reason::kRetryRefused);
  const Pinned pinned{judgement_.url->port, pinned_};
  const Reason reason = is_unpinned() && !peer.address
                            ? Reason::kOk
                            : reason_of(check_target(peer, pinned, address_rules()));
  if (reason != Reason::kOk) {
    if (reused == cap::Reused::kNo || tried_fresh_ || sent_) return stop(reason);
    // What was pinned before is no longer the answer: once more, on a connection of its own.
    asked_fresh_ = true;
    return Verdict::kStop;
  }
  const std::uint64_t size = request_size();
  if (size > bytes_left()) return stop(Reason::kBudgetBytes);
  charge(size);
  sent_ = true;
  phase_ = body_.empty() ? Phase::kWaiting : Phase::kSending;
  const Nanoseconds at = now();
  stage_deadline_ = saturating_add(at, bounds().first_byte);
  watch_rate(at);
  return Verdict::kGo;
}

Verdict Attempt::header_line(std::string_view line) {
  if (line.size() > bytes_left()) return stop(Reason::kBudgetBytes);
  charge(line.size());
  charged_ += line.size();
  if (phase_ != Phase::kReceiving) {
    phase_ = Phase::kReceiving;
    watch_rate(now());
  }
  std::string masked;
  if (echo_) {
    bool hit = false;
    echo_->scrub(line, audit::KnownSecrets::End::kWhole,
                 [&](std::string_view piece, std::string_view reference) {
                   hit = hit || !reference.empty();
                   masked +=
                       reference.empty() ? std::string(piece) : std::string(piece.size(), '*');
                 });
    if (hit && echo_mode_ == policy::Echo::kRefuse) return stop(Reason::kSecretEcho);
    line = masked;
  }
  const bool had_head = reader_.has_head();
  const Reason reason = reader_.line(line);
  if (reason != Reason::kOk) return stop(reason);
  return reader_.has_head() && !had_head ? deliver_head() : Verdict::kGo;
}

bool Attempt::expects_body() const noexcept {
  return judgement_.method != cap::Method::kHead && reader_.status() != 204 &&
         reader_.status() != 304;
}

bool Attempt::is_bomb(std::uint64_t decoded) const noexcept {
  constexpr std::uint64_t kRatioMax = 100;
  return reader_.coded_layers() > 0 && decoded / kRatioMax > wire_;
}

// How many decoded bytes may come, and which bound says so.
void Attempt::set_cap() {
  cap_ = bounds().response;
  cap_by_ = cap::FetchCut::kResponse;
  const std::uint64_t delivered = budget_->delivered_left();
  if (delivered < cap_) {
    cap_ = delivered;
    cap_by_ = cap::FetchCut::kTotal;
  }
  if (cut_at_ && *cut_at_ < cap_) {
    cap_ = *cut_at_;
    cap_by_ = cap::FetchCut::kBuffer;
  }
}

Verdict Attempt::deliver_head() {
  if (redirects_ == cap::FetchRequest::Redirects::kByGrant) {
    next_ = next_hop(*judgement_.url, grant(), reader_.status(), reader_.locations(), hop_);
  } else {
    next_ = {Reason::kNotFollowed, {}};
  }
  if (next_.reason == Reason::kOk) {
    stage_ = Stage::kDrain;
    return Verdict::kGo;
  }
  const bool is_answer =
      next_.reason == Reason::kNoLocation || next_.reason == Reason::kNotFollowed;
  if (!is_answer) return stop(next_.reason);
  if (reader_.status() >= 300 && reader_.status() < 400) notes_.push_back(next_.reason);
  if (reader_.had_refresh()) notes_.push_back(Reason::kNotFollowed);
  if (reader_.had_ignored()) notes_.push_back(Reason::kIgnored);
  const Reason coding = reader_.check_coding(grant().decompress);
  if (coding != Reason::kOk) return stop(coding);
  reader_.forget_coding();
  set_cap();
  const auto length = reader_.length();
  if (expects_body() && length && *length > cap_ && !cut_at_) {
    return stop(cap_by_ == cap::FetchCut::kTotal ? Reason::kBudgetBytes : Reason::kBodyLimit);
  }
  head_ = {reader_.status(), reader_.take_headers(), length, hop_};
  has_head_ = true;
  walk_ = {};
  stage_ = Stage::kBody;
  body_mac_ = core_->keys.body.start();
  return Verdict::kGo;
}

Flow Attempt::body(std::span<const std::byte> bytes, std::uint64_t wire) {
  const std::uint64_t came = wire - std::min(wire, wire_);
  wire_ = std::max(wire, wire_);
  if (stage_ == Stage::kDrain) {
    drained_ += bytes.size();
    may_drop_ = drained_ > kDrainMax || came > bytes_left();
    charge(std::min(came, bytes_left()));
    charged_ += came;
    return may_drop_ ? Flow::kStop : Flow::kGo;
  }
  if (stage_ != Stage::kBody) {
    stop(Reason::kProtocol);
    return Flow::kStop;
  }
  if (came > bytes_left()) {
    charge(bytes_left());
    if (cut_at_) {
      cut_ = cap::FetchCut::kTotal;
    } else {
      stop(Reason::kBudgetBytes);
    }
    return Flow::kStop;
  }
  charge(came);
  charged_ += came;
  const std::uint64_t made = body_bytes_ + bytes.size();
  if (made > kRatioFrom && is_bomb(made)) {
    stop(Reason::kBodyLimit);
    return Flow::kStop;
  }
  const std::uint64_t room = cap_ - std::min(cap_, body_bytes_);
  const bool too_long = bytes.size() > room;
  if (!take_body(
          bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size()))))) {
    stop(Reason::kSecretEcho);
    return Flow::kStop;
  }
  if (too_long) {
    if (cut_at_) {
      cut_ = cap_by_;
    } else {
      stop(cap_by_ == cap::FetchCut::kTotal ? Reason::kBudgetBytes : Reason::kBodyLimit);
    }
    return Flow::kStop;
  }
  paused_ = unread() >= kBufferMax;
  return paused_ ? Flow::kPause : Flow::kGo;
}

// The beginning goes into the MAC as it is, the rest by the transport's digest where it has one:
// that is worth its start only for long bodies.
void Attempt::digest(std::span<const std::byte> bytes) {
  if (!body_mac_) return;
  const std::uint64_t direct = kDigestedPlain - std::min(kDigestedPlain, body_bytes_);
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(direct, bytes.size()));
  body_mac_->update(bytes.first(size));
  bytes = bytes.subspan(size);
  if (bytes.empty()) return;
  if (body_bytes_ <= kDigestedPlain) {
    cap::Transport& transport = *core_->setup.ports.transport;
    body_digest_of_transport_ = transport.start_digest(core_->keys.digest);
  }
  if (body_digest_of_transport_) {
    body_digest_of_transport_->update(bytes);
  } else {
    body_mac_->update(bytes);
  }
}

// False: a secret came back, and the response ends.
bool Attempt::take_body(std::span<const std::byte> bytes) {
  digest(bytes);
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  body_bytes_ += bytes.size();
  if (!echo_) {
    released_ = body_bytes_;
    return true;
  }
  for (const std::byte byte : bytes) {
    echo_->step(walk_, std::to_integer<unsigned char>(byte));
    if (walk_.hit_end != walk_.at) continue;
    if (echo_mode_ == policy::Echo::kRefuse) return false;
    mask(walk_.hit_begin, walk_.hit_end);
  }
  released_ = std::max(released_, echo_->settled(walk_));
  return true;
}

void Attempt::mask(std::uint64_t begin, std::uint64_t end) noexcept {
  begin = std::max(begin, buffer_at_);
  for (std::uint64_t at = begin; at < end && at - buffer_at_ < buffer_.size(); ++at) {
    buffer_[static_cast<std::size_t>(at - buffer_at_)] = std::byte{'*'};
  }
}

void Attempt::release_all() {
  // The body goes on where nobody looks: what may be the start of a secret is treated as one.
  const bool cut = cut_ != cap::FetchCut::kNo;
  if (echo_ && cut && body_bytes_ - echo_->settled(walk_) >= kTellingTail) {
    mask(echo_->settled(walk_), body_bytes_);
  }
  released_ = body_bytes_;
}

}  // namespace warrant::fetch
