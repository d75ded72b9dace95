// SPDX-License-Identifier: Apache-2.0
// The states of hash.h by the processor's SHA instructions, or by libsodium where it has none.
// Which it is does not change while a process lives, so no state has to say whose it is.
#include <sodium/utils.h>
#include <warrant_sha2.h>

#include "warrant/codec/hash_by_sodium.h"

namespace warrant::codec {
namespace {

using Bytes = std::span<const std::byte>;
using Out = std::array<std::uint8_t, Digest::kSize>;

bool by_processor() noexcept { return warrant_sha2_usable() != 0; }
Digest digest_of(const Out& out) noexcept { return Digest(std::as_bytes(std::span(out))); }

}  // namespace

Sha256::Sha256() noexcept {
  static_assert(sizeof state_ >= WARRANT_SHA256_STATE);
  if (by_processor()) {
    warrant_sha256_init(state_.data());
  } else {
    by_sodium::begin_hash(state_);
  }
}

void Sha256::update(Bytes bytes) noexcept {
  if (!by_processor()) return by_sodium::update_hash(state_, bytes);
  warrant_sha256_update(state_.data(), bytes.data(), bytes.size());
}

Digest Sha256::finish() noexcept {
  if (!by_processor()) return by_sodium::finish_hash(state_);
  Out out{};
  warrant_sha256_finish(state_.data(), out.data());
  return digest_of(out);
}

HmacSha256::HmacSha256(Bytes key) noexcept {
  static_assert(sizeof state_ >= WARRANT_HMAC_STATE);
  if (by_processor()) {
    warrant_hmac_sha256_init(state_.data(), key.data(), key.size());
  } else {
    by_sodium::begin_mac(state_, key);
  }
}

HmacSha256::~HmacSha256() { sodium_memzero(state_.data(), state_.size()); }

void HmacSha256::update(Bytes bytes) noexcept {
  if (!by_processor()) return by_sodium::update_mac(state_, bytes);
  warrant_hmac_sha256_update(state_.data(), bytes.data(), bytes.size());
}

Digest HmacSha256::finish() noexcept {
  if (!by_processor()) return by_sodium::finish_mac(state_);
  Out out{};
  warrant_hmac_sha256_finish(state_.data(), out.data());
  return digest_of(out);
}

}  // namespace warrant::codec
