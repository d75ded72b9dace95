// SPDX-License-Identifier: Apache-2.0
#pragma once
// Integers of variable length as WebAssembly writes them: 7 bits a byte, least significant first.
//
// Readers refuse what the WebAssembly specification refuses: more bytes than the width needs, or
// bits set beyond it. Zero padding within the allowed length is legal. On anything but kOk `at` and
// `value` stay as they were.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

namespace warrant::codec {

enum class LebRead : std::uint8_t {
  kOk,
  kTruncated,  // the bytes end inside the number
  kTooLong,    // more bits than the width
};

// Bits: 32 or 64 for unsigned T; 32, 33 or 64 for signed T.
template <unsigned Bits, typename T>
LebRead read_leb(std::span<const std::byte> bytes, std::size_t& at, T& value) noexcept {
  static_assert(Bits <= 8 * sizeof(T));
  constexpr unsigned kLast = (Bits + 6) / 7 - 1;    // index of the last allowed byte
  constexpr unsigned kLastBits = Bits - 7 * kLast;  // payload bits in it
  std::uint64_t sum = 0;
  for (unsigned n = 0; n <= kLast; ++n) {
    if (at >= bytes.size() || n >= bytes.size() - at) return LebRead::kTruncated;
    const unsigned byte = std::to_integer<unsigned>(bytes[at + n]);
    sum |= std::uint64_t{byte & 0x7fU} << (7 * n);
    if (n == kLast) {
      // Above the payload everything is a copy of the sign bit, or zero.
      const unsigned above = (byte & 0x7fU) >> (std::is_signed_v<T> ? kLastBits - 1 : kLastBits);
      const unsigned ones = 0x7fU >> (kLastBits - 1);
      if ((byte & 0x80U) != 0 || (above != 0 && !(std::is_signed_v<T> && above == ones))) {
        return LebRead::kTooLong;
      }
    }
    if ((byte & 0x80U) != 0) continue;
    if (std::is_signed_v<T> && (byte & 0x40U) != 0 && 7 * (n + 1) < 64) {
      sum |= ~std::uint64_t{0} << (7 * (n + 1));
    }
    at += n + 1;
    value = static_cast<T>(sum);
    return LebRead::kOk;
  }
  return LebRead::kTooLong;
}

// The shortest form.
inline void append_leb(std::string& to, std::uint64_t value) {
  do {
    const unsigned low = static_cast<unsigned>(value & 0x7fU);
    value >>= 7;
    to += static_cast<char>(value != 0 ? low | 0x80U : low);
  } while (value != 0);
}

}  // namespace warrant::codec
