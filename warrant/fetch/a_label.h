// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a label "xn--…" stands for a name that can be meant.
//
// Decodes and encodes again (RFC 3492): only what comes back byte for byte, holds a character that
// is not ASCII, and none of a fixed set that is invisible, private or confusable with punctuation.
// Does not check NFC or mapping status. Never converts: names stay as they are. Spec: egress.md
// section 3.
#include <string_view>

namespace warrant::fetch {

// The whole label, lower-case, of label bytes, at most 63 of them.
bool is_a_label(std::string_view label) noexcept;

}  // namespace warrant::fetch
