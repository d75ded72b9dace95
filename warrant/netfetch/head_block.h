// SPDX-License-Identifier: Apache-2.0
#pragma once
// The header block of warrant_fetch: entries `kind name NUL value NUL`, kind `=` for a literal, `$`
// for a secret's reference (requests only).
//
// parse reads what a guest wrote; names and values are not judged here but by fetch. The entries
// view the text. A block that was cut after kBlockMax bytes keeps its last entry as far as it goes,
// so that it is refused for its size and never sent without that entry. Spec: netfetch.md
// section 9.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/cap/fetch.h"

namespace warrant::netfetch {

inline constexpr std::uint64_t kBlockMax = 192U << 10;  // more than all headers of a request

enum class BlockEnd : std::uint8_t { kWhole, kCut };

// Nothing: not a block.
std::optional<std::vector<cap::GuestHeader>> parse_head_block(std::string_view text, BlockEnd end);
std::string print_head_block(const std::vector<cap::ResponseHeader>& headers);

}  // namespace warrant::netfetch
