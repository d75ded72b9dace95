// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/long_path.h"

#include <algorithm>

#include "warrant/base/bytes.h"
#include "warrant/codec/text.h"

namespace warrant::audit {
namespace {

constexpr std::string_view kBegin = "…[";
constexpr std::size_t head_of(std::size_t most) noexcept { return most / 16 * 3; }

// Where shorten_path() has put its mark, or somebody has made it look so.
std::size_t find_mark(std::string_view path) noexcept {
  constexpr std::size_t kHead = head_of(kMostPathBytes);
  constexpr std::size_t kSpare = 3;  // of a character that would be cut
  if (path.size() + 2 * kSpare < kMostPathBytes) return std::string_view::npos;
  const std::size_t at = path.substr(0, kHead + kBegin.size()).find(kBegin, kHead - kSpare);
  return at < path.size() && path[at + LongPath::kMarkBytes - 1] == ']' ? at
                                                                        : std::string_view::npos;
}

// Of the text, what stands behind its first `from` bytes; secrets also where they begin before.
void scrub_into(LongPath& to, std::string_view text, std::size_t from, KnownSecrets::End end,
                const KnownSecrets& secrets) noexcept {
  std::size_t at = 0;
  secrets.scrub(text, end, [&](std::string_view piece, std::string_view reference) {
    if (!reference.empty()) {
      to.push("\xc2\xabredacted:");
      to.push(reference);
      to.push("\xc2\xbb");
    } else if (at + piece.size() > from) {
      to.push(piece.substr(from - std::min(at, from)));
    }
    at += piece.size();
  });
}

}  // namespace

LongPath::LongPath(std::size_t most, std::string_view key) noexcept : most_(most) {
  constexpr std::array<std::byte, 1> kZero{};
  hash_.update(bytes_of(key));
  hash_.update(kZero);
}

void LongPath::push(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    if (bytes.front() == '/') {
      if (!any_) take("/");
      at_ = At::kStart;
      bytes.remove_prefix(1);
    } else if (at_ == At::kStart && bytes.front() == '.') {
      at_ = At::kDot;  // perhaps all of the component
      bytes.remove_prefix(1);
    } else {
      const std::size_t end = std::min(bytes.find('/'), bytes.size());
      name(bytes.substr(0, end));
      bytes.remove_prefix(end);
    }
    any_ = true;
  }
}

void LongPath::name(std::string_view bytes) noexcept {
  if (at_ != At::kName) {
    if (names_) take("/");
    if (at_ == At::kDot) take(".");
    names_ = true;
    at_ = At::kName;
  }
  take(bytes);
}

void LongPath::take(std::string_view bytes) noexcept {
  hash_.update(bytes_of(bytes));
  if (total_ < most_) bytes.copy(first_.data() + total_, most_ - total_);
  take_last(bytes);
  total_ += bytes.size();
}

void LongPath::take_last(std::string_view bytes) noexcept {
  const std::size_t size = tail_bytes();
  if (bytes.size() > size) bytes.remove_prefix(bytes.size() - size);
  const std::size_t straight = bytes.copy(last_.data() + last_at_, size - last_at_);
  bytes.substr(straight).copy(last_.data(), last_.size());
  last_at_ = (last_at_ + bytes.size()) % size;
}

LongPath::Told LongPath::finish() noexcept {
  if (total_ == 0 && any_) take(".");
  if (total_ <= most_) return {{first_.data(), total_}, {}, {}};
  constexpr std::string_view kHex = "0123456789abcdef";
  const codec::Digest digest = hash_.finish();
  std::size_t used = kBegin.copy(mark_.data(), mark_.size());
  for (const std::byte each : digest.bytes().first<8>()) {
    mark_[used++] = kHex[std::to_integer<unsigned>(each) >> 4U];
    mark_[used++] = kHex[std::to_integer<unsigned>(each) & 15U];
  }
  mark_[used] = ']';
  const auto middle = last_.begin() + static_cast<std::ptrdiff_t>(last_at_);
  std::rotate(last_.begin(), middle, last_.begin() + static_cast<std::ptrdiff_t>(tail_bytes()));
  std::string_view tail(last_.data(), tail_bytes());
  for (int each = 0; each < 3 && (static_cast<unsigned char>(tail.front()) & 0xC0U) == 0x80U;
       ++each) {
    tail.remove_prefix(1);
  }
  return {codec::cut_text({first_.data(), most_}, head_bytes()), {mark_.data(), kMarkBytes}, tail};
}

void push_scrubbed(LongPath& to, std::string_view path, const KnownSecrets* secrets) noexcept {
  if (secrets == nullptr || secrets->empty()) return to.push(path);
  const std::size_t mark = find_mark(path);
  if (mark == std::string_view::npos) {
    return scrub_into(to, path, 0, KnownSecrets::End::kWhole, *secrets);
  }
  scrub_into(to, path.substr(0, mark), 0, KnownSecrets::End::kCut, *secrets);
  to.push(path.substr(mark, LongPath::kMarkBytes));
  const std::string_view rest = path.substr(mark + LongPath::kMarkBytes);
  const std::size_t remnant = secrets->remnant(rest);
  if (remnant > 0) to.push("\xc2\xabredacted:cut\xc2\xbb");
  scrub_into(to, rest, remnant, KnownSecrets::End::kWhole, *secrets);
}

std::string_view shorten_path(std::string_view path, std::span<char> to,
                              std::string_view key) noexcept {
  LongPath cut(kMostPathBytes, key);
  cut.push(path);
  const auto [head, mark, tail] = cut.finish();
  std::size_t used = 0;
  for (const std::string_view part : {head, mark, tail}) {
    used += part.copy(to.data() + used, part.size());
  }
  return {to.data(), used};
}

}  // namespace warrant::audit
