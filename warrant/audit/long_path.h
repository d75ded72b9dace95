// SPDX-License-Identifier: Apache-2.0
#pragma once
// A path as records tell it, in fixed room: respelled (spelling.h) and, where it is longer than
// `most` bytes, its beginning and its end with a mark between them.
//
// The mark is "…[", 16 hexadecimal digits of SHA-256 of the whole respelled path, "]": so what is
// left out cannot be the name, and two paths are told alike only where somebody made them so. Cuts
// lie on character boundaries. Asks the allocator for nothing. Known secrets are not looked for
// here. Spec: audit.md sections 5, 6.
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "warrant/codec/hash.h"

namespace warrant::audit {

// A path on its way to a record is cut so that it has no more bytes than this.
inline constexpr std::size_t kMostPathBytes = 2048;

class LongPath {
 public:
  explicit LongPath(std::size_t most) noexcept : most_(most) {}  // 256..kMostPathBytes
  void push(std::string_view bytes) noexcept;
  // Once, after the last push(). Views into this; without a mark all of it is in `head`.
  struct Told {
    std::string_view head, mark, tail;
  };
  Told finish() noexcept;

 private:
  static constexpr std::size_t kMarkBytes = 21;
  enum class At : std::uint8_t { kStart, kDot, kName };  // of a component

  std::size_t head_bytes() const noexcept { return most_ / 16 * 3; }
  std::size_t tail_bytes() const noexcept { return most_ - head_bytes() - kMarkBytes; }
  void name(std::string_view bytes) noexcept;
  void take(std::string_view bytes) noexcept;
  void take_last(std::string_view bytes) noexcept;

  std::size_t most_;
  std::size_t total_ = 0;
  At at_ = At::kStart;
  bool any_ = false;    // bytes were pushed
  bool names_ = false;  // a component was taken
  codec::Sha256 hash_;
  std::array<char, kMarkBytes> mark_;
  std::array<char, kMostPathBytes> first_;
  std::array<char, kMostPathBytes> last_;  // a circle of tail_bytes()
  std::size_t last_at_ = 0;
};

// Into `to`, which has room for kMostPathBytes.
std::string_view shorten_path(std::string_view path, std::span<char> to) noexcept;

}  // namespace warrant::audit
