// SPDX-License-Identifier: Apache-2.0
#pragma once
// A resolver and a transport that do as they are told, on a clock that moves only when someone
// waits: for the rules of fetch, without a network.
//
// The transport asks and tells the guard in the order of a real one. Scripts are used up in order;
// the last one stays.
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "warrant/base/bytes.h"
#include "warrant/cap/resolver.h"
#include "warrant/cap/transport.h"

namespace warrant::test {

// What a server does with one request.
struct Script {
  std::vector<std::string> lines = {"HTTP/1.1 200 OK\r\n", "\r\n"};
  std::vector<std::string> pieces;  // of the body, decoded
  std::vector<std::uint64_t> wire;  // counts behind each piece; none: as many as came
  Nanoseconds before{0};            // time until the first line
  Nanoseconds between{0};           // time before each piece
  cap::TransportFault fault = cap::TransportFault::kNone;  // at the end
  bool silent = false;                                     // never a line
  std::optional<cap::IpAddress> socket = {};               // connected to instead
  std::optional<cap::IpAddress> peer = {};                 // of a pooled connection
  unsigned sendings = 1;                                   // how often the request is let go
};

class ScriptedTransport final : public cap::Transport {
 public:
  struct Sent {
    std::string url, method, body;
    std::vector<std::pair<std::string, std::string>> headers;
    cap::HopRequest::Connection connection;
    std::string pool_key;
    std::vector<cap::Endpoint> pinned;
    const std::string* find(std::string_view name) const {
      for (const auto& each : headers) {
        if (each.first == name) return &each.second;
      }
      return nullptr;
    }
  };

  Status prepare() override {
    if (missing) return Error{Errc::kNotSupported, 0, "transport"};
    return {};
  }
  Nanoseconds now() const noexcept override { return clock; }
  std::span<const cap::IpAddress> own_addresses() override { return own; }
  Result<std::unique_ptr<cap::Exchange>> start(const cap::Approved<cap::HopRequest>& request,
                                               cap::HopGuard& guard) override;
  void close_pool(std::string_view key) override { closed.emplace_back(key); }

  std::deque<Script> scripts = {Script{}};
  std::vector<Sent> requests;  // that were let go
  std::vector<cap::Endpoint> connected;
  std::vector<std::string> closed;
  std::vector<cap::IpAddress> own;
  Nanoseconds clock{1'000'000'000};
  bool missing = false;
  bool canceled = false;  // the run is being ended
};

class ScriptedExchange final : public cap::Exchange {
 public:
  ScriptedExchange(ScriptedTransport& transport, const cap::HopRequest& request, Script script,
                   cap::HopGuard& guard)
      : transport_(transport), request_(request), script_(std::move(script)), guard_(guard) {}

  cap::Polled poll(cap::Blocking blocking, Nanoseconds until) override {
    if (transport_.canceled) return cap::Polled::kCanceled;
    if (facts_.complete) return cap::Polled::kMoved;
    if (paused_) return wait(blocking, until, kForever);
    if (step_ == 0) return begin();
    if (script_.silent) return wait(blocking, until, kForever);
    if (step_ == 1) {
      const auto waited = wait(blocking, until, script_.before);
      if (waited != cap::Polled::kMoved) return waited;
      ++step_;
      for (const std::string& line : script_.lines) {
        if (guard_.header_line(line) == cap::Verdict::kStop) return stop();
      }
      return cap::Polled::kMoved;
    }
    return body(blocking, until);
  }
  void resume() override { paused_ = false; }
  const cap::ExchangeFacts& facts() const noexcept override { return facts_; }

 private:
  cap::Polled begin() {
    ++step_;
    const cap::Endpoint first = request_.pinned.front().endpoint();
    cap::SocketTarget target{script_.socket.value_or(first.address), 0, first.port};
    if (!script_.peer) {
      if (guard_.may_connect(target) == cap::Verdict::kStop) return stop();
      transport_.connected.push_back({*target.address, target.port});
    }
    facts_.reused = script_.peer ? cap::Reused::kYes : cap::Reused::kNo;
    if (script_.peer) target.address = script_.peer;
    for (unsigned i = 0; i < script_.sendings; ++i) {
      if (guard_.may_send(target, facts_.reused) == cap::Verdict::kStop) return stop();
      note();
    }
    facts_.sent = cap::ExchangeFacts::Sent::kFull;
    facts_.body_out = request_.body.size();
    return cap::Polled::kMoved;
  }
  cap::Polled body(cap::Blocking blocking, Nanoseconds until) {
    if (next_ == script_.pieces.size()) {
      facts_.fault = script_.fault;
      facts_.complete = true;
      return cap::Polled::kMoved;
    }
    const auto waited = wait(blocking, until, script_.between);
    if (waited != cap::Polled::kMoved) return waited;
    spent_ = Nanoseconds{0};
    const std::string& piece = script_.pieces[next_];
    wire_ = next_ < script_.wire.size() ? script_.wire[next_] : wire_ + piece.size();
    ++next_;
    const cap::Flow flow = guard_.body(bytes_of(piece), wire_);
    if (flow == cap::Flow::kStop) return stop();
    paused_ = flow == cap::Flow::kPause;
    return cap::Polled::kMoved;
  }
  // Moves the clock to what comes first.
  cap::Polled wait(cap::Blocking blocking, Nanoseconds until, Nanoseconds needed) {
    const Nanoseconds ready = saturating_add(transport_.clock, saturating_sub(needed, spent_));
    if (ready <= transport_.clock) return cap::Polled::kMoved;
    if (blocking == cap::Blocking::kNever) return cap::Polled::kTimeUp;
    const Nanoseconds to = std::min(ready, until);
    spent_ = saturating_add(spent_, saturating_sub(to, transport_.clock));
    transport_.clock = std::max(to, transport_.clock);
    return ready <= until ? cap::Polled::kMoved : cap::Polled::kTimeUp;
  }
  cap::Polled stop() {
    facts_.fault = cap::TransportFault::kStopped;
    facts_.complete = true;
    return cap::Polled::kMoved;
  }
  void note() {
    constexpr const char* kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    ScriptedTransport::Sent sent{request_.url,
                                 kMethods[static_cast<std::size_t>(request_.method)],
                                 std::string(text_of(request_.body)),
                                 {},
                                 request_.connection,
                                 std::string(request_.pool_key),
                                 {}};
    for (const auto headers :
         {std::span<const cap::OutgoingHeader>(request_.headers), request_.common}) {
      for (const auto& each : headers) {
        sent.headers.emplace_back(each.name, std::string(each.value.text()));
      }
    }
    for (const auto& each : request_.pinned) sent.pinned.push_back(each.endpoint());
    transport_.requests.push_back(std::move(sent));
  }

  ScriptedTransport& transport_;
  cap::HopRequest request_;
  Script script_;
  cap::HopGuard& guard_;
  cap::ExchangeFacts facts_;
  int step_ = 0;
  std::size_t next_ = 0;
  std::uint64_t wire_ = 0;
  Nanoseconds spent_{0};
  bool paused_ = false;
};

inline Result<std::unique_ptr<cap::Exchange>> ScriptedTransport::start(
    const cap::Approved<cap::HopRequest>& request, cap::HopGuard& guard) {
  Script script = scripts.front();
  if (scripts.size() > 1) scripts.pop_front();
  return std::unique_ptr<cap::Exchange>(
      std::make_unique<ScriptedExchange>(*this, *request, std::move(script), guard));
}

class FixedResolver final : public cap::Resolver {
 public:
  explicit FixedResolver(ScriptedTransport& transport) : transport_(transport) {}

  class Found final : public cap::Lookup {
   public:
    Found(FixedResolver& of, const cap::LookupAnswer* answer) : of_(of), answer_(answer) {}
    cap::Polled poll(cap::Blocking blocking, Nanoseconds until) override {
      if (of_.transport_.canceled) return cap::Polled::kCanceled;
      if (answer_ != nullptr) return cap::Polled::kMoved;
      if (blocking == cap::Blocking::kWait) of_.transport_.clock = until;
      return cap::Polled::kTimeUp;
    }
    const cap::LookupAnswer* answer() const noexcept override { return answer_; }

   private:
    FixedResolver& of_;
    const cap::LookupAnswer* answer_;
  };

  std::unique_ptr<cap::Lookup> start(std::string_view name, cap::Families families) override {
    asked.emplace_back(name);
    asked_families = families;
    const std::size_t at = std::min(asked.size(), answers.size()) - 1;
    return std::make_unique<Found>(*this, silent ? nullptr : &answers[at]);
  }

  std::vector<cap::LookupAnswer> answers;  // one a look-up; the last one stays
  std::vector<std::string> asked;
  cap::Families asked_families = cap::Families::kBoth;
  bool silent = false;

 private:
  ScriptedTransport& transport_;
};

}  // namespace warrant::test
