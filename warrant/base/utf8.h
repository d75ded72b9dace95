// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether bytes are UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF.
//
// NUL is a valid character here. Says nothing about normal forms or what a terminal does with it.
#include <cstddef>
#include <string_view>

namespace warrant {

bool is_utf8(std::string_view text) noexcept;

// How many bytes from `at` on form one well-formed character: 1 to 4, or 0 when none starts there.
std::size_t utf8_length(std::string_view text, std::size_t at) noexcept;

}  // namespace warrant
