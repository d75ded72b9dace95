// SPDX-License-Identifier: Apache-2.0
#pragma once
// A last net for secrets that nobody has registered: tokens of services that mark theirs, private
// keys in PEM, names and passwords in URLs, values behind Bearer and Basic.
//
// Linear in the text: each pattern is anchored at a literal beginning, nothing goes back. Does not
// guess by keyword: what bears no mark of its own is not found. Spec: egress.md section 20.
#include <string>
#include <string_view>

namespace warrant::audit {

// Begins like the tokens of a service that is known to hand them out.
bool begins_like_token(std::string_view text) noexcept;
// The text with «redacted:token» for each.
std::string without_tokens(std::string_view text);

}  // namespace warrant::audit
