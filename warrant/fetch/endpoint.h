// SPDX-License-Identifier: Apache-2.0
#pragma once
// "ADDR:PORT" from text: a literal address with its port, or the reason why it is none.
//
// An IPv6 address stands in brackets. A name is told apart from a mistyped address, because it is
// looked up and a mistyped address never is. Spec: egress.md section 2, rows 6 to 16.
#include <cstdint>
#include <optional>
#include <string_view>

#include "warrant/cap/address.h"

namespace warrant::fetch {

enum class EndpointFault : std::uint8_t {
  kSyntax,      // no host, or bytes that stand in no address
  kUserinfo,    // '@'
  kHostSyntax,  // neither an address nor a name; IPv6 without brackets
  kHostPercent,
  kHostZoneId,  // fe80::1%eth0
  kHostTrailingDot,
  kHostIpAmbiguous,  // 127.1, 0x7f.0.0.1, 010.0.0.1: an address to some readers only
  kPort,
  kName,  // a host name
};

// The reason in words of egress.md section 18; "name" for a name.
std::string_view word(EndpointFault fault) noexcept;

enum class PortZero : std::uint8_t { kRefused, kAllowed };

struct ParsedEndpoint {
  std::optional<cap::Endpoint> endpoint;
  EndpointFault fault = EndpointFault::kSyntax;  // when there is none
};

ParsedEndpoint parse_endpoint(std::string_view text, PortZero zero) noexcept;

}  // namespace warrant::fetch
