// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "warrant/audit/long_path.h"
#include "warrant/base/utf8.h"
#include "warrant/codec/text.h"

namespace warrant::audit {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::uint32_t kEllipsis = 0x2026;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x80 * kOnes;

// Whether all eight of them stand for themselves.
bool is_plain(const char* eight) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof word);
  // Where no byte has its high bit, a difference has one only where it was less than zero.
  const std::uint64_t special = word | (word - 0x20 * kOnes) | (word + kOnes) |
                                ((word ^ ('"' * kOnes)) - kOnes) |
                                ((word ^ ('\\' * kOnes)) - kOnes);
  return (special & kHighs) == 0;
}

// How much of it stands for itself, in JSON and to a person.
std::size_t plain_length(std::string_view bytes) noexcept {
  std::size_t length = 0;
  while (bytes.size() - length >= 8 && is_plain(bytes.data() + length)) length += 8;
  // The last ones together with some of those before.
  if (length > 0 && bytes.size() - length < 8 && is_plain(bytes.data() + bytes.size() - 8)) {
    return bytes.size();
  }
  while (length < bytes.size() && bytes[length] >= 0x20 && bytes[length] < 0x7f &&
         bytes[length] != '"' && bytes[length] != '\\') {
    ++length;
  }
  return length;
}

}  // namespace

KnownSecrets::End end_of(std::string_view text) noexcept {
  constexpr std::size_t kLongestCharacter = 4;
  return text.size() + kLongestCharacter > kMaxStrangerBytes ? KnownSecrets::End::kCut
                                                             : KnownSecrets::End::kWhole;
}

void Line::drain() noexcept {
  if (drain_ != nullptr && used_ > 0) {
    drain_(self_, {room_.data(), used_});
    used_ = 0;
  }
}

void Line::raw_in_pieces(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    if (used_ == room_.size()) drain();
    const std::size_t count = std::min(bytes.size(), room_.size() - used_);
    if (count == 0) {
      whole_ = false;
      return;
    }
    std::memcpy(room_.data() + used_, bytes.data(), count);
    used_ += count;
    bytes.remove_prefix(count);
  }
}

void Line::put(char each) noexcept {
  if (used_ == room_.size()) drain();
  if (used_ == room_.size()) {
    whole_ = false;
    return;
  }
  room_[used_++] = each;
}

void Line::separate() noexcept {
  if (!first_) put(',');
  first_ = false;
}

void Line::open(char bracket) noexcept {
  // Behind a key the comma has been written.
  put(bracket);
  first_ = true;
}

void Line::close(char bracket) noexcept {
  put(bracket);
  first_ = false;
}

void Line::key(std::string_view name) noexcept {
  if (room_.size() - used_ >= name.size() + 4) [[likely]] {
    char* at = room_.data() + used_;
    if (!first_) *at++ = ',';
    first_ = false;
    *at++ = '"';
    std::memcpy(at, name.data(), name.size());
    at += name.size();
    *at++ = '"';
    *at++ = ':';
    used_ = static_cast<std::size_t>(at - room_.data());
    return;
  }
  separate();
  put('"');
  raw(name);
  raw("\":");
}

std::size_t Line::plain(std::string_view bytes) noexcept {
  const std::size_t length = plain_length(bytes);
  raw(bytes.substr(0, length));
  return length;
}

void Line::escaped(std::string_view bytes) noexcept {
  for (std::size_t at = plain(bytes); at < bytes.size(); at += plain(bytes.substr(at))) {
    const std::size_t length = utf8_length(bytes, at);
    const char each = bytes[at];
    if (length == 0) {
      raw(kReplacement);
    } else if (length > 1) {
      raw(bytes.substr(at, length));
    } else if (each == '"' || each == '\\') {
      put('\\');
      put(each);
    } else {
      raw("\\u00");
      put(kHex[static_cast<unsigned char>(each) >> 4U]);
      put(kHex[static_cast<unsigned char>(each) & 15U]);
    }
    at += std::max<std::size_t>(length, 1);
  }
}

void Line::code_point(std::uint32_t point) noexcept {
  std::array<char, codec::kLongestEscape> room;
  escaped(codec::escape_point(point, room));
}

void Line::disarmed(std::string_view bytes, Ellipsis ellipsis) noexcept {
  for (std::size_t at = plain(bytes); at < bytes.size(); at += plain(bytes.substr(at))) {
    const std::size_t length = utf8_length(bytes, at);
    if (length == 0) {
      raw("\\\\x");
      put(kHex[static_cast<unsigned char>(bytes[at]) >> 4U]);
      put(kHex[static_cast<unsigned char>(bytes[at]) & 15U]);
      at += 1;
      continue;
    }
    const std::string_view character = bytes.substr(at, length);
    const std::uint32_t point = codec::point_of(character);
    const bool marks = point == kEllipsis && ellipsis == Ellipsis::kEscaped;
    if (point == '\\' || marks || codec::is_hidden(point)) {
      code_point(point);
    } else {
      escaped(character);
    }
    at += length;
  }
}

void Line::value(std::string_view bytes) noexcept {
  separate();
  put('"');
  escaped(bytes);
  put('"');
}

void Line::value(std::uint64_t amount) noexcept {
  separate();
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), amount);
  raw({digits.data(), static_cast<std::size_t>(end.ptr - digits.data())});
}

void Line::text(std::string_view name, std::string_view words) noexcept {
  key(name);
  if (try_plain(words)) [[likely]]
    return;
  first_ = true;
  value(words);
}

bool Line::try_plain(std::string_view words) noexcept {
  const bool fits = room_.size() - used_ >= words.size() + 2;
  if (!fits || plain_length(words) != words.size()) return false;
  char* const at = room_.data() + used_;
  *at = '"';
  words.copy(at + 1, words.size());
  at[words.size() + 1] = '"';
  used_ += words.size() + 2;
  first_ = false;
  return true;
}

void Line::number(std::string_view name, std::uint64_t amount) noexcept {
  key(name);
  char* const at = room_.data() + used_;
  const auto end = std::to_chars(at, room_.data() + room_.size(), amount);
  if (end.ec == std::errc()) [[likely]] {
    used_ += static_cast<std::size_t>(end.ptr - at);
    return;
  }
  first_ = true;
  value(amount);
}

void Line::integer(std::string_view name, std::int64_t amount) noexcept {
  key(name);
  first_ = true;
  if (amount < 0) put('-');
  value(amount < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(amount)
                   : static_cast<std::uint64_t>(amount));
}

void Line::truth(std::string_view name, bool value) noexcept {
  key(name);
  raw(value ? "true" : "false");
}

void Line::json(std::string_view name, std::string_view printed) noexcept {
  key(name);
  raw(printed);
}

void Line::members(std::string_view printed) noexcept {
  if (printed.empty()) return;
  separate();
  raw(printed);
}

void Line::told_value(std::string_view bytes) noexcept {
  put('"');
  disarmed(bytes, Ellipsis::kKept);
  put('"');
  first_ = false;
}

void Line::path_value(std::string_view path) noexcept {
  if (path.size() > kMaxStrangerBytes) return long_path_value(path);
  const bool guarded = secrets_ != nullptr && !secrets_->empty();
  if (guarded || !try_plain(path)) {
    shown(path, path.size(), Ellipsis::kEscaped);
  }
}

[[gnu::noinline]] void Line::long_path_value(std::string_view path) noexcept {
  LongPath told(kMaxStrangerBytes, mark_key_);
  push_scrubbed(told, path, secrets_);
  const auto [head, mark, tail] = told.finish();
  told_path_value(head, mark, tail);
}

void Line::told_path_value(std::string_view head, std::string_view mark,
                           std::string_view tail) noexcept {
  put('"');
  disarmed(head, Ellipsis::kEscaped);
  raw(mark);
  disarmed(tail, Ellipsis::kEscaped);
  put('"');
  first_ = false;
}

void Line::shown(std::string_view bytes, std::uint64_t whole, Ellipsis ellipsis) noexcept {
  const std::string_view cut = codec::cut_text(bytes, kMaxStrangerBytes);
  const bool is_cut = cut.size() < whole;
  put('"');
  if (secrets_ == nullptr || secrets_->empty()) {
    disarmed(cut, ellipsis);
  } else {
    // Searched whole, shown up to the cut: what begins before it is replaced even where it ends
    // behind it.
    std::size_t shown = 0;
    secrets_->scrub(bytes, end_of(bytes), [&](std::string_view piece, std::string_view reference) {
      if (shown >= kMaxStrangerBytes) return;
      if (reference.empty()) {
        piece = codec::cut_text(piece, kMaxStrangerBytes - shown);
        disarmed(piece, ellipsis);
      } else {
        raw("\xc2\xabredacted:");
        escaped(reference);
        raw("\xc2\xbb");
      }
      shown += piece.size();
    });
  }
  if (is_cut) raw("\xe2\x80\xa6");
  put('"');
  first_ = false;
}

}  // namespace warrant::audit
