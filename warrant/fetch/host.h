// SPDX-License-Identifier: Apache-2.0
#pragma once
// The host of a URL or of a grant: a name, an IPv4 or an IPv6 literal, in one spelling.
//
// Only what every parser reads in the same way is a host: no escapes, no zone, no number that some
// readers take for an address, no trailing dot. Never converts or repairs. Spec: egress.md section
// 2, rows 10 to 15, and section 4.
#include <optional>
#include <string>
#include <string_view>

#include "warrant/cap/address.h"
#include "warrant/cap/reason.h"

namespace warrant::fetch {

struct Host {
  std::string text;                            // lower case; an IPv6 literal in its brackets
  std::optional<cap::IpAddress> literal = {};  // compared by its bits

  bool is_name() const noexcept { return !literal; }
  // Equal bytes, or equal addresses.
  friend bool operator==(const Host& a, const Host& b) noexcept {
    return a.literal || b.literal ? a.literal == b.literal : a.text == b.text;
  }
};

// kOk, or the first reason why not.
struct ParsedHost {
  cap::Reason reason = cap::Reason::kOk;
  Host host;
};

// With brackets around IPv6; anything behind the closing bracket is kHostSyntax.
ParsedHost parse_host(std::string_view text);

// "1" to "65535", no sign, no leading zero.
std::optional<std::uint16_t> parse_port(std::string_view text) noexcept;

enum class NameKind : std::uint8_t {
  kOrdinary,
  kSpecialUse,   // "localhost", "x.internal", …: only an exact grant reaches it
  kSingleLabel,  // depends on search lists: likewise
};

// Of a parsed name.
NameKind kind_of(std::string_view name) noexcept;

}  // namespace warrant::fetch
