// SPDX-License-Identifier: Apache-2.0
#pragma once
// SHA-256 and HMAC-SHA-256 of bytes, and the 32 bytes that they give (FIPS 180-4, RFC 2104).
//
// A Digest compares in constant time, so it may also be a MAC. Incremental and one-shot forms
// agree; finish() may be called once. Does not say what was hashed: whoever mixes kinds of input
// puts a tag in front. By libsodium; natively, where the processor has instructions for it, by them
// (docs/decisions/0027-sha-by-the-processor.md).
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "warrant/base/result.h"

namespace warrant::codec {

class Digest {
 public:
  static constexpr std::size_t kSize = 32;
  Digest() = default;  // all zero
  explicit Digest(std::span<const std::byte, kSize> bytes) noexcept;
  // 64 hexadecimal digits, either case; anything else kInvalid.
  static Result<Digest> parse_hex(std::string_view text);

  std::span<const std::byte, kSize> bytes() const noexcept WARRANT_LIFETIMEBOUND { return bytes_; }
  std::string hex() const;  // lower case
  friend bool operator==(const Digest& a, const Digest& b) noexcept;
  friend std::strong_ordering operator<=>(const Digest& a, const Digest& b) noexcept {
    return a.bytes_ <=> b.bytes_;  // for maps; not in constant time
  }

 private:
  std::array<std::byte, kSize> bytes_{};
};

class Sha256 {
 public:
  Sha256() noexcept;
  void update(std::span<const std::byte> bytes) noexcept;
  Digest finish() noexcept;

 private:
  alignas(16) std::array<std::byte, 112> state_;
};

class HmacSha256 {
 public:
  explicit HmacSha256(std::span<const std::byte> key) noexcept;  // any length
  HmacSha256(const HmacSha256&) = delete;
  HmacSha256& operator=(const HmacSha256&) = delete;
  ~HmacSha256();  // wipes the state
  void update(std::span<const std::byte> bytes) noexcept;
  Digest finish() noexcept;

 private:
  alignas(16) std::array<std::byte, 224> state_;
};

Digest sha256(std::span<const std::byte> bytes) noexcept;
Digest hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> bytes) noexcept;

}  // namespace warrant::codec
