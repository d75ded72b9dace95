// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/blake2b.h"

#include <sodium/crypto_generichash.h>

#include <array>

#include "warrant/base/check.h"

namespace warrant::codec {

Digest blake2b(std::span<const std::byte> bytes) noexcept {
  // Without sodium_init(), which costs more than it gains below some megabytes: asking a virtual
  // processor what it can do takes longer than hashing with the portable code.
  std::array<unsigned char, Digest::kSize> out{};
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());  // NOLINT: bytes for C
  WARRANT_CHECK(crypto_generichash(out.data(), out.size(), in, bytes.size(), nullptr, 0) == 0);
  return Digest(std::as_bytes(std::span<const unsigned char, Digest::kSize>(out)));
}

}  // namespace warrant::codec
