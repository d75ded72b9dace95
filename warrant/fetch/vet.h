// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one maker of cap::VettedEndpoint, and the check of a socket address that something else is
// about to connect to.
//
// Whoever connects takes a VettedEndpoint and nothing else, so no address is reached unjudged. The
// socket check repeats the judgement where a library resolves or pools on its own: it compares bits
// with the set that was vetted for this transfer. Spec: egress.md sections 6 and 8.
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "warrant/cap/address.h"
#include "warrant/cap/transport.h"
#include "warrant/fetch/address_class.h"

namespace warrant::fetch {

struct Vetting {
  AddressDecision decision;
  std::optional<cap::VettedEndpoint> endpoint;  // where the decision allows it
};

class Vetter {
 public:
  // Port 0 is never vetted.
  static Vetting vet(const cap::Endpoint& endpoint, const AddressRules& rules) noexcept;
  // A literal that a person or an operator named for this very connection counts as listed in its
  // own grant, whatever its class; `rules.granted` is not looked at.
  static Vetting vet_named(const cap::Endpoint& endpoint, const AddressRules& rules) noexcept;
};

using cap::SocketTarget;

struct Pinned {
  std::uint16_t port = 0;
  std::span<const cap::IpAddress> addresses;  // vetted for this transfer
};

struct TargetDecision {
  enum class What : std::uint8_t { kPinned, kFamily, kScopeId, kPort, kAddress, kPinMismatch } what;
  AddressDecision address = {AddressClass::kPublic};  // for kAddress: why not
};

TargetDecision check_target(const SocketTarget& target, const Pinned& pinned,
                            const AddressRules& rules) noexcept;
std::string print(const TargetDecision& decision);  // "pinned", "scope_id", "loopback"

}  // namespace warrant::fetch
