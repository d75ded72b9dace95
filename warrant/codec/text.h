// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text from strangers, made fit for logs, terminals, shells and TOML; always valid UTF-8
// afterwards.
//
// Escaped text is one line and cannot move a cursor, change a colour or reorder what stands beside
// it. Says nothing about look-alike letters. Input may be any bytes.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace warrant::codec {

// The longest prefix of at most `bytes` bytes that does not end inside a character.
std::string_view cut_text(std::string_view text, std::size_t bytes) noexcept;

// Backslash forms for backslash, control characters (C0, DEL, C1), line and paragraph separators,
// direction marks and invisible formatting ("\n", "\x1b", "\u{202e}"), and for bytes that are not
// UTF-8 ("\xff"). All else unchanged.
std::string escape_text(std::string_view text);

// The same, cut to at most `bytes` bytes of input first; "…" is added when something was cut.
std::string escape_text(std::string_view text, std::size_t bytes);

// The pieces of escape_text, for those who must not allocate. A character of well-formed bytes (a
// single byte gives itself); whether escape_text would escape it; how, in `room`.
std::uint32_t point_of(std::string_view character) noexcept;
bool is_hidden(std::uint32_t point) noexcept;
inline constexpr std::size_t kLongestEscape = 9;  // "\\u{e0001}"
std::string_view escape_point(std::uint32_t point, std::span<char, kLongestEscape> room) noexcept;

// One word of a POSIX shell, or of bash where control characters need $'…'.
std::string shell_quote(std::string_view text);

// A TOML basic string with its quotes. Bytes that are not UTF-8 become U+FFFD: TOML has no others.
std::string toml_quote(std::string_view text);

}  // namespace warrant::codec
