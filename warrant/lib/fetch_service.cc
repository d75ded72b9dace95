// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/fetch_service.h"

#include <utility>
#include <vector>

#include "warrant/base/bytes.h"
#include "warrant/fetch/request_form.h"
#include "warrant/lib/remote_fetch.h"

namespace warrant::lib {
namespace {

using cap::FetchState;

constexpr std::size_t kMostAttempts = 2 * netfetch::kMaxHandles;
constexpr std::size_t kMostNarrowed = 16;
// One more of each than may be, so that what refuses it is the Fetch, on record.
constexpr std::size_t kMostHeaders = fetch::kHeadersMax + 1;
constexpr std::uint64_t kOneMore = 1;

// The doors that a guest of an executor has.
bool is_door(cap::FetchDoor door) noexcept {
  return door == cap::FetchDoor::kOpenagenticNetfetch || door == cap::FetchDoor::kWarrantFetch;
}

}  // namespace

bool FetchService::serves(Wire kind) noexcept {
  return kind >= Wire::kFetchStart && kind <= Wire::kFetchRevoke;
}

cap::Fetch* FetchService::fetch_of(std::uint32_t number) {
  if (number == kWholeFetch) return context_.fetch();
  if (number == kNarrowedFetch) return context_.narrowed();
  const auto found = narrowed_.find(number);
  return found == narrowed_.end() ? nullptr : found->second.get();
}

bool FetchService::answer(Wire kind, WireReader from, WireWriter& to) {
  if (kind == Wire::kFetchStart) return start(from, to);
  if (kind == Wire::kFetchAdvance || kind == Wire::kFetchCancel || kind == Wire::kFetchClose) {
    return on_attempt(kind, from, to);
  }
  return on_fetch(kind, from, to);
}

void FetchService::write_state(WireWriter& to, Attempt& attempt, FetchState state) {
  const cap::FetchFailure failure =
      state == FetchState::kFailed ? attempt.live->failure() : cap::FetchFailure{};
  to.u8(static_cast<std::uint8_t>(state));
  to.u8(static_cast<std::uint8_t>(attempt.live->cut()));
  to.u16(static_cast<std::uint16_t>(failure.reason));
  to.u8(static_cast<std::uint8_t>(failure.sent));
  to.u8(static_cast<std::uint8_t>(failure.told));
  const bool has_head = state == FetchState::kHead || state == FetchState::kBody ||
                        (state == FetchState::kEnd && !attempt.told_head);
  to.u8(has_head && !attempt.told_head ? 1 : 0);
  if (has_head && !attempt.told_head) {
    attempt.told_head = true;
    const cap::ResponseHead& head = attempt.live->head();
    to.u16(head.status);
    to.u32(head.hops);
    to.u64(head.body_length.value_or(kNoNumber));
    to.u32(static_cast<std::uint32_t>(head.headers.size()));
    for (const cap::ResponseHeader& each : head.headers) {
      to.text(each.name);
      to.text(each.value);
    }
  }
  to.text(state == FetchState::kBody ? text_of(attempt.live->ready()) : std::string_view());
}

bool FetchService::start(WireReader& from, WireWriter& to) {
  cap::Fetch* const fetch = fetch_of(from.u32());
  if (fetch == nullptr || attempts_.size() >= kMostAttempts) return false;
  Attempt attempt;
  cap::FetchRequest request;
  request.method = from.text();
  request.url = from.text();
  std::vector<cap::GuestHeader> headers;
  const std::uint32_t count = from.u32();
  if (count > kMostHeaders) return false;
  for (std::uint32_t i = 0; i < count && from.good(); ++i) {
    const std::string_view name = from.text();
    const std::string_view value = from.text();
    headers.push_back({name, value, from.word(cap::GuestHeader::Kind::kReference)});
  }
  request.headers = headers;
  const std::string_view body = from.text();
  if (body.size() > most_body_ && body.size() - most_body_ > kOneMore) return false;
  attempt.request = body;
  const std::uint64_t timeout = from.u64();
  if (timeout != kNoNumber) request.timeout = Nanoseconds{timeout};
  request.redirects = from.word(cap::FetchRequest::Redirects::kReturned);
  const std::uint64_t cut_at = from.u64();
  if (cut_at != kNoNumber) request.cut_at = cut_at;
  request.door = from.word(cap::FetchDoor::kHost);
  if (!from.whole() || !is_door(request.door)) return false;
  const std::uint32_t number = ++last_;
  // A map's elements stay where they are: the attempt views its request's body.
  Attempt& kept = attempts_.emplace(number, std::move(attempt)).first->second;
  request.body = std::as_bytes(std::span(kept.request));
  kept.live = fetch->start(request);
  to.u32(number);
  const bool refused = kept.live->failure().reason != cap::Reason::kNone;
  if (refused) std::string().swap(kept.request);
  write_state(to, kept, refused ? FetchState::kFailed : FetchState::kPending);
  return true;
}

bool FetchService::on_attempt(Wire kind, WireReader& from, WireWriter& to) {
  const auto found = attempts_.find(from.u32());
  const std::uint64_t used = from.u64();
  if (!from.good()) return false;
  if (found == attempts_.end()) return kind == Wire::kFetchClose;
  Attempt& attempt = found->second;
  if (used > attempt.live->ready().size()) return false;
  attempt.live->consume(used);
  if (kind == Wire::kFetchClose) {
    attempts_.erase(found);
    return from.whole();
  }
  if (kind == Wire::kFetchCancel) {
    attempt.live->cancel();
    write_state(to, attempt, attempt.live->advance(cap::Blocking::kNever));
    return from.whole();
  }
  const auto blocking = from.word(cap::Blocking::kNever);
  if (!from.whole()) return false;
  write_state(to, attempt, attempt.live->advance(blocking));
  return true;
}

bool FetchService::on_fetch(Wire kind, WireReader& from, WireWriter& to) {
  cap::Fetch* const fetch = fetch_of(from.u32());
  if (fetch == nullptr) return false;
  if (kind == Wire::kFetchLeft) {
    const cap::FetchLeft left = fetch->left();
    for (const std::uint64_t each : {left.requests, left.total, left.response, left.request_body}) {
      to.u64(each);
    }
    to.u64(count(left.timeout));
    to.u64(left.denials);
    return from.whole();
  }
  if (kind == Wire::kFetchRevoke) {
    fetch->revoke();
    to.u8(1);
    return from.whole();
  }
  const cap::FetchBounds bounds = read_bounds(from);
  if (!from.whole() || narrowed_.size() >= kMostNarrowed) return false;
  const auto number = static_cast<std::uint32_t>(kNarrowedFetch + 1 + narrowed_.size());
  narrowed_.emplace(number, fetch->narrow(bounds));
  to.u32(number);
  return true;
}

}  // namespace warrant::lib
