// SPDX-License-Identifier: Apache-2.0
#pragma once
// Durations, sizes and counts as people write them, and back.
//
// Integers only, up to 2^53-1 in their base unit (nanoseconds excepted: a duration may be up to
// 24 h in the ceiling and is held in nanoseconds). A duration needs a unit (ms s m h d), a size may
// have one (B KiB MiB GiB TiB), a count has none. Anything else, signs, blanks, fractions and
// overflow included, is refused. Spec: limits.md section 1.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warrant/base/time.h"

namespace warrant::policy {

inline constexpr std::uint64_t kMaxInteger = (1ULL << 53) - 1;

std::optional<Nanoseconds> parse_duration(std::string_view text);
std::optional<std::uint64_t> parse_size(std::string_view text);
std::optional<std::uint64_t> parse_count(std::string_view text);

// The shortest form that parses back to the same value: "30s", "64MiB", "1000".
std::string print_duration(Nanoseconds value);
std::string print_size(std::uint64_t value);
std::string print_count(std::uint64_t value);

}  // namespace warrant::policy
