// SPDX-License-Identifier: Apache-2.0
#pragma once
// Base64 of RFC 4648, in one form per alphabet: the standard one with padding, the URL one without.
//
// Decoding is strict: exactly what encoding gives, so that equal bytes have equal text. No line
// breaks, no spaces, no stray bits.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "warrant/base/result.h"

namespace warrant::codec {

enum class Base64 : std::uint8_t { kStandard, kUrl };

std::string encode_base64(std::span<const std::byte> bytes, Base64 form);
Result<std::string> decode_base64(std::string_view text, Base64 form);  // bytes; kInvalid

}  // namespace warrant::codec
