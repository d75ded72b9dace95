// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/remote_fetch.h"

#include <algorithm>
#include <string>
#include <vector>

#include "warrant/base/bytes.h"
#include "warrant/fetch/request_form.h"
#include "warrant/lib/asker.h"

namespace warrant::lib {
namespace {

using cap::FetchState;

class RemoteAttempt final : public cap::FetchAttempt {
 public:
  RemoteAttempt(const Asker& asker, std::uint32_t number) : asker_(asker), number_(number) {}
  ~RemoteAttempt() override { asker_.tell(Wire::kFetchClose, words()); }

  // The state that came with the answer to a start, an advance or a cancel.
  void take(WireReader from) {
    state_ = from.word(FetchState::kFailed);
    cut_ = from.word(cap::FetchCut::kBuffer);
    failure_.reason = static_cast<cap::Reason>(from.u16());
    failure_.sent = from.word(cap::ExchangeFacts::Sent::kFull);
    failure_.told = from.word(cap::FetchFailure::Told::kReason);
    if (from.u8() != 0) take_head(from);
    const std::string_view ready = from.text();
    ready_.assign(ready.begin(), ready.end());
    used_ = 0;
    if (!from.whole()) lose();
  }
  void lose() {
    state_ = FetchState::kFailed;
    failure_ = {cap::Reason::kCancelled, cap::ExchangeFacts::Sent::kFull,
                cap::FetchFailure::Told::kCodeOnly};
    ready_.clear();
    used_ = 0;
  }

  FetchState advance(cap::Blocking blocking) override {
    WireWriter asked = words();
    asked.u8(static_cast<std::uint8_t>(blocking));
    ask(Wire::kFetchAdvance, asked);
    return state_;
  }
  const cap::ResponseHead& head() const noexcept override { return head_; }
  std::span<const std::byte> ready() const noexcept override {
    return std::as_bytes(std::span(ready_)).subspan(used_);
  }
  void consume(std::size_t bytes) override { used_ += std::min(bytes, ready_.size() - used_); }
  cap::FetchFailure failure() const noexcept override { return failure_; }
  cap::FetchCut cut() const noexcept override { return cut_; }
  void cancel() override { ask(Wire::kFetchCancel, words()); }

 private:
  // Its number, and how much of what was ready is consumed.
  WireWriter words() const {
    WireWriter to;
    to.u32(number_);
    to.u64(used_);
    return to;
  }
  void ask(Wire kind, const WireWriter& words) {
    if (asker_.ask(kind, words)) {
      take(asker_.answer());
    } else {
      lose();
    }
  }
  void take_head(WireReader& from) {
    head_.status = from.u16();
    head_.hops = from.u32();
    const std::uint64_t length = from.u64();
    head_.body_length = length == kNoNumber ? std::nullopt : std::optional(length);
    head_.headers.clear();
    for (std::uint32_t left = from.u32(); left > 0 && from.good(); --left) {
      std::string name(from.text());
      head_.headers.push_back({std::move(name), std::string(from.text())});
    }
  }

  Asker asker_;
  std::uint32_t number_;
  FetchState state_ = FetchState::kFailed;
  cap::ResponseHead head_;
  std::vector<char> ready_;
  std::size_t used_ = 0;
  cap::FetchFailure failure_;
  cap::FetchCut cut_ = cap::FetchCut::kNo;
};

class RemoteFetch final : public cap::Fetch {
 public:
  RemoteFetch(Asker asker, std::uint32_t number) : asker_(std::move(asker)), number_(number) {}

  std::unique_ptr<cap::FetchAttempt> start(const cap::FetchRequest& request) override {
    WireWriter asked = words();
    asked.text(request.method);
    asked.text(request.url);
    // More than there may be are too many, whatever they are.
    const std::size_t count_sent = std::min(request.headers.size(), fetch::kHeadersMax + 1);
    asked.u32(static_cast<std::uint32_t>(count_sent));
    for (const cap::GuestHeader& each : request.headers.first(count_sent)) {
      asked.text(each.name);
      asked.text(each.value);
      asked.u8(static_cast<std::uint8_t>(each.kind));
    }
    asked.text(text_of(request.body));
    asked.u64(request.timeout ? count(*request.timeout) : kNoNumber);
    asked.u8(static_cast<std::uint8_t>(request.redirects));
    asked.u64(request.cut_at.value_or(kNoNumber));
    asked.u8(static_cast<std::uint8_t>(request.door));
    const bool answered = asker_.ask(Wire::kFetchStart, asked);
    WireReader from = asker_.answer();
    const std::uint32_t number = from.u32();
    auto attempt = std::make_unique<RemoteAttempt>(asker_, answered ? number : 0);
    if (answered) {
      attempt->take(from);
    } else {
      attempt->lose();
    }
    return attempt;
  }
  cap::FetchLeft left() const noexcept override {
    if (!asker_.ask(Wire::kFetchLeft, words())) return {};
    WireReader from = asker_.answer();
    cap::FetchLeft left;
    for (std::uint64_t* each : {&left.requests, &left.total, &left.response, &left.request_body}) {
      *each = from.u64();
    }
    left.timeout = Nanoseconds{from.u64()};
    left.denials = from.u64();
    return from.whole() ? left : cap::FetchLeft{};
  }
  std::unique_ptr<cap::Fetch> narrow(const cap::FetchBounds& bounds) override {
    WireWriter asked = words();
    write_bounds(asked, bounds);
    if (!asker_.ask(Wire::kFetchNarrow, asked)) return nullptr;
    return std::make_unique<RemoteFetch>(asker_, asker_.answer().u32());
  }
  void revoke() override { (void)asker_.ask(Wire::kFetchRevoke, words()); }

 private:
  WireWriter words() const {
    WireWriter to;
    to.u32(number_);
    return to;
  }
  mutable Asker asker_;
  std::uint32_t number_;
};

}  // namespace

std::unique_ptr<cap::Fetch> make_remote_fetch(os::Channel& channel, RemoteSink& sink,
                                              std::uint32_t number) {
  return std::make_unique<RemoteFetch>(Asker(channel, sink), number);
}

void write_bounds(WireWriter& to, const cap::FetchBounds& bounds) {
  for (const std::uint32_t each :
       {bounds.requests, bounds.parallel, bounds.denials, bounds.names}) {
    to.u32(each);
  }
  for (const std::uint64_t each :
       {bounds.request_body, bounds.response, bounds.total, bounds.delivered}) {
    to.u64(each);
  }
  for (const Nanoseconds each : {bounds.dns, bounds.connect, bounds.first_byte, bounds.timeout}) {
    to.u64(count(each));
  }
}

cap::FetchBounds read_bounds(WireReader& from) {
  cap::FetchBounds bounds;
  for (std::uint32_t* each : {&bounds.requests, &bounds.parallel, &bounds.denials, &bounds.names}) {
    *each = from.u32();
  }
  for (std::uint64_t* each :
       {&bounds.request_body, &bounds.response, &bounds.total, &bounds.delivered}) {
    *each = from.u64();
  }
  for (Nanoseconds* each : {&bounds.dns, &bounds.connect, &bounds.first_byte, &bounds.timeout}) {
    *each = Nanoseconds{from.u64()};
  }
  return bounds;
}

}  // namespace warrant::lib
