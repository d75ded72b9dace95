// SPDX-License-Identifier: Apache-2.0
#include "warrant/web/transport.h"

#include <algorithm>

#include "warrant/base/bytes.h"
#include "warrant/cap/reason.h"
#include "warrant/codec/json.h"
#include "warrant/fetch/request_form.h"
#include "warrant/web/page.h"

namespace warrant::web {
namespace {

using cap::Flow;
using cap::Polled;
using cap::TransportFault;
using cap::Verdict;
using codec::Json;

constexpr std::string_view name_of(cap::Method method) noexcept {
  constexpr std::string_view kNames[] = {"GET",   "HEAD",   "POST",   "PUT",
                                         "PATCH", "DELETE", "OPTIONS"};
  return kNames[static_cast<std::size_t>(method)];
}

// Nothing: a header that fetch() would leave out without a word.
std::optional<std::string> print_request(const cap::HopRequest& request) {
  Json headers = Json::array();
  for (const auto list : {std::span<const cap::OutgoingHeader>(request.headers), request.common}) {
    for (const cap::OutgoingHeader& each : list) {
      if (fetch::equals_ignoring_case(each.name, "accept-encoding"))
        continue;  // the host's own: the browser has its own
      if (fetch::equals_ignoring_case(each.name, "user-agent")) {
        if (!each.value.text().empty()) return std::nullopt;
        continue;
      }
      Json pair = Json::array();
      pair.push(Json::string(each.name));
      pair.push(Json::string(each.value.text()));
      headers.push(std::move(pair));
    }
  }
  Json document = Json::object();
  document.set("url", Json::string(request.url));
  document.set("method", Json::string(name_of(request.method)));
  document.set("headers", std::move(headers));
  document.set("milliseconds", Json::integer(static_cast<std::int64_t>(std::min<std::uint64_t>(
                                   count(request.total) / 1'000'000, 1ULL << 31))));
  return codec::print_canonical(document);
}

class PageExchange final : public cap::Exchange {
 public:
  PageExchange(const RunTime& time, cap::HopGuard& guard, std::string text,
               const cap::HopRequest& request)
      : time_(time),
        guard_(guard),
        request_(std::move(text)),
        body_(request.body),
        port_(request.port),
        ends_(saturating_add(monotonic(), request.total)) {}
  ~PageExchange() override {
    if (number_ >= 0) page_fetch_end(number_);
  }

  Polled poll(cap::Blocking blocking, Nanoseconds until) override {
    if (number_ < 0 && !facts_.complete) begin();
    for (;;) {
      if (facts_.complete || take_message()) return Polled::kMoved;
      if (!time_.check()) return Polled::kCanceled;
      if (blocking == cap::Blocking::kNever || monotonic() >= until) return Polled::kTimeUp;
      time_.wait(until);
    }
  }
  void resume() override {
    if (facts_.complete) return;
    page_fetch_ask(number_);
  }
  const cap::ExchangeFacts& facts() const noexcept override { return facts_; }

 private:
  void end(TransportFault fault) noexcept {
    facts_.fault = fault;
    facts_.complete = true;
  }

  void begin() {
    if (guard_.may_send({std::nullopt, 0, port_}, cap::Reused::kNo) == Verdict::kStop) {
      return end(TransportFault::kStopped);
    }
    number_ = page_fetch_start(request_.data(), request_.size(), body_.data(), body_.size());
    if (number_ < 0) return end(TransportFault::kUnavailable);
    // How much of it has left the machine is never told.
    facts_.sent = cap::ExchangeFacts::Sent::kPartial;
    page_fetch_ask(number_);
  }

  bool take_message() {
    message_.resize(kPageMessage);
    std::size_t size = 0;
    const std::uint32_t kind = page_fetch_take(number_, message_.data(), &size);
    if (kind == 0) return false;
    const std::span<const std::byte> bytes(message_.data(), std::min(size, message_.size()));
    if (kind == kPageHead) {
      take_head(text_of(bytes));
    } else if (kind == kPageBody) {
      take_body(bytes);
    } else if (kind == kPageEnd) {
      end(TransportFault::kNone);
    } else if (monotonic() >= ends_) {
      return false;  // the page ended it with its time, which is for the caller to say
    } else {
      end(has_head_ ? TransportFault::kTruncated : TransportFault::kConnectFailed);
    }
    return true;
  }

  void take_head(std::string_view lines) {
    facts_.sent = cap::ExchangeFacts::Sent::kFull;
    facts_.body_out = body_.size();
    has_head_ = true;
    while (!lines.empty()) {
      const std::size_t size = std::min(lines.find('\n'), lines.size() - 1) + 1;
      facts_.wire_in += size;
      if (guard_.header_line(lines.substr(0, size)) == Verdict::kStop) {
        return end(TransportFault::kStopped);
      }
      lines.remove_prefix(size);
    }
    page_fetch_ask(number_);
  }

  void take_body(std::span<const std::byte> bytes) {
    facts_.wire_in += bytes.size();
    came_ += bytes.size();
    const Flow flow = guard_.body(bytes, came_);
    if (flow == Flow::kStop) return end(TransportFault::kStopped);
    if (flow == Flow::kGo) page_fetch_ask(number_);
  }

  const RunTime& time_;
  cap::HopGuard& guard_;
  std::string request_;
  std::span<const std::byte> body_;
  std::uint16_t port_;
  Nanoseconds ends_;
  std::int32_t number_ = -1;
  bool has_head_ = false;
  std::uint64_t came_ = 0;
  std::vector<std::byte> message_;
  cap::ExchangeFacts facts_;
};

}  // namespace

Result<std::unique_ptr<cap::Exchange>> PageTransport::start(
    const cap::Approved<cap::HopRequest>& request, cap::HopGuard& guard) {
  auto text = print_request(*request);
  if (!text) return cap::error_of(Errc::kNotSupported, cap::Reason::kTransportUnavailable, "fetch");
  return std::unique_ptr<cap::Exchange>(
      std::make_unique<PageExchange>(time_, guard, *std::move(text), *request));
}

}  // namespace warrant::web
