// SPDX-License-Identifier: Apache-2.0
// The request of one hop as it is sent: headers, secrets, pins, bounds.
#include <algorithm>

#include "warrant/base/bytes.h"
#include "warrant/fetch/attempt.h"

namespace warrant::fetch {

using cap::Reason;

// The one maker of what a transport takes.
class Approver {
 public:
  static cap::Approved<cap::HopRequest> approve(cap::HopRequest request) {
    return {cap::Approved<cap::HopRequest>::Key(), std::move(request)};
  }
};

namespace {

constexpr std::size_t kAttemptsMax = 4;   // addresses tried
constexpr std::size_t kHostHeaders = 3;   // those of make_request()
constexpr std::uint64_t kLineExtra = 32;  // of a request's first line, about

bool has_header(std::span<const cap::OutgoingHeader> headers, std::string_view name) noexcept {
  return std::any_of(headers.begin(), headers.end(), [&](const cap::OutgoingHeader& each) {
    return equals_ignoring_case(each.name, name);
  });
}

}  // namespace

void Attempt::keep_headers(std::span<const cap::GuestHeader> headers) {
  for (const cap::GuestHeader& each : headers) {
    if (each.kind == cap::GuestHeader::Kind::kReference) {
      references_.emplace_back(each.value);
    } else {
      headers_.push_back({std::string(each.name), std::string(trim_blanks(each.value))});
    }
  }
}

// What the next hop does not get; it never comes back.
void Attempt::drop_headers_for(const Url& from, NextMethod::Body body) {
  const bool same = judgement_.url->is_same_origin(from);
  const bool raw = grant().raw_authorization;
  std::erase_if(headers_, [&](const KeptHeader& each) {
    if (body == NextMethod::Body::kDropped && describes_body(each.name)) return true;
    if (!raw && class_of_header(each.name).reason == Reason::kSecretOnly) return true;
    return !same && !survives_origin(each.name);
  });
}

std::uint64_t Attempt::request_size() const noexcept {
  if (!judgement_.url) return 0;
  const Url& url = *judgement_.url;
  std::uint64_t size = kLineExtra + url.path.size() + url.query.size() + url.host.text.size();
  for (const KeptHeader& each : headers_) size += each.name.size() + each.value.size() + 4;
  return size + body_.size();
}

std::string_view Attempt::pool_key() {
  FetchCore::LastPool& last = core_->last_pool;
  if (last.grant == judgement_.match.grant && last.origin == origin()) return last.key;
  std::string text = core_->setup.warrant_hash + "\n" + origin() + "\n" + grant().ca;
  for (const cap::IpNetwork& each : grant().private_networks) text += "\n" + cap::print(each);
  const std::string key = codec::sha256(bytes_of(text)).hex();
  auto& keys = core_->pool_keys;
  auto found = std::find(keys.begin(), keys.end(), key);
  if (found == keys.end()) found = keys.insert(keys.end(), key);
  last = {origin(), judgement_.match.grant, *found};
  return last.key;
}

// False: it failed.
bool Attempt::add_secrets(std::vector<cap::OutgoingHeader>& out) {
  if (judgement_.secrets.empty()) return true;
  cap::Secrets* secrets = core_->setup.ports.secrets;
  audit::Sink& sink = *core_->setup.ports.sink;
  for (const SecretUse* use : judgement_.secrets) {
    auto value = secrets == nullptr ? Result<cap::SecretText>(Error{Errc::kNoEntry, 0, "secret"})
                                    : secrets->reveal(use->reference);
    const bool intended = value && sink.intend({.kind = audit::Kind::kSecret,
                                                .decision = audit::Decision::kAllow,
                                                .reason = Reason::kOk,
                                                .operation = "attach",
                                                .grant = cap::GrantIndex{judgement_.match.grant},
                                                .path = use->reference,
                                                .second_path = judgement_.url->host.text});
    if (!intended) {
      fail(value ? Reason::kCancelled : Reason::kSecretUnknown);
      return false;
    }
    std::erase_if(out,
                  [&](const auto& each) { return equals_ignoring_case(each.name, use->header); });
    std::string text = use->before + std::string(value->text()) + use->after;
    out.push_back({use->header, cap::SecretText(std::move(text))});
    const bool known =
        std::find(attached_.begin(), attached_.end(), use->reference) != attached_.end();
    if (!known) attached_.push_back(use->reference);
    if (attached_.size() == 1 && !known) echo_mode_ = use->echo;
    if (use->echo == policy::Echo::kRefuse) echo_mode_ = policy::Echo::kRefuse;
  }
  echo_ = std::make_unique<audit::KnownSecrets>();
  for (const std::string& reference : attached_) {
    const auto value = secrets->reveal(reference);
    if (value && echo_->add(reference, value->text())) continue;
    fail(Reason::kSecretUnknown);
    return false;
  }
  echo_->seal();
  return true;
}

bool Attempt::make_request(cap::HopRequest& out) {
  const Url& url = *judgement_.url;
  const cap::FetchBounds bound = bounds();
  out.method = *judgement_.method;
  out.scheme = url.scheme;
  out.url = url_;
  out.host = url.host.text;
  out.port = url.port;
  const std::size_t tried = std::min(answers_.pinned.size(), kAttemptsMax);
  out.pinned.assign(answers_.pinned.begin(),
                    answers_.pinned.begin() + static_cast<std::ptrdiff_t>(tried));
  out.body = body_;
  out.decompress = grant().decompress;
  out.ca = grant().ca;
  out.pool_key = pool_key();
  if (tried_fresh_) out.connection = cap::HopRequest::Connection::kFresh;
  out.body_cap = cut_at_ ? UINT64_MAX : bound.response;
  out.connect = bound.connect;
  out.total = saturating_sub(deadline_, now());
  if (headers_.empty() && judgement_.secrets.empty()) {
    out.common = core_->common.of(out.decompress);
    return true;
  }
  // No header is moved, and wiped where it was, for want of room.
  out.headers.reserve(headers_.size() + kHostHeaders + judgement_.secrets.size());
  const auto add = [&](std::string_view name, std::string_view value) {
    out.headers.push_back({std::string(name), cap::SecretText(std::string(value))});
  };
  for (const KeptHeader& each : headers_) add(each.name, each.value);
  const bool gzip = out.decompress == cap::HopRequest::Decompress::kGzip;
  add("Accept-Encoding", gzip ? "gzip" : "identity");
  if (!has_header(out.headers, "accept")) add("Accept", "*/*");
  if (!has_header(out.headers, "user-agent")) add("User-Agent", core_->setup.user_agent);
  return add_secrets(out.headers);
}

void Attempt::connect() {
  cap::HopRequest request;
  if (!make_request(request)) return;
  stopped_ = Reason::kOk;
  reader_ = {};
  const bool intended =
      core_->setup.ports.sink->intend({.kind = audit::Kind::kFetch,
                                       .decision = audit::Decision::kAllow,
                                       .reason = Reason::kOk,
                                       .operation = "fetch",
                                       .grant = cap::GrantIndex{judgement_.match.grant},
                                       .path = origin()});
  if (!intended) return fail(Reason::kCancelled);
  cap::Transport& transport = *core_->setup.ports.transport;
  if (!transport.prepare()) return fail(Reason::kTransportUnavailable);
  phase_ = Phase::kConnecting;
  stage_deadline_ = saturating_add(now(), bounds().connect);
  auto exchange = transport.start(Approver::approve(std::move(request)), *this);
  if (!exchange) return fail(Reason::kTransportUnavailable);
  exchange_ = *std::move(exchange);
  stage_ = Stage::kExchange;
}

}  // namespace warrant::fetch
