// SPDX-License-Identifier: Apache-2.0
#pragma once
// Plans of hostile steps, read from any bytes, so that three backings can be held against each
// other.
//
// A step is five bytes: an operation and two paths of one to four tokens out of eight. What it says
// is one line of the transcript, which ends with the tree as the guest sees it. Two backings that
// agree give the same text. Spec: filesystem.md sections 10, 14 and 15.
#include <cstdint>
#include <span>
#include <string>

#include "tests/escape/arena.h"

namespace warrant::escape {

std::string carry_out(std::span<const std::uint8_t> plan, Arena& arena);

// The plan in memory, by openat2 and by the walk: empty when all three agree and nothing outside
// has changed, else what differs.
std::string difference(std::span<const std::uint8_t> plan);

}  // namespace warrant::escape
