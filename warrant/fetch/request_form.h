// SPDX-License-Identifier: Apache-2.0
#pragma once
// The form of what a guest wants to send: method and headers, before any grant is looked at.
//
// What belongs to the connection, to credentials or to the host is not the guest's to set, even
// with the value that the host would send. Header values are trimmed, never repaired.
// Spec: egress.md sections 9 and 10.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "warrant/cap/fetch.h"
#include "warrant/cap/reason.h"

namespace warrant::fetch {

inline constexpr std::size_t kHeadersMax = 100;
inline constexpr std::size_t kHeaderNameMax = 256;
inline constexpr std::size_t kHeaderValueMax = 8'192;
inline constexpr std::size_t kHeadersBytesMax = std::size_t{64} * 1'024;

// kOk also for a token that is no method we know: no grant names it.
cap::Reason check_method(std::string_view method) noexcept;

bool is_token(std::string_view text) noexcept;
// `out` is the text in lower case; false: it is no token, and `out` is of no use.
bool lower_token(std::string_view text, std::string& out);
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;
std::string_view trim_blanks(std::string_view value) noexcept;  // SP and HTAB

// The class of a name that guests may not set, kOk for others. `entry`: our own text of the row.
struct HeaderClass {
  cap::Reason reason = cap::Reason::kOk;
  std::string_view entry = {};
};
HeaderClass class_of_header(std::string_view name) noexcept;

// What a name of class kSecretOnly needs to pass.
enum class RawAuthorization : std::uint8_t { kRefused, kAllowed };

// kOk, or the first reason with the header that has it (by index; all of them: kHeadersMax).
struct HeaderFault {
  cap::Reason reason = cap::Reason::kOk;
  std::size_t index = 0;
  std::string_view entry = {};
};
HeaderFault check_headers(std::span<const cap::GuestHeader> headers, RawAuthorization raw) noexcept;

// A name that survives a redirect to another origin.
bool survives_origin(std::string_view name) noexcept;
// A name that goes with a body: "content-*".
bool describes_body(std::string_view name) noexcept;

}  // namespace warrant::fetch
