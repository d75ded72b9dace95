// SPDX-License-Identifier: Apache-2.0
#pragma once
// How deep TOML text nests: brackets, and the dots of keys, strings and comments left out.
//
// Counts at least what any reader would build before it meets a fault; it does not say that the
// text is TOML.
#include <cstdint>
#include <optional>
#include <string_view>

#include "warrant/codec/json.h"

namespace warrant::toml {

// Where the text first nests deeper than `most`.
std::optional<codec::Position> find_deeper(std::string_view text, std::uint32_t most);

}  // namespace warrant::toml
