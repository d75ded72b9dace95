// SPDX-License-Identifier: Apache-2.0
#pragma once
// A Fetch without a network: answers by URL, bounds its bodies and counts what it was asked.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "warrant/cap/fetch.h"

namespace warrant::testing {

struct Said {
  std::uint16_t status = 200;
  std::string body;
  cap::Reason failure = cap::Reason::kOk;       // kOk: none
  std::size_t fails_after = std::string::npos;  // bytes of the body before `failure`; npos: no head
  std::vector<cap::ResponseHeader> headers = {};
  std::size_t piece = 7;  // bytes that are ready at once
  std::uint32_t hops = 0;
  bool known_length = true;
  cap::FetchFailure::Told told = cap::FetchFailure::Told::kReason;
};

struct Asked {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;  // a reference has "$" before its name
  std::string body;
  std::optional<Nanoseconds> timeout;
  cap::FetchRequest::Redirects redirects;
  std::optional<std::uint64_t> cut_at;
  cap::FetchDoor door;
};

class ScriptedAttempt final : public cap::FetchAttempt {
 public:
  ScriptedAttempt(Said said, std::optional<std::uint64_t> cut_at) : said_(std::move(said)) {
    head_.status = said_.status;
    head_.headers = said_.headers;
    head_.hops = said_.hops;
    if (said_.known_length) head_.body_length = said_.body.size();
    if (cut_at && said_.body.size() > *cut_at) {
      said_.body.resize(*cut_at);
      cut_ = cap::FetchCut::kBuffer;
    }
    if (said_.failure != cap::Reason::kOk && said_.fails_after == std::string::npos) failed_ = true;
  }

  cap::FetchState advance(cap::Blocking) override {
    if (failed_) return cap::FetchState::kFailed;
    if (!told_) {
      told_ = true;
      return cap::FetchState::kHead;
    }
    if (said_.failure != cap::Reason::kOk && at_ >= said_.fails_after) {
      failed_ = true;
      return cap::FetchState::kFailed;
    }
    if (at_ == said_.body.size()) return cap::FetchState::kEnd;
    if (ready_ == 0) ready_ = std::min(said_.piece, said_.body.size() - at_);
    return cap::FetchState::kBody;
  }
  const cap::ResponseHead& head() const noexcept override { return head_; }
  std::span<const std::byte> ready() const noexcept override {
    return std::as_bytes(std::span(said_.body).subspan(at_, ready_));
  }
  void consume(std::size_t bytes) override {
    at_ += bytes;
    ready_ -= bytes;
  }
  cap::FetchFailure failure() const noexcept override {
    return {said_.failure, cap::ExchangeFacts::Sent::kNone, said_.told};
  }
  cap::FetchCut cut() const noexcept override { return cut_; }
  void cancel() override {
    failed_ = true;
    ready_ = 0;
    said_.failure = cap::Reason::kCancelled;
  }

 private:
  Said said_;
  cap::ResponseHead head_;
  cap::FetchCut cut_ = cap::FetchCut::kNo;
  std::size_t at_ = 0;
  std::size_t ready_ = 0;
  bool told_ = false;
  bool failed_ = false;
};

class ScriptedFetch final : public cap::Fetch {
 public:
  std::unique_ptr<cap::FetchAttempt> start(const cap::FetchRequest& request) override {
    Asked now{
        std::string(request.method), std::string(request.url), {},          {}, request.timeout,
        request.redirects,           request.cut_at,           request.door};
    for (const cap::GuestHeader& header : request.headers) {
      const bool reference = header.kind == cap::GuestHeader::Kind::kReference;
      now.headers.emplace_back((reference ? "$" : "") + std::string(header.name), header.value);
    }
    now.body.assign(reinterpret_cast<const char*>(request.body.data()),  // NOLINT: as text
                    request.body.size());
    asked.push_back(now);
    const auto found = said.find(now.url);
    Said answer = found == said.end() ? otherwise : found->second;
    if (budget.requests == 0) answer = {.failure = cap::Reason::kBudgetRequests};
    if (budget.denials == 0) answer = {.failure = cap::Reason::kBudgetDenials};
    return std::make_unique<ScriptedAttempt>(std::move(answer), request.cut_at);
  }
  cap::FetchLeft left() const noexcept override { return budget; }
  std::unique_ptr<cap::Fetch> narrow(const cap::FetchBounds&) override { return nullptr; }
  void revoke() override {}

  std::map<std::string, Said> said;
  Said otherwise{.failure = cap::Reason::kHostNotGranted};
  cap::FetchLeft budget{16, 1'000'000, 100'000, 1'000, Nanoseconds{30'000'000'000}, 64};
  std::vector<Asked> asked;
};

}  // namespace warrant::testing
