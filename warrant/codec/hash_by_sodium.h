// SPDX-License-Identifier: Apache-2.0
#pragma once
// The states of hash.h as libsodium keeps them. For the sources of this room alone.
#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/crypto_hash_sha256.h>

#include <array>
#include <cstddef>
#include <new>
#include <span>

#include "warrant/codec/hash.h"

namespace warrant::codec::by_sodium {

inline const unsigned char* raw(std::span<const std::byte> bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());  // NOLINT: bytes for C
}

template <typename State, std::size_t kSize>
State* state_in(std::array<std::byte, kSize>& storage) noexcept {
  static_assert(sizeof(State) <= kSize && alignof(State) <= 16);
  return std::launder(reinterpret_cast<State*>(storage.data()));  // NOLINT: made by begin_…
}

template <std::size_t kSize>
void begin_hash(std::array<std::byte, kSize>& state) noexcept {
  crypto_hash_sha256_init(new (state.data()) crypto_hash_sha256_state);
}

template <std::size_t kSize>
void update_hash(std::array<std::byte, kSize>& state, std::span<const std::byte> bytes) noexcept {
  crypto_hash_sha256_update(state_in<crypto_hash_sha256_state>(state), raw(bytes), bytes.size());
}

template <std::size_t kSize>
Digest finish_hash(std::array<std::byte, kSize>& state) noexcept {
  std::array<unsigned char, Digest::kSize> out{};
  crypto_hash_sha256_final(state_in<crypto_hash_sha256_state>(state), out.data());
  return Digest(std::as_bytes(std::span(out)));
}

template <std::size_t kSize>
void begin_mac(std::array<std::byte, kSize>& state, std::span<const std::byte> key) noexcept {
  crypto_auth_hmacsha256_init(new (state.data()) crypto_auth_hmacsha256_state, raw(key),
                              key.size());
}

template <std::size_t kSize>
void update_mac(std::array<std::byte, kSize>& state, std::span<const std::byte> bytes) noexcept {
  crypto_auth_hmacsha256_update(state_in<crypto_auth_hmacsha256_state>(state), raw(bytes),
                                bytes.size());
}

template <std::size_t kSize>
Digest finish_mac(std::array<std::byte, kSize>& state) noexcept {
  std::array<unsigned char, Digest::kSize> out{};
  crypto_auth_hmacsha256_final(state_in<crypto_auth_hmacsha256_state>(state), out.data());
  return Digest(std::as_bytes(std::span(out)));
}

}  // namespace warrant::codec::by_sodium
