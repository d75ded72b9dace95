// SPDX-License-Identifier: Apache-2.0
#pragma once
// HMAC-SHA-256 under one key for many texts: the key's own blocks are digested once.
//
// What it makes equals codec::hmac_sha256. It keeps states that are as secret as the key and does
// not wipe them: for keys that live as long as a call. Thread-compatible. Spec: egress.md
// section 19.
#include <array>
#include <cstddef>
#include <span>

#include "warrant/codec/hash.h"

namespace warrant::fetch {

class KeyedMac {
 public:
  explicit KeyedMac(std::span<const std::byte, 32> key) noexcept {
    std::array<std::byte, 64> block{};
    const auto feed = [&](std::byte pad, codec::Sha256& state) {
      for (std::size_t i = 0; i < block.size(); ++i) {
        block[i] = (i < key.size() ? key[i] : std::byte{0}) ^ pad;
      }
      state.update(block);
    };
    feed(std::byte{0x36}, inner_);
    feed(std::byte{0x5C}, outer_);
  }

  // The text is fed to what start() gives; finish() ends it.
  codec::Sha256 start() const noexcept { return inner_; }
  codec::Digest finish(codec::Sha256& begun) const noexcept {
    codec::Sha256 outer = outer_;
    const codec::Digest inner = begun.finish();
    outer.update(inner.bytes());
    return outer.finish();
  }
  codec::Digest of(std::span<const std::byte> text) const noexcept {
    codec::Sha256 begun = start();
    begun.update(text);
    return finish(begun);
  }

 private:
  codec::Sha256 inner_, outer_;
};

}  // namespace warrant::fetch
