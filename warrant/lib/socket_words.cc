// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/socket_words.h"

#include "warrant/codec/text.h"
#include "warrant/fetch/address_text.h"

namespace warrant::lib {
namespace {

using fetch::EndpointFault;

std::optional<std::string> address_fault(const std::string& what, const std::string& address,
                                         fetch::PortZero zero) {
  const auto parsed = fetch::parse_endpoint(address, zero);
  if (parsed.endpoint || parsed.fault == EndpointFault::kName) return std::nullopt;
  // A port alone, or an address alone: whatever else it could be, that is what was meant.
  if (address.find(':') == std::string::npos) {
    return what + codec::escape_text(address) + " " + sentence(EndpointFault::kSyntax) + " (" +
           std::string(word(EndpointFault::kSyntax)) + ")";
  }
  return what + codec::escape_text(address) + " " + sentence(parsed.fault) + " (" +
         std::string(word(parsed.fault)) + ")";
}

}  // namespace

std::string sentence(EndpointFault fault) {
  switch (fault) {
    case EndpointFault::kSyntax:
    case EndpointFault::kUserinfo:
      return "is not ADDR:PORT";
    case EndpointFault::kHostSyntax:
      return "names no address; an IPv6 address stands in brackets, [::1]:80";
    case EndpointFault::kHostPercent:
    case EndpointFault::kHostZoneId:
      return "has a '%' in its address; addresses with a zone are not taken";
    case EndpointFault::kHostTrailingDot:
      return "has a dot after its address";
    case EndpointFault::kHostIpAmbiguous:
      return "is an address to some readers only; write four numbers without leading zeros";
    case EndpointFault::kPort:
      return "lacks a port: a number up to 65535 without leading zeros";
    case EndpointFault::kName:
      return "is a name; a listener needs an address";
  }
  return "is not ADDR:PORT";
}

std::string peer_fault(const std::string& peer) {
  return "the peer \"" + codec::escape_text(peer) +
         "\" is neither an address nor a block like 10.0.0.0/8 with no bits beyond it";
}

std::optional<std::string> fault_of(const policy::ListenGrant& grant) {
  if (auto fault = address_fault("listen ", grant.address, fetch::PortZero::kAllowed)) return fault;
  for (const std::string& peer : grant.peers) {
    if (fetch::parse_network(peer)) continue;
    return "listen " + codec::escape_text(grant.address) + ": " + peer_fault(peer);
  }
  return std::nullopt;
}

std::optional<std::string> fault_of(const policy::ConnectGrant& grant) {
  return address_fault("connect ", grant.address, fetch::PortZero::kRefused);
}

}  // namespace warrant::lib
