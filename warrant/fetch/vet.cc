// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/vet.h"

#include <algorithm>

namespace warrant::fetch {

Vetting Vetter::vet(const cap::Endpoint& endpoint, const AddressRules& rules) noexcept {
  Vetting vetting{classify(endpoint.address, rules), std::nullopt};
  if (vetting.decision.is_allowed() && endpoint.port != 0) {
    vetting.endpoint = cap::VettedEndpoint(cap::VettedEndpoint::Key(), endpoint);
  }
  return vetting;
}

Vetting Vetter::vet_named(const cap::Endpoint& endpoint, const AddressRules& rules) noexcept {
  const cap::IpNetwork itself[] = {{endpoint.address, endpoint.address.bits()}};
  AddressRules named = rules;
  named.granted = itself;
  return vet(endpoint, named);
}

TargetDecision check_target(const SocketTarget& target, const Pinned& pinned,
                            const AddressRules& rules) noexcept {
  using What = TargetDecision::What;
  if (!target.address) return {What::kFamily};
  if (target.scope_id != 0) return {What::kScopeId};
  if (target.port == 0 || target.port != pinned.port) return {What::kPort};
  const AddressDecision decision = classify(*target.address, rules);
  if (!decision.is_allowed()) return {What::kAddress, decision};
  const auto& set = pinned.addresses;
  const bool found = std::find(set.begin(), set.end(), *target.address) != set.end();
  return {found ? What::kPinned : What::kPinMismatch};
}

std::string print(const TargetDecision& decision) {
  switch (decision.what) {
    case TargetDecision::What::kPinned:
      return "pinned";
    case TargetDecision::What::kFamily:
      return "family";
    case TargetDecision::What::kScopeId:
      return "scope_id";
    case TargetDecision::What::kPort:
      return "port";
    case TargetDecision::What::kAddress:
      return print(decision.address);
    case TargetDecision::What::kPinMismatch:
      return "pin_mismatch";
  }
  return "family";
}

}  // namespace warrant::fetch
