// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names under which strangers register theirs ("com", "co.uk", "github.io"), by the public suffix
// list that the build found, both sections.
//
// A name is one if a rule says so, if "*." of it is a rule (all names right under it are), or if it
// is a last label that no rule knows. Names are A-labels in lower case. Spec: egress.md section 5.
#include <string_view>

namespace warrant::fetch {

bool is_public_suffix(std::string_view name) noexcept;

}  // namespace warrant::fetch
