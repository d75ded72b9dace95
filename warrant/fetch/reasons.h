// SPDX-License-Identifier: Apache-2.0
#pragma once
// What each reason of the network means to those who see it: outcome, the guest's code, errno,
// wasi:http error-code.
//
// The table of egress.md section 18, whole; a reason of another capability has no family.
#include <cstdint>
#include <string_view>

#include "warrant/cap/reason.h"

namespace warrant::fetch {

enum class Outcome : std::uint8_t { kAllow, kDeny, kError, kLoad };

struct Family {
  Outcome outcome;
  std::string_view code;       // for the guest: "url_rejected"; empty for what was allowed
  std::uint16_t p1;            // errno of preview1 by number
  std::string_view wasi_http;  // error-code
};

// nullptr: not a reason of the network.
const Family* find_family(cap::Reason reason) noexcept;
// Of a reason of the network.
Family family(cap::Reason reason) noexcept;

}  // namespace warrant::fetch
