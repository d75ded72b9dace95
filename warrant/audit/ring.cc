// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/ring.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "warrant/audit/line.h"

namespace warrant::audit {

namespace {

// `to` moves behind the copy.
std::string_view copied(std::string_view text, std::byte*& to) noexcept {
  void* const here = to;
  if (!text.empty()) std::memcpy(here, text.data(), text.size());
  to += text.size();
  return {static_cast<const char*>(here), text.size()};
}

}  // namespace

Ring::Ring(std::size_t margin) : bytes_(std::make_unique_for_overwrite<std::byte[]>(kBytes)) {
  static_assert(std::is_trivially_copyable_v<Record> && kBytes % alignof(Record) == 0 &&
                alignof(Record) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
  set_margin(margin);
}

void Ring::set_margin(std::size_t margin) noexcept {
  // Receipts name origins whole: the longest has 267 bytes.
  constexpr std::size_t kMore = 16;
  most_ = kMaxStrangerBytes + kMore + std::min<std::size_t>(margin, 8192);
}

bool Ring::keep(const Event& event, const Stamp& stamp) noexcept {
  const std::size_t most = event.kind == Kind::kFs ? kMostWholePath : most_;
  const std::string_view path = event.path.substr(0, most);
  const std::string_view second = event.second_path.substr(0, most);
  const std::size_t wanted = sizeof(Record) + path.size() + second.size() + event.fields.size();
  if (wanted > kBytes - used_) return false;
  // The block ends where a record may begin: so this fits as well.
  const std::size_t size = (wanted + alignof(Record) - 1) / alignof(Record) * alignof(Record);
  std::byte* const at = bytes_.get() + used_;
  auto* const record =
      new (at) Record{.stamp = stamp,
                      .event = event,
                      .path_bytes = static_cast<std::uint32_t>(event.path.size()),
                      .second_path_bytes = static_cast<std::uint32_t>(event.second_path.size()),
                      .size = size};
  std::byte* to = at + sizeof(Record);
  record->event.path = copied(path, to);
  record->event.second_path = copied(second, to);
  record->event.fields = copied(event.fields, to);
  used_ += size;
  return true;
}

}  // namespace warrant::audit
