// SPDX-License-Identifier: Apache-2.0
#pragma once
// BLAKE2b with 32 bytes and no key (RFC 7693): a digest as strong as SHA-256 at a third of its
// cost, for names of our own that no document carries. By libsodium; native builds only.
#include <cstddef>
#include <span>

#include "warrant/codec/hash.h"

namespace warrant::codec {

Digest blake2b(std::span<const std::byte> bytes) noexcept;

}  // namespace warrant::codec
