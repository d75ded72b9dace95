// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/long_path.h"

#include <algorithm>

#include "warrant/base/bytes.h"
#include "warrant/codec/text.h"

namespace warrant::audit {

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
  constexpr std::string_view kBegin = "…[";
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

std::string_view shorten_path(std::string_view path, std::span<char> to) noexcept {
  LongPath cut(kMostPathBytes);
  cut.push(path);
  const auto [head, mark, tail] = cut.finish();
  std::size_t used = 0;
  for (const std::string_view part : {head, mark, tail}) {
    used += part.copy(to.data() + used, part.size());
  }
  return {to.data(), used};
}

}  // namespace warrant::audit
