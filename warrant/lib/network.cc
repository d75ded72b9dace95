// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/network.h"

#include <algorithm>

#include "warrant/cap/address_text.h"
#include "warrant/codec/hash.h"
#include "warrant/codec/text.h"
#include "warrant/engine/engine.h"
#include "warrant/fetch/address_class.h"
#include "warrant/host/netfetch_bounds.h"
#include "warrant/lib/connect_names.h"
#include "warrant/os/entropy.h"
#include "warrant/os/load_file.h"
#include "warrant/policy/print.h"

namespace warrant::lib {
namespace {

constexpr std::uint64_t kMostCertificates = 1U << 20;
constexpr std::string_view kPem = "-----BEGIN CERTIFICATE-----";

Problem refused(const std::string& what, const std::string& hint) {
  return {Problem::Kind::kRefused, codec::escape_text(what), codec::escape_text(hint), {}};
}

cap::Reason reason_of_end(const os::Waiter& waiter) {
  const Status still = waiter.check();
  const bool late = !still && cap::reason_of(still.error()) == cap::Reason::kWall;
  return late ? cap::Reason::kDeadline : cap::Reason::kCancelled;
}

// Under a ceiling an address that is not public must stand in its `private`, also where a grant
// names it as its origin.
std::optional<Problem> check_literal(const fetch::Grant& grant,
                                     const policy::Restrictions& restrictions) {
  const auto& literal = grant.host.host.literal;
  if (!literal || !restrictions.private_hosts) return std::nullopt;
  const fetch::AddressClass address_class = fetch::class_of(*literal);
  if (address_class == fetch::AddressClass::kPublic) return std::nullopt;
  for (const std::string& text : *restrictions.private_hosts) {
    const auto block = cap::parse_network(text);
    if (block && block->contains(*literal)) return std::nullopt;
  }
  return refused("fetch " + fetch::print(grant.host) + ": that address is not public (" +
                     std::string(fetch::word(address_class)) +
                     "), and no ceiling lists it in private",
                 "a ceiling says which of them a grant may name: private = [\"127.0.0.1\"]");
}

os::SecretSource source_of(const policy::SecretSource& from) {
  os::SecretSource to{from.name, os::SecretSource::Kind::kFile, from.words, from.timeout};
  switch (from.kind) {
    case policy::SecretSource::Kind::kFile:
      break;
    case policy::SecretSource::Kind::kEnvironment:
      to.kind = os::SecretSource::Kind::kEnvironment;
      break;
    case policy::SecretSource::Kind::kCredential:
      to.kind = os::SecretSource::Kind::kCredential;
      break;
    case policy::SecretSource::Kind::kCommand:
      to.kind = os::SecretSource::Kind::kCommand;
      break;
  }
  return to;
}

// An embedder's secrets: the log knows each value before Fetch has it.
class ToldSecrets final : public cap::Secrets {
 public:
  ToldSecrets(cap::Secrets& from, RunLog& log) : from_(from), log_(log) {}

  bool has(std::string_view reference) const noexcept override { return from_.has(reference); }
  Result<cap::SecretText> reveal(std::string_view reference) override {
    auto value = from_.reveal(reference);
    const bool known = std::find(told_.begin(), told_.end(), reference) != told_.end();
    if (!value || known) return value;
    log_.know(reference, value->text());
    told_.emplace_back(reference);
    return value;
  }
  std::vector<std::string> references() const override { return from_.references(); }

 private:
  cap::Secrets& from_;
  RunLog& log_;
  std::vector<std::string> told_;
};

}  // namespace

Network::Network(os::Ambient ambient, NetworkPorts ports, const os::Waiter& waiter,
                 audit::Sink& sink, RunLog& log)
    : ambient_(ambient),
      ports_(std::move(ports)),
      waiter_(waiter),
      sink_(sink),
      log_(log),
      context_({.source = &Network::make, .source_self = this, .sink = &sink}) {}

Outcome<std::unique_ptr<Network>> Network::open(os::Ambient ambient, const policy::Warrant& warrant,
                                                std::span<const policy::SecretSource> secrets,
                                                NetworkPorts ports, const os::Waiter& waiter,
                                                audit::Sink& sink, RunLog& log) {
  std::unique_ptr<Network> made(new Network(ambient, std::move(ports), waiter, sink, log));
  const policy::Grant& terms = warrant.terms();
  if (terms.fetch.empty() || made->ports_.elsewhere != nullptr) return made;
  made->granted_ = true;
  if (auto problem = made->load_rules(warrant)) return *std::move(problem);
  if (auto problem = made->load_certificates()) return *std::move(problem);
  if (auto problem = made->load_secrets(secrets)) return *std::move(problem);
  made->warrant_hash_ = policy::hash(warrant).hex();
  return made;
}

bool needs_libraries(const policy::Grant& terms) {
  const auto names_host = [](const policy::ConnectGrant& each) {
    std::string fault;
    return named_target(each.address, fault).has_value();
  };
  return !terms.fetch.empty() || std::ranges::any_of(terms.connect, names_host);
}

Outcome<fetch::Rules> load_fetch_rules(const policy::Warrant& warrant) {
  const policy::Grant& terms = warrant.terms();
  fetch::LoadedRules loaded =
      fetch::load(terms.fetch, terms.fetch_deny, terms.network, fetch::Author::kOperator);
  if (!loaded.findings.empty()) {
    Problem problem = refused(loaded.findings.front().what, loaded.findings.front().fix);
    for (std::size_t i = 1; i < loaded.findings.size(); ++i) {
      problem.more.push_back(codec::escape_text(loaded.findings[i].what));
    }
    return problem;
  }
  for (const fetch::Grant& each : loaded.rules.grants) {
    if (auto problem = check_literal(each, warrant.restrictions())) return *std::move(problem);
  }
  return std::move(loaded.rules);
}

std::optional<Problem> Network::load_rules(const policy::Warrant& warrant) {
  const policy::Grant& terms = warrant.terms();
  auto loaded = load_fetch_rules(warrant);
  if (!loaded) return loaded.problem();
  rules_ = *std::move(loaded);
  netfetch_ = terms.netfetch;
  path_ = terms.audit.path == policy::PathRecord::kFull ? fetch::PathShown::kFull
                                                        : fetch::PathShown::kPattern;
  return std::nullopt;
}

std::optional<Problem> load_certificates(const os::Ambient& ambient, fetch::Grant& grant) {
  if (grant.ca.empty()) return std::nullopt;
  auto bytes = os::load_file(ambient, grant.ca, kMostCertificates);
  if (!bytes) {
    return refused("the certificates of " + grant.ca + " cannot be read",
                   "ca names a PEM file that is there");
  }
  std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());  // NOLINT: PEM
  if (text.find(kPem) == std::string::npos) {
    return refused(grant.ca + " holds no certificate", "ca names a PEM file: " + std::string(kPem));
  }
  grant.ca = std::move(text);
  return std::nullopt;
}

std::optional<Problem> Network::load_certificates() {
  for (fetch::Grant& grant : rules_.grants) {
    if (auto problem = lib::load_certificates(ambient_, grant)) return problem;
  }
  return std::nullopt;
}

// Only what a grant binds is read.
std::optional<Problem> Network::load_secrets(std::span<const policy::SecretSource> sources) {
  if (ports_.secrets != nullptr) {
    secrets_ = std::make_unique<ToldSecrets>(*ports_.secrets, log_);
    return std::nullopt;
  }
  std::vector<os::SecretSource> wanted;
  for (const fetch::Grant& grant : rules_.grants) {
    if (!grant.secret) continue;
    const std::string& name = grant.secret->reference;
    const auto named = [&](const auto& each) { return each.name == name; };
    if (std::any_of(wanted.begin(), wanted.end(), named)) continue;
    const auto found = std::find_if(sources.begin(), sources.end(), named);
    if (found == sources.end()) {
      return refused("the secret " + name + " has no source",
                     "--secret " + name + "=file:/abs/path, or [secrets] in the configuration");
    }
    wanted.push_back(source_of(*found));
  }
  if (wanted.empty()) return std::nullopt;
  os::SecretReport report;
  auto resolved =
      os::SecretValues::resolve(ambient_, wanted, os::judge_of_process(ambient_), report);
  for (const std::string& remark : report.remarks) remarks_.push_back(codec::escape_text(remark));
  if (resolved) {
    for (const os::SecretSource& each : wanted) {
      const auto value = (*resolved)->reveal(each.name);
      if (value) log_.know(each.name, value->text());
    }
    secrets_ = *std::move(resolved);
    return std::nullopt;
  }
  sink_.record(
      {.kind = audit::Kind::kSecret, .decision = audit::Decision::kError, .operation = "resolve"});
  return refused(report.text, report.fix);
}

netfetch::Granted Network::make(void* self) { return static_cast<Network*>(self)->make_fetch(); }

netfetch::Granted Network::make_fetch() {
  if (ports_.elsewhere != nullptr) return *ports_.elsewhere;
  if (ports_.fetch != nullptr) fetch_ = ports_.fetch->narrow(cap::FetchBounds{});
  fetch::FetchSetup setup;
  setup.ports.sink = &sink_;
  setup.warrant_hash = warrant_hash_;
  setup.run_deadline = waiter_.deadline();
  setup.ended = [this] { return reason_of_end(waiter_); };
  setup.path = path_;
  setup.known = &log_.known();
  if (ports_.gate) {
    setup.gate = [gate = std::move(ports_.gate)](const fetch::GateRequest& request) {
      const std::string url = fetch::print(request.url);
      return gate({request.method, url, request.grant, request.hop});
    };
  }
  os::SystemEntropy entropy(ambient_, &engine::locate);
  const bool random = entropy.fill(Buffer::host(setup.call_key)).has_value();
  if (granted_ && random && !missing_) {
    if (ports_.transport == nullptr && transport_ == nullptr) {
      transport_ =
          std::make_unique<os::CurlTransport>(ambient_, os::CurlOptions{.waiter = &waiter_});
    }
    if (ports_.resolver == nullptr && resolver_ == nullptr) {
      resolver_ =
          std::make_unique<os::CaresResolver>(ambient_, os::CaresOptions{.waiter = &waiter_});
    }
    setup.ports.transport = ports_.transport != nullptr ? ports_.transport : transport_.get();
    setup.ports.resolver = ports_.resolver != nullptr ? ports_.resolver : resolver_.get();
    setup.ports.secrets = secrets_.get();
  }
  if (fetch_ == nullptr) fetch_ = fetch::make_fetch(std::move(rules_), std::move(setup));
  narrowed_ = fetch_->narrow(host::netfetch_bounds(netfetch_));
  return {fetch_.get(), narrowed_.get(), granted_ || ports_.fetch != nullptr};
}

void Network::prepare() {
  if (!granted_ || ports_.fetch != nullptr) return;
  if (ports_.transport == nullptr) {
    transport_ = std::make_unique<os::CurlTransport>(ambient_, os::CurlOptions{.waiter = &waiter_});
    missing_ = !transport_->prepare();
  }
  if (ports_.resolver == nullptr) {
    resolver_ = std::make_unique<os::CaresResolver>(ambient_, os::CaresOptions{.waiter = &waiter_});
    missing_ = !resolver_->prepare() || missing_;
  }
}

}  // namespace warrant::lib
