// SPDX-License-Identifier: Apache-2.0
#pragma once
// A keyed fingerprint of a body as it passes, by whoever has a faster one than codec's hashes.
//
// Equal bodies under one key have equal tags; without the key nobody finds two bodies with one tag.
// The tag itself tells about the key: it is shown to nobody, and goes through HMAC before it is
// recorded. Spec: egress.md section 19 (body_mac), performance.md benchmark 12.
#include <array>
#include <cstddef>
#include <span>

namespace warrant::cap {

using BodyTag = std::array<std::byte, 16>;

class BodyDigest {
 public:
  virtual ~BodyDigest() = default;
  BodyDigest() = default;
  BodyDigest(const BodyDigest&) = delete;
  BodyDigest& operator=(const BodyDigest&) = delete;

  virtual void update(std::span<const std::byte> bytes) noexcept = 0;
  virtual BodyTag finish() noexcept = 0;  // once, at the end
};

}  // namespace warrant::cap
