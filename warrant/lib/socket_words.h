// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is wrong with the words of a socket grant, before anything is opened. Pure; internal to lib
// and the command line. Spec: grants.md section 2, egress.md section 2.
#include <optional>
#include <string>

#include "warrant/fetch/endpoint.h"
#include "warrant/policy/grant.h"

namespace warrant::lib {

// "is not ADDR:PORT", …: a sentence about an address that is none.
std::string sentence(fetch::EndpointFault fault);
std::string peer_fault(const std::string& peer);

// A whole line, escaped; nothing where the words can be understood. A host name can be.
std::optional<std::string> fault_of(const policy::ListenGrant& grant);
std::optional<std::string> fault_of(const policy::ConnectGrant& grant);

}  // namespace warrant::lib
