// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/connect_names.h"

#include <algorithm>
#include <iterator>

#include "warrant/fetch/address_text.h"
#include "warrant/fetch/endpoint.h"
#include "warrant/fetch/host.h"
#include "warrant/os/cares_resolver.h"
#include "warrant/os/interface_addresses.h"

namespace warrant::lib {
namespace {

using cap::Reason;
using What = cap::LookupAnswer::What;

constexpr Nanoseconds kLookUpTime{5'000'000'000};

fetch::JudgedAnswers failed(Reason reason) {
  fetch::JudgedAnswers judged;
  judged.reason = reason;
  return judged;
}

struct Sentence {
  Reason reason;
  std::string_view text;
};
constexpr Sentence kSentences[] = {
    {Reason::kDnsNoAnswer, "nobody knows an address of that name"},
    {Reason::kDnsFailure, "the name servers could not answer"},
    {Reason::kDnsTimeout, "the name servers did not answer in time"},
    {Reason::kTransportUnavailable, "names need the library libcares2, which is not here"},
    {Reason::kDnsTooMany, "it has more than 64 addresses"},
    {Reason::kOperatorDenied, "extra-deny in [network] names its address"},
    {Reason::kMixedAnswer,
     "some of its addresses are not public and stand in no private of [[connect]], so none is "
     "taken"},
};

std::string sentence(const fetch::JudgedAnswers& judged) {
  const auto* found = std::find_if(std::begin(kSentences), std::end(kSentences),
                                   [&](const auto& each) { return each.reason == judged.reason; });
  const std::string_view text = found == std::end(kSentences)
                                    ? "its address is not public and stands in no private of "
                                      "[[connect]]"
                                    : found->text;
  return std::string(text) + " (" + std::string(cap::word(judged.reason)) + ")";
}

fetch::JudgedAnswers judge_answer(const policy::ConnectGrant& grant, const fetch::Rules& rules,
                                  const cap::LookupAnswer& answer, os::Ambient ambient,
                                  std::uint16_t port) {
  switch (answer.what) {
    case What::kNoAnswer:
      return failed(Reason::kDnsNoAnswer);
    case What::kFailure:
      return failed(Reason::kDnsFailure);
    case What::kUnavailable:
      return failed(Reason::kTransportUnavailable);
    case What::kAddresses:
      break;
  }
  auto interfaces = os::InterfaceAddresses::open(ambient);
  std::span<const cap::IpAddress> own;
  if (interfaces) own = interfaces->list();
  return judge_named(grant, rules, answer.addresses, own, port);
}

}  // namespace

std::optional<NamedTarget> named_target(const std::string& address, std::string& fault) {
  const auto parsed = fetch::parse_endpoint(address, fetch::PortZero::kRefused);
  if (parsed.endpoint || parsed.fault != fetch::EndpointFault::kName) return std::nullopt;
  const std::size_t colon = address.rfind(':');
  const auto host = fetch::parse_host(std::string_view(address).substr(0, colon));
  const auto port = fetch::parse_port(std::string_view(address).substr(colon + 1));
  if (host.reason != Reason::kOk || !port) {
    fault = "is no name that can be looked up (" +
            std::string(cap::word(port ? host.reason : Reason::kPort)) + ")";
    return std::nullopt;
  }
  return NamedTarget{host.host.text, *port};
}

fetch::Rules network_rules(const policy::NetworkOptions& options) {
  return fetch::load({}, {}, options, fetch::Author::kOperator).rules;
}

fetch::JudgedAnswers judge_named(const policy::ConnectGrant& grant, const fetch::Rules& rules,
                                 std::span<const cap::IpAddress> answers,
                                 std::span<const cap::IpAddress> own, std::uint16_t port) {
  std::vector<cap::IpNetwork> granted;
  for (const std::string& text : grant.private_hosts) {
    if (const auto network = fetch::parse_network(text)) granted.push_back(*network);
  }
  fetch::AddressRules judged = rules.address_rules(nullptr, own);
  judged.granted = granted;
  return fetch::judge_answers(answers, port, judged);
}

Looked look_up(os::Ambient ambient, const policy::ConnectGrant& grant, const fetch::Rules& rules,
               const NamedTarget& target, os::Waiter& waiter, Nanoseconds end) {
  os::CaresResolver resolver(ambient, {.waiter = &waiter});
  const bool both = rules.ipv6 == fetch::AddressRules::Ipv6::kOn;
  const auto lookup =
      resolver.start(target.host, both ? cap::Families::kBoth : cap::Families::kIpv4);
  const Nanoseconds until = std::min(end, saturating_add(os::host_monotonic(), kLookUpTime));
  cap::Polled polled = cap::Polled::kMoved;
  while (lookup->answer() == nullptr && polled == cap::Polled::kMoved) {
    polled = lookup->poll(cap::Blocking::kWait, until);
  }
  const cap::LookupAnswer* const answer = lookup->answer();
  Looked looked{answer == nullptr ? failed(Reason::kDnsTimeout)
                                  : judge_answer(grant, rules, *answer, ambient, target.port),
                {}};
  if (!looked.judged.is_allowed()) looked.why = sentence(looked.judged);
  return looked;
}

}  // namespace warrant::lib
