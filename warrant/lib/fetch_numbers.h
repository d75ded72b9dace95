// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bounds that hold for what a warrant may fetch, and who set each of them.
//
// A number is the least of what the grant, a ceiling, the import's own table and the fixed ceilings
// of egress.md section 14 say, or its default. Pure; one thread. Spec: egress.md section 14,
// netfetch.md section 2.
#include <string>
#include <vector>

#include "warrant/policy/grant.h"

namespace warrant::lib {

// One line for each `[[fetch]]` of the warrant, and one for fetch_get; none where it has no fetch.
// `asked` is the grant before any ceiling.
std::vector<std::string> fetch_numbers(const policy::Grant& terms, const policy::Grant& asked);

}  // namespace warrant::lib
