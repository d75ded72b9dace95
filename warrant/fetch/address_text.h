// SPDX-License-Identifier: Apache-2.0
#pragma once
// The readers of addresses under the names of this room: they stand in cap, because grants are read
// by them too.
#include "warrant/cap/address_text.h"

namespace warrant::fetch {

namespace detail = cap::detail;
using cap::parse_ip;
using cap::parse_ipv4;
using cap::parse_ipv6;
using cap::parse_network;

}  // namespace warrant::fetch
