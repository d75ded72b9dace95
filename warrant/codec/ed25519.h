// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ed25519 signatures of RFC 8032, by libsodium.
//
// Signing is deterministic. Verification refuses signatures that are not canonical and keys of
// small order. A signature says that these bytes were signed, not what they mean: callers sign a
// tagged, canonical form. SigningKey is wiped when it dies; it is never printed.
#include <array>
#include <cstddef>
#include <span>

namespace warrant::codec {

struct PublicKey {
  std::array<std::byte, 32> bytes{};
  friend bool operator==(const PublicKey&, const PublicKey&) = default;
};

struct Signature {
  std::array<std::byte, 64> bytes{};
  friend bool operator==(const Signature&, const Signature&) = default;
};

class SigningKey {
 public:
  explicit SigningKey(std::span<const std::byte, 32> seed) noexcept;
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  ~SigningKey();
  PublicKey public_key() const noexcept;
  Signature sign(std::span<const std::byte> message) const noexcept;

 private:
  std::array<std::byte, 64> key_{};
};

[[nodiscard]] bool verify(const PublicKey& key, std::span<const std::byte> message,
                          const Signature& signature) noexcept;

}  // namespace warrant::codec
