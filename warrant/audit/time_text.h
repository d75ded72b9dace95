// SPDX-License-Identifier: Apache-2.0
#pragma once
// Microseconds since 1970 (UTC) as people read them; no allocation.
#include <array>
#include <cstdint>
#include <string_view>

namespace warrant::audit {

inline constexpr std::size_t kTimeBytes = 27;  // "2026-11-21T17:00:00.000000Z"
using TimeText = std::array<char, kTimeBytes>;

// Years beyond 9999 are shown as 9999.
TimeText print_time(std::uint64_t micros) noexcept;
inline std::string_view view(const TimeText& text) noexcept { return {text.data(), text.size()}; }
inline std::string_view day_of(const TimeText& text) noexcept { return view(text).substr(0, 10); }

}  // namespace warrant::audit
