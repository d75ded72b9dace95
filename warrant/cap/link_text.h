// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the text of a symbolic link says about where it leads, and how far a move looks for links.
//
// Lexical: nothing is resolved, so a link that leads through another one is judged by its own text
// alone. Spec: filesystem.md section 9.
#include <cstddef>
#include <string_view>

namespace warrant::cap {

// Whether the text, read from a directory `depth` levels beneath the root, climbs above the root.
bool climbs_out(std::string_view target, std::size_t depth) noexcept;

// How deep a path without links leads.
std::size_t depth_by_text(std::string_view path) noexcept;

// A directory that moves to a shallower place is looked through up to so many entries; one with
// more stays where it is.
inline constexpr std::size_t kMostCarriedEntries = 65'536;

}  // namespace warrant::cap
