// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makes a seccomp program of the table: architecture first, then the tree over ranges of call
// numbers that is cheapest to load, whose leaves compare arguments. Runs when Warrant is built, and
// in tests; no product holds it.
#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "warrant/os/lockdown/filter_table.h"

namespace warrant::os::lockdown {

// Bit n: the filter has Part n.
using Parts = std::uint8_t;
constexpr Parts bit(Part part) noexcept {
  return static_cast<Parts>(1U << static_cast<unsigned>(part));
}

// What the table says of one call; the tree says the same.
Verdict verdict_of(Parts parts, std::uint32_t call, const std::uint64_t (&arguments)[6]) noexcept;

std::vector<sock_filter> build_filter(Parts parts);

}  // namespace warrant::os::lockdown
