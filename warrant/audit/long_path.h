// SPDX-License-Identifier: Apache-2.0
#pragma once
// A path as records tell it, in fixed room: respelled (spelling.h) and, where it is longer than
// `most` bytes, its beginning and its end with a mark between them.
//
// The mark is "…[", 16 hexadecimal digits of SHA-256 of a key and the whole respelled path, "]": so
// what is left out cannot be the name, and nobody who does not know the key can make two paths that
// are told alike. Cuts lie on character boundaries. Asks the allocator for nothing. Only
// push_scrubbed() looks for known secrets. Spec: audit.md sections 5, 6.
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "warrant/audit/known_secrets.h"
#include "warrant/codec/hash.h"

namespace warrant::audit {

// A path beneath an open directory is cut on its way to a record so that it has no more bytes.
inline constexpr std::size_t kMostPathBytes = 2048;

class LongPath {
 public:
  static constexpr std::size_t kMarkBytes = 21;
  // `most`: 256..kMostPathBytes. `key`: something of the run that its guest cannot know.
  LongPath(std::size_t most, std::string_view key) noexcept;
  void push(std::string_view bytes) noexcept;
  // Once, after the last push(). Views into this; without a mark all of it is in `head`.
  struct Told {
    std::string_view head, mark, tail;
  };
  Told finish() noexcept;

 private:
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

// `path` as it was sent, known secrets replaced; also what is left of one where shorten_path() has
// cut it in the middle. `secrets` may be null.
void push_scrubbed(LongPath& to, std::string_view path, const KnownSecrets* secrets) noexcept;

// Into `to`, which has room for kMostPathBytes.
std::string_view shorten_path(std::string_view path, std::span<char> to,
                              std::string_view key) noexcept;

}  // namespace warrant::audit
