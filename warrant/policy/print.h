// SPDX-License-Identifier: Apache-2.0
#pragma once
// Documents as text: canonical TOML for people, canonical JSON for machines, and the hash of it.
//
// Whatever is printed is read back as an equal document. Only what differs from its default is
// printed, but in a warrant every limit. Environment references stay unresolved; there is no secret
// in a document to be printed. Spec: grants.md section 3.5.
#include <string>

#include "warrant/codec/hash.h"
#include "warrant/codec/json.h"
#include "warrant/policy/ceiling.h"
#include "warrant/policy/config.h"
#include "warrant/policy/grant.h"
#include "warrant/policy/warrant.h"

namespace warrant::policy {

// The values of a document under their JSON keys.
codec::Json lower(const Grant& grant);
codec::Json lower(const Ceiling& ceiling);
codec::Json lower(const Config& config);
codec::Json lower(const Warrant& warrant);

std::string print_toml(const Grant& grant);
std::string print_toml(const Ceiling& ceiling);
std::string print_toml(const Config& config);
std::string print_toml(const Warrant& warrant);

// RFC 8785.
std::string canonical_json(const Grant& grant);
std::string canonical_json(const Warrant& warrant);
codec::Digest hash(const Grant& grant);
codec::Digest hash(const Warrant& warrant);

}  // namespace warrant::policy
