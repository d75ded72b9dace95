// SPDX-License-Identifier: Apache-2.0
#include "warrant/codec/ed25519.h"

#include <sodium/crypto_sign_ed25519.h>
#include <sodium/utils.h>

#include <algorithm>

#include "warrant/base/check.h"

namespace warrant::codec {
namespace {

unsigned char* out(std::span<std::byte> bytes) noexcept {
  return reinterpret_cast<unsigned char*>(bytes.data());  // NOLINT: bytes for C
}
const unsigned char* raw(std::span<const std::byte> bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());  // NOLINT: bytes for C
}

}  // namespace

SigningKey::SigningKey(std::span<const std::byte, 32> seed) noexcept {
  static_assert(crypto_sign_ed25519_SECRETKEYBYTES == sizeof(key_));
  std::array<std::byte, 32> ignored{};
  WARRANT_CHECK(crypto_sign_ed25519_seed_keypair(out(ignored), out(key_), raw(seed)) == 0);
}

SigningKey::~SigningKey() { sodium_memzero(key_.data(), key_.size()); }

// The secret key of libsodium is the seed followed by the public key.
PublicKey SigningKey::public_key() const noexcept {
  PublicKey key;
  std::copy(key_.begin() + 32, key_.end(), key.bytes.begin());
  return key;
}

Signature SigningKey::sign(std::span<const std::byte> message) const noexcept {
  Signature signature;
  WARRANT_CHECK(crypto_sign_ed25519_detached(out(signature.bytes), nullptr, raw(message),
                                             message.size(), raw(key_)) == 0);
  return signature;
}

bool verify(const PublicKey& key, std::span<const std::byte> message,
            const Signature& signature) noexcept {
  return crypto_sign_ed25519_verify_detached(raw(signature.bytes), raw(message), message.size(),
                                             raw(key.bytes)) == 0;
}

}  // namespace warrant::codec
