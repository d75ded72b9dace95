// SPDX-License-Identifier: Apache-2.0
#pragma once
// The key of a log directory and what is derived from it: blocks and the index never share a key.
//
// Whoever holds the key can forge; it is wiped when it dies and never printed. Spec: audit.md 3.
#include <array>
#include <cstddef>
#include <span>

#include "warrant/codec/hash.h"

namespace warrant::audit {

inline constexpr std::size_t kKeyBytes = 32;

class Keys {
 public:
  explicit Keys(std::span<const std::byte, kKeyBytes> secret) noexcept;
  std::span<const std::byte> block() const noexcept { return block_.bytes(); }
  std::span<const std::byte> index() const noexcept { return index_.bytes(); }
  // What a file's first block follows: its name and the id that it was opened with.
  codec::Digest file_start(std::string_view file, std::string_view id) const noexcept;
  // What the first entry of an index follows.
  codec::Digest index_start() const noexcept;

 private:
  codec::Digest block_;
  codec::Digest index_;
};

}  // namespace warrant::audit
