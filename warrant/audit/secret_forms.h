// SPDX-License-Identifier: Apache-2.0
#pragma once
// The ways in which a value is commonly written: what KnownSecrets searches for.
// Spec: egress.md section 20, item 4.
#include <string>
#include <string_view>
#include <vector>

namespace warrant::audit {

// Without doubles; the value itself first.
std::vector<std::string> secret_forms(std::string_view value);

}  // namespace warrant::audit
