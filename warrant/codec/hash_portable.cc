// SPDX-License-Identifier: Apache-2.0
// The states of hash.h where nothing but libsodium can make them.
#include <sodium/utils.h>

#include "warrant/codec/hash_by_sodium.h"

namespace warrant::codec {

Sha256::Sha256() noexcept { by_sodium::begin_hash(state_); }
void Sha256::update(std::span<const std::byte> bytes) noexcept {
  by_sodium::update_hash(state_, bytes);
}
Digest Sha256::finish() noexcept { return by_sodium::finish_hash(state_); }

HmacSha256::HmacSha256(std::span<const std::byte> key) noexcept {
  by_sodium::begin_mac(state_, key);
}
HmacSha256::~HmacSha256() { sodium_memzero(state_.data(), state_.size()); }
void HmacSha256::update(std::span<const std::byte> bytes) noexcept {
  by_sodium::update_mac(state_, bytes);
}
Digest HmacSha256::finish() noexcept { return by_sodium::finish_mac(state_); }

}  // namespace warrant::codec
