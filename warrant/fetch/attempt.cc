// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/attempt.h"

#include <algorithm>
#include <utility>

#include "warrant/base/bytes.h"
#include "warrant/fetch/reasons.h"
#include "warrant/fetch/redact.h"

namespace warrant::fetch {

using cap::Reason;

namespace {

CallKey derive(const CallKey& call, std::string_view label) {
  const codec::Digest made = codec::hmac_sha256(call, bytes_of(label));
  CallKey key{};
  std::copy(made.bytes().begin(), made.bytes().end(), key.begin());
  return key;
}

constexpr std::size_t kNotesUsual = 4;

// A failure after which not even what came before it is handed over.
bool takes_all_back(Reason reason) noexcept {
  return reason == Reason::kSecretEcho || reason == Reason::kCancelled;
}

}  // namespace

CommonHeaders::CommonHeaders(std::string_view user_agent) {
  const auto fill = [&](auto& headers, std::string_view coding) {
    std::size_t at = 0;
    for (const auto& [name, value] :
         std::initializer_list<std::pair<const char*, std::string_view>>{
             {"Accept-Encoding", coding}, {"Accept", "*/*"}, {"User-Agent", user_agent}}) {
      headers[at++] = {name, cap::SecretText(std::string(value))};
    }
  };
  fill(plain_, "identity");
  fill(gzip_, "gzip");
}

RecordKeys::RecordKeys(const CallKey& call)
    : text(derive(call, "fetch record: text")),
      body(derive(call, "fetch record: body")),
      digest(derive(call, "fetch record: digest")) {}

// Empty where there is no URL.
const std::string& Attempt::origin() {
  if (origin_.empty() && judgement_.url) origin_ = print_origin(*judgement_.url);
  return origin_;
}

Attempt::Attempt(std::shared_ptr<FetchCore> core, std::shared_ptr<Budget> budget,
                 const cap::FetchRequest& request)
    : core_(std::move(core)),
      budget_(std::move(budget)),
      redirects_(request.redirects),
      cut_at_(request.cut_at),
      door_(request.door),
      number_(++core_->requests) {
  admit(request);
}

void Attempt::admit(const cap::FetchRequest& request) {
  if (core_->rules.grants.empty() || budget_->is_revoked()) {
    note_asked(request);
    return fail(Reason::kNotGranted);
  }
  const bool present = has_ports();
  // The frozen door tells what is wrong with a URL first (netfetch.md section 1.3).
  if (!present && door_ != cap::FetchDoor::kOpenagenticNetfetch) {
    return fail(Reason::kTransportUnavailable);
  }
  if (present) {
    started_ = hop_started_ = polled_ = now();
    if (started_ >= core_->setup.run_deadline) return fail(Reason::kDeadline);
  }
  if (const Reason reason = budget_->check(); reason != Reason::kOk) return fail(reason);
  judge_first(request);
}

bool Attempt::has_ports() const noexcept {
  const FetchPorts& ports = core_->setup.ports;
  return ports.transport != nullptr && (ports.resolver != nullptr || is_unpinned());
}

// For the record: what a grant would have to name.
void Attempt::note_asked(const cap::FetchRequest& request) {
  ParsedUrl parsed = parse_url(request.url, Schemes::kHttpsAndHttp);
  judgement_.method = find_method(request.method);
  if (parsed.reason == Reason::kOk) {
    judgement_.url = std::move(parsed.url);
  } else {
    raw_url_ = request.url;
  }
}

Attempt::~Attempt() {
  if (stage_ != Stage::kOver) cancel();
}

void Attempt::judge_bytes(const cap::FetchRequest& request) {
  JudgedUrl& known = core_->judged;
  const bool bare = request.headers.empty() && request.body.empty();
  if (bare && known.asked == request.url && known.method == request.method) {
    judgement_ = known.judgement;
    url_ = known.url;
    origin_ = known.origin;
    return;
  }
  judgement_ =
      judge(core_->rules, request, core_->setup.ports.secrets, budget_->bounds().request_body);
  if (!judgement_.url) raw_url_ = request.url;
  if (!judgement_.is_allowed()) return;
  url_ = print(*judgement_.url);
  if (bare) {
    known = {std::string(request.method), std::string(request.url), judgement_, url_, origin()};
  }
}

void Attempt::judge_first(const cap::FetchRequest& request) {
  judge_bytes(request);
  if (!judgement_.is_allowed()) return fail(judgement_.reason);
  if (!has_ports()) return fail(Reason::kTransportUnavailable);
  keep_headers(request.headers);
  body_ = request.body;
  Nanoseconds time = bounds().timeout;
  if (request.timeout) time = std::min(time, *request.timeout);
  deadline_ = std::min(saturating_add(started_, time), core_->setup.run_deadline);
  stage_ = Stage::kSlot;
  if (takes_slot()) start_hop();
}

bool Attempt::takes_slot() noexcept {
  if (!budget_->has_slot() || !grant_budget().has_slot()) return false;
  budget_->take_slot();
  grant_budget().take_slot();
  core_->running.push_back(this);
  slot_grant_ = judgement_.match.grant;
  return true;
}

void Attempt::release_slot() {
  const auto found = std::find(core_->running.begin(), core_->running.end(), this);
  if (found == core_->running.end()) return;
  core_->running.erase(found);
  budget_->give_slot();
  core_->of_grants[static_cast<std::size_t>(slot_grant_)].give_slot();
}

// Requests, names and bytes, before the step that they pay for.
bool Attempt::take_budget() {
  Budget& of_grant = grant_budget();
  if (budget_->requests_left() == 0 || of_grant.requests_left() == 0) {
    fail(Reason::kBudgetRequests);
    return false;
  }
  budget_->take_request();
  of_grant.take_request();
  if (grant().host.kind != HostPattern::Kind::kExact) {
    const std::string& name = judgement_.url->host.text;
    if (!budget_->has_name(name) || !of_grant.has_name(name)) {
      fail(Reason::kBudgetNames);
      return false;
    }
    budget_->take_name(name);
    of_grant.take_name(name);
  }
  if (request_size() <= bytes_left()) return true;
  fail(Reason::kBudgetBytes);
  return false;
}

void Attempt::start_hop() {
  hop_started_ = now();
  dns_spent_ = Nanoseconds{0};
  recorded_ = asked_fresh_ = tried_fresh_ = sent_ = may_drop_ = false;
  wire_ = drained_ = charged_ = 0;
  answers_ = {};
  asked_.clear();
  last_facts_ = {};
  if (budget_->is_revoked()) return fail(Reason::kNotGranted);
  if (!take_budget()) return;
  past_step_7_ = true;
  if (is_unpinned()) return go_unpinned();
  const Host& host = judgement_.url->host;
  if (host.literal) return take_answers({&*host.literal, 1});
  const auto cached = std::find_if(core_->cache.begin(), core_->cache.end(), [&](const auto& each) {
    return each.name == host.text && hop_started_ < each.until;
  });
  if (cached != core_->cache.end()) return take_answers(cached->addresses);
  if (!core_->setup.ports.transport->prepare()) return fail(Reason::kTransportUnavailable);
  const auto families =
      core_->rules.ipv6 == AddressRules::Ipv6::kOff ? cap::Families::kIpv4 : cap::Families::kBoth;
  lookup_ = core_->setup.ports.resolver->start(host.text, families);
  stage_deadline_ = std::min(deadline_, saturating_add(hop_started_, bounds().dns));
  stage_ = Stage::kResolve;
}

void Attempt::take_answers(std::span<const cap::IpAddress> addresses) {
  answers_ = judge_answers(addresses, judgement_.url->port, address_rules());
  if (!answers_.is_allowed()) return fail(answers_.reason);
  notes_.reserve(kNotesUsual);
  notes_.push_back(answers_.reason);
  notes_.push_back(Reason::kPinned);
  if (core_->setup.gate) {
    const GateRequest shown{*judgement_.method, *judgement_.url, answers_.addresses,
                            judgement_.match.grant, hop_};
    if (core_->setup.gate(shown) == cap::Verdict::kStop) return fail(Reason::kDeniedByHost);
  }
  pinned_.clear();
  pinned_.reserve(answers_.addresses.size());
  for (const JudgedAddress& each : answers_.addresses) pinned_.push_back(each.address);
  connect();
}

// A page connects by name and never hears of an address: only one that is written is judged.
void Attempt::go_unpinned() {
  if (!grant().browser_unpinned) return fail(Reason::kTransportUnavailable);
  if (const auto& literal = judgement_.url->host.literal) {
    answers_ = judge_answers({&*literal, 1}, judgement_.url->port, address_rules());
    if (!answers_.is_allowed()) return fail(answers_.reason);
    notes_.push_back(answers_.reason);
  }
  notes_.push_back(Reason::kUnpinned);
  connect();
}

// The response led on: judge where to, and go there.
void Attempt::follow() {
  release_exchange();
  record(Reason::kOk);
  const Url from = *judgement_.url;
  const NextMethod next = next_method(*judgement_.method, reader_.status());
  Judgement judged = judge_hop(core_->rules, next_.url, next.method, references_, from);
  ++hop_;
  raw_url_ = judged.url ? std::string() : next_.url;
  judgement_ = std::move(judged);
  origin_.clear();
  if (judgement_.url) url_ = print(*judgement_.url);
  notes_.clear();
  recorded_ = false;
  reader_ = {};
  if (!judgement_.is_allowed()) return fail(judgement_.reason);
  if (next.body == NextMethod::Body::kDropped) {
    notes_.push_back(Reason::kMethodToGet);
    body_ = {};
  }
  const bool same = judgement_.url->is_same_origin(from);
  notes_.push_back(same ? Reason::kSameOrigin : Reason::kCrossOriginStrip);
  drop_headers_for(from, next.body);
  start_hop();
}

void Attempt::fail(cap::Reason reason) {
  release_exchange();
  const bool early = hop_ == 0 && (!past_step_7_ || reason == Reason::kTransportUnavailable);
  failure_ = {reason, last_facts_.sent,
              early ? cap::FetchFailure::Told::kReason : cap::FetchFailure::Told::kCodeOnly};
  stage_ = Stage::kOver;
  lookup_.reset();
  release_slot();
  if (takes_all_back(reason)) {
    buffer_.clear();
    buffer_at_ = released_;
    consumed_ = 0;
  }
  const bool denied = family(reason).outcome == Outcome::kDeny;
  if (denied && reason != Reason::kBudgetDenials) budget_->count_denial();
  record(reason);
}

void Attempt::end_well() {
  release_exchange();
  stage_ = Stage::kOver;
  release_slot();
  record(Reason::kOk);
}

void Attempt::release_exchange() {
  if (!exchange_) return;
  last_facts_ = exchange_->facts();
  exchange_.reset();
}

void Attempt::cancel() {
  if (state() == cap::FetchState::kEnd || state() == cap::FetchState::kFailed) return;
  if (stage_ != Stage::kOver) return fail(Reason::kCancelled);
  // All came, but it was not all read.
  failure_ = {Reason::kCancelled, last_facts_.sent};
  buffer_.clear();
  buffer_at_ = released_;
  consumed_ = 0;
}

cap::Reason Attempt::ended() const noexcept {
  return core_->setup.ended ? core_->setup.ended() : Reason::kCancelled;
}

const Grant& Attempt::grant() const noexcept {
  return core_->rules.grants[static_cast<std::size_t>(judgement_.match.grant)];
}

Budget& Attempt::grant_budget() const noexcept {
  return core_->of_grants[static_cast<std::size_t>(judgement_.match.grant)];
}

cap::FetchBounds Attempt::bounds() const noexcept {
  return narrower(grant().bounds, budget_->bounds());
}

void Attempt::charge(std::uint64_t bytes) noexcept {
  budget_->count_bytes(bytes);
  grant_budget().count_bytes(bytes);
}

std::uint64_t Attempt::bytes_left() const noexcept {
  return std::min(budget_->bytes_left(), grant_budget().bytes_left());
}

AddressRules Attempt::address_rules() const {
  return core_->rules.address_rules(&grant(), core_->setup.ports.transport->own_addresses());
}

// What was asked for is known before the answer comes: its part of the record is printed while the
// server works. Not where a text may turn out to hold a secret that is only learnt meanwhile.
void Attempt::print_ahead() {
  const audit::KnownSecrets* const known = core_->setup.known;
  if (!asked_.empty() || (known != nullptr && !known->empty())) return;
  asked_ = print_asked(asked_of_hop(), core_->keys.text, core_->setup.path, known);
}

HopRecord Attempt::asked_of_hop() const {
  HopRecord out;
  out.judgement = &judgement_;
  out.raw_url = raw_url_;
  out.addresses = answers_.addresses;
  out.asked = asked_;
  return out;
}

void Attempt::record(cap::Reason reason) {
  if (recorded_) return;
  recorded_ = true;
  HopRecord out = asked_of_hop();
  out.door = door_;
  out.request = number_;
  out.hop = hop_;
  out.reason = reason;
  out.notes = notes_;
  if (past_step_7_) out.facts = &last_facts_;
  out.status = reader_.has_head() ? reader_.status() : std::uint16_t{0};
  out.request_headers = headers_.size();
  for (const KeptHeader& each : headers_) {
    out.request_header_bytes += each.name.size() + each.value.size();
    if (const auto listed = listed_request_header(each.name); !listed.empty()) {
      out.request_header_names.push_back(listed);
    }
  }
  out.response_headers = reader_.lines();
  out.response_header_bytes = reader_.bytes();
  const auto& headers = has_head_ ? head_.headers : reader_.headers();
  out.response_header_names.reserve(headers.size());
  for (const cap::ResponseHeader& each : headers) {
    if (is_listed_response_header(each.name)) out.response_header_names.push_back(each.name);
  }
  out.request_bytes = sent_ ? request_size() : 0;
  out.response_wire = charged_;
  out.response_bytes = body_bytes_;
  out.declared = reader_.length();
  out.cut = cut_;
  if (body_mac_ && body_digest_of_transport_)
    body_mac_->update(body_digest_of_transport_->finish());
  body_digest_of_transport_.reset();
  if (body_mac_ && body_bytes_ > 0) out.body_mac = core_->keys.body.finish(*body_mac_);
  body_mac_.reset();
  out.content_type = value_of(headers, "content-type");
  out.retry_after = value_of(headers, "retry-after");
  for (const SecretUse* use : judgement_.secrets) out.secrets.push_back(use->reference);
  out.dns = dns_spent_;
  if (core_->setup.ports.transport != nullptr) out.total = saturating_sub(now(), hop_started_);
  out.requests_left = budget_->requests_left();
  out.bytes_left = budget_->bytes_left();
  // Once Fetch is closed for the call, a refusal says nothing that the counts do not.
  const bool closed = reason == Reason::kBudgetDenials;
  const std::string fields =
      closed ? std::string()
             : print_members(out, core_->keys.text, core_->setup.path, core_->setup.known);
  core_->setup.ports.sink->record({.kind = audit::Kind::kFetch,
                                   .decision = decision_of(reason),
                                   .reason = reason,
                                   .operation = "fetch",
                                   .grant = cap::GrantIndex{judgement_.match.grant},
                                   .error = family(reason).p1,
                                   .path = origin(),
                                   .bytes = out.request_bytes,
                                   .bytes_in = charged_,
                                   .fields = fields});
}

}  // namespace warrant::fetch
