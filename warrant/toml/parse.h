// SPDX-License-Identifier: Apache-2.0
#pragma once
// TOML text as the values of codec: objects in the order of the text, each value and key with its
// line and column.
//
// Dates with an offset of Z come as texts of RFC 3339; other dates, times and numbers with a point
// or beyond 2^53-1 are refused: no document of ours has them. Depth is judged before toml++ sees
// the text, so no text can exhaust the stack. Of faults the first is told. Spec: grants.md
// section 3.
#include <string_view>

#include "warrant/codec/json.h"

namespace warrant::toml {

// kIllegalBytes: not UTF-8. kMessageSize: a limit. kInvalid: all else.
Result<codec::Json> parse_toml(std::string_view text, const codec::JsonLimits& limits,
                               codec::JsonDiagnosis& why);

}  // namespace warrant::toml
