// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an address is, and whether anything may be sent to it.
//
// Judges bits, never text. Only public addresses, those that a grant lists, and IPv6 addresses that
// decode to a public IPv4 one where the operator said so are allowed. An address that embeds
// another is never allowed for the sake of the other, and neither is one that means "this host",
// even when a grant lists it. Does not know which addresses are the host's own: the caller brings
// them. Spec: egress.md section 6.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "warrant/cap/address.h"

namespace warrant::fetch {

// In the order in which they take precedence among the answers for one name.
enum class AddressClass : std::uint8_t {
  kThisNetwork,
  kPrivate,
  kCgnat,
  kLoopback,
  kCloudMetadata,
  kLinkLocal,
  kIetfProtocol,
  kDocumentation,
  kAs112,
  kAmt,
  k6to4Relay,
  kBenchmark,
  kMulticast,
  kReserved,
  kUnspecified,
  kV4Mapped,
  kV4Compatible,
  kV4Translated,
  kNat64,
  kNat64Local,
  kDiscard,
  kDummyPrefix,
  kTeredo,
  kOrchid,
  kOrchidv2,
  kDroneRid,
  k6to4,
  k6bone,
  kSrv6Sid,
  kUla,
  kSiteLocal,
  kNotGlobalUnicast,
  kIsatap,
  kPublic,
  // Of the rules, not of the table.
  kSelfAddress,
  kOperatorDenied,
  kFamily,
  kGrantedPrivate,
};

// Of the operator and of one grant, never of a bundle.
struct AddressRules {
  std::span<const cap::IpNetwork> extra_deny = {};
  std::span<const cap::IpNetwork> granted = {};  // `private` of the grant
  std::span<const cap::IpNetwork> nat64 = {};    // prefixes to decode, RFC 6052; none: all denied
  std::span<const cap::IpAddress> own = {};      // of local interfaces
  enum class Ipv6 : std::uint8_t { kOn, kOff } ipv6 = Ipv6::kOn;
};

struct AddressDecision {
  AddressClass address_class;
  enum class Of : std::uint8_t { kAddress, kDecodedIpv4 } of = Of::kAddress;

  bool is_allowed() const noexcept {
    return address_class == AddressClass::kPublic || address_class == AddressClass::kGrantedPrivate;
  }
  friend bool operator==(const AddressDecision&, const AddressDecision&) = default;
};

AddressDecision classify(const cap::IpAddress& address, const AddressRules& rules) noexcept;

// By the table alone.
AddressClass class_of(const cap::IpAddress& address) noexcept;

std::string_view word(AddressClass address_class) noexcept;  // "private", "6to4_relay"
std::string print(const AddressDecision& decision);          // "nat64_decoded_private"

// The day of the table, "2026-11-21".
std::string_view address_table_date() noexcept;

}  // namespace warrant::fetch
