// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::Entropy of this host: the kernel's randomness, or a stream that a seed determines.
//
// Both write straight into the Buffer, the whole range or an error. The seeded stream is the
// ChaCha20 key stream (64-bit nonce 0, counter from 0) under the key "seed as 8 bytes little
// endian, then 24 zero bytes", handed out without gaps: the n-th byte asked for is the n-th byte of
// the stream, however the requests are cut. It is reproducible and therefore no secret. One thread
// each.
#include <array>
#include <cstdint>

#include "warrant/cap/entropy.h"
#include "warrant/os/ambient.h"

namespace warrant::os {

class SystemEntropy final : public cap::Entropy {
 public:
  SystemEntropy(Ambient, Locate locate) noexcept : locate_(locate) {}
  Status fill(Buffer to) override;

 private:
  Locate locate_;
};

class SeededEntropy final : public cap::Entropy {
 public:
  SeededEntropy(std::uint64_t seed, Locate locate) noexcept;
  Status fill(Buffer to) override;

 private:
  static constexpr std::size_t kBlock = 64;
  Locate locate_;
  std::array<unsigned char, 32> key_{};
  std::uint64_t position_ = 0;  // bytes handed out
};

}  // namespace warrant::os
