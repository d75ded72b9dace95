// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/answers.h"

#include <algorithm>

#include "warrant/fetch/vet.h"

namespace warrant::fetch {
namespace {

using cap::Reason;

constexpr auto kFirstClass = static_cast<unsigned>(Reason::kThisNetwork);
static_assert(static_cast<unsigned>(Reason::kGrantedPrivate) ==
              kFirstClass + static_cast<unsigned>(AddressClass::kGrantedPrivate));

}  // namespace

cap::Reason reason_of(const AddressDecision& decision) noexcept {
  const auto plain =
      static_cast<Reason>(kFirstClass + static_cast<unsigned>(decision.address_class));
  if (decision.of == AddressDecision::Of::kAddress) return plain;
  if (plain == Reason::kAddressPublic) return Reason::kNat64DecodedPublic;
  if (plain == Reason::kSelfAddress) return Reason::kNat64DecodedSelfAddress;
  if (plain == Reason::kOperatorDenied) return Reason::kNat64DecodedOperatorDenied;
  // The inner address is IPv4, whose classes stand first in both lists.
  return static_cast<Reason>(static_cast<unsigned>(Reason::kNat64DecodedThisNetwork) +
                             static_cast<unsigned>(decision.address_class));
}

JudgedAnswers judge_answers(std::span<const cap::IpAddress> answers, std::uint16_t port,
                            const AddressRules& rules) {
  JudgedAnswers out;
  std::vector<cap::VettedEndpoint> vetted;
  const AddressClass none = AddressClass::kGrantedPrivate;
  AddressDecision first{none};  // denied, and first in the table
  bool any_denied = false;
  for (const cap::IpAddress& address : answers) {
    const auto same = [&](const JudgedAddress& each) { return each.address == address; };
    if (std::any_of(out.addresses.begin(), out.addresses.end(), same)) continue;
    if (out.addresses.size() == kAnswersMax) {
      out.reason = Reason::kDnsTooMany;
      return out;
    }
    const Vetting vetting = Vetter::vet({address, port}, rules);
    out.addresses.push_back({address, reason_of(vetting.decision)});
    if (vetting.endpoint) {
      vetted.push_back(*vetting.endpoint);
    } else if (!any_denied || vetting.decision.address_class < first.address_class) {
      any_denied = true;
      first = vetting.decision;
    }
  }
  if (out.addresses.empty()) return out;
  if (!any_denied) {
    const auto special = std::find_if(
        out.addresses.begin(), out.addresses.end(),
        [](const JudgedAddress& each) { return each.reason != Reason::kAddressPublic; });
    out.reason = special == out.addresses.end() ? Reason::kAddressPublic : special->reason;
    out.pinned = std::move(vetted);
  } else {
    out.reason = vetted.empty() ? reason_of(first) : Reason::kMixedAnswer;
  }
  return out;
}

}  // namespace warrant::fetch
