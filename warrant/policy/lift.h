// SPDX-License-Identifier: Apache-2.0
#pragma once
// Checked values -> the structs that they mean; what several keys say together is judged here.
#include "warrant/policy/check_document.h"
#include "warrant/policy/fields.h"

namespace warrant::policy {

// What an entry's unwritten keys mean: the narrowest in a grant, nothing narrowed in a ceiling.
enum class Unwritten : std::uint8_t { kNarrowest, kWidest };

void lift_terms(FieldsView root, Unwritten unwritten, const Reading& reading, Grant& grant,
                Findings& findings);
FetchGrant lift_fetch(FieldsView fields, Unwritten unwritten);

// The widest entry of a ceiling, whose every aspect is left out when it is printed.
DirectoryGrant widest_directory();
FetchGrant widest_fetch();
std::vector<std::string> any_peers();

}  // namespace warrant::policy
