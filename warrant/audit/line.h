// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON text written piece by piece into a fixed room, emptied by its owner when it is full.
//
// Asks the allocator for nothing and may be used in a signal handler. Commas are placed here; what
// is opened must be closed by the caller. text() takes words of ours; stranger() takes bytes from
// guests, peers and files: known secrets replaced, cut at 256 bytes on a character boundary,
// control and direction characters escaped. Spec: audit.md section 6.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "warrant/audit/known_secrets.h"

namespace warrant::audit {

inline constexpr std::size_t kMaxStrangerBytes = 256;

// Whether somebody may have cut this text: then a piece of a secret at its end is one.
KnownSecrets::End end_of(std::string_view text) noexcept;

class Line {
 public:
  using Drain = void (*)(void* self, std::string_view text) noexcept;
  // `room` outlives it. Without a drain, what does not fit is dropped and is_whole() says so. A
  // drain may give another room by continue_in().
  Line(std::span<char> room, Drain out, void* self) noexcept
      : room_(room), drain_(out), self_(self) {}
  // Where what comes next is written; what is held must have been drained.
  void continue_in(std::span<char> room) noexcept { room_ = room; }
  void guard_with(const KnownSecrets* secrets) noexcept { secrets_ = secrets; }
  // For LongPath; outlives it.
  void mark_with(std::string_view key) noexcept { mark_key_ = key; }

  void raw(std::string_view bytes) noexcept {
    if (room_.size() - used_ < bytes.size()) [[unlikely]]
      return raw_in_pieces(bytes);
    bytes.copy(room_.data() + used_, bytes.size());
    used_ += bytes.size();
  }
  void open(char bracket) noexcept;  // '{' or '['
  void close(char bracket) noexcept;
  void key(std::string_view name) noexcept;  // our word: not escaped
  void value(std::string_view bytes) noexcept;
  void value(std::uint64_t amount) noexcept;
  void text(std::string_view name, std::string_view words) noexcept;
  void number(std::string_view name, std::uint64_t amount) noexcept;
  void integer(std::string_view name, std::int64_t amount) noexcept;
  void truth(std::string_view name, bool value) noexcept;
  void next() noexcept { separate(); }  // before an element of an array that is no value()
  // `whole`: how many bytes there were before somebody cut them.
  void stranger_value(std::string_view bytes, std::uint64_t whole) noexcept {
    shown(bytes, whole, Ellipsis::kKept);
  }
  void stranger(std::string_view name, std::string_view bytes) noexcept {
    key(name);
    stranger_value(bytes, bytes.size());
  }
  // A path of files, whole: known secrets replaced; where it is longer, cut in the middle. What
  // marks the cut is never part of another path: its first character is escaped there.
  void path_value(std::string_view path) noexcept;
  // What LongPath made of one.
  void told_path_value(std::string_view head, std::string_view mark,
                       std::string_view tail) noexcept;
  // What was scrubbed and cut before, of strangers all the same.
  void told_value(std::string_view bytes) noexcept;
  // JSON that somebody printed already.
  void json(std::string_view name, std::string_view printed) noexcept;
  // Members that somebody printed already: `"a":1,"b":2`, perhaps none.
  void members(std::string_view printed) noexcept;
  // An object up to where it stands after its first members, as somebody printed it: `{"a":1`.
  void begun(std::string_view printed) noexcept {
    raw(printed);
    first_ = false;
  }

  void drain() noexcept;
  std::string_view held() const noexcept { return {room_.data(), used_}; }
  bool is_whole() const noexcept { return whole_; }

 private:
  void put(char each) noexcept;
  void separate() noexcept;
  [[gnu::noinline]] void raw_in_pieces(std::string_view bytes) noexcept;
  void long_path_value(std::string_view path) noexcept;
  bool try_plain(std::string_view words) noexcept;     // a value, behind its key
  std::size_t plain(std::string_view bytes) noexcept;  // writes what needs no escape; how much
  void escaped(std::string_view bytes) noexcept;       // for JSON
  // For people, then for JSON.
  enum class Ellipsis : std::uint8_t { kKept, kEscaped };
  void disarmed(std::string_view bytes, Ellipsis ellipsis) noexcept;
  void shown(std::string_view bytes, std::uint64_t whole, Ellipsis ellipsis) noexcept;
  void code_point(std::uint32_t point) noexcept;

  std::span<char> room_;
  Drain drain_;
  void* self_;
  const KnownSecrets* secrets_ = nullptr;
  std::string_view mark_key_;
  std::size_t used_ = 0;
  bool first_ = true;
  bool whole_ = true;
};

}  // namespace warrant::audit
