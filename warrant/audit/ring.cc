// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/ring.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "warrant/audit/line.h"
#include "warrant/audit/long_path.h"

namespace warrant::audit {

namespace {

using PathRoom = std::array<char, kMostPathBytes>;

// What is cut must not hide a name behind what stands before it.
std::string_view told_path(std::string_view path, PathRoom& room) noexcept {
  return path.size() <= room.size() ? path : shorten_path(path, room);
}

}  // namespace

static_assert(std::is_trivially_copyable_v<Record>);

Ring::Ring(std::size_t margin) : bytes_(std::make_unique_for_overwrite<char[]>(kBytes)) {
  set_margin(margin);
}

void Ring::set_margin(std::size_t margin) noexcept {
  // Receipts name origins whole: the longest has 267 bytes.
  constexpr std::size_t kMore = 16;
  most_ = kMaxStrangerBytes + kMore + std::min<std::size_t>(margin, 8192);
}

// Apart from keep(), whose frame stays small.
[[gnu::noinline]] bool Ring::keep_shortened(const Record& record) noexcept {
  Record told = record;
  PathRoom room;
  PathRoom second_room;
  told.event.path = told_path(record.event.path, room);
  told.event.second_path = told_path(record.event.second_path, second_room);
  return keep_as_told(told, kMostPathBytes);
}

bool Ring::keep(const Record& record) noexcept {
  const Event& event = record.event;
  if (event.kind != Kind::kFs) return keep_as_told(record, most_);
  const bool cut = event.path.size() > kMostPathBytes || event.second_path.size() > kMostPathBytes;
  return cut ? keep_shortened(record) : keep_as_told(record, kMostPathBytes);
}

bool Ring::keep_as_told(const Record& record, std::size_t most) noexcept {
  Record kept = record;
  Event& event = kept.event;
  kept.path_bytes = static_cast<std::uint32_t>(event.path.size());
  kept.second_path_bytes = static_cast<std::uint32_t>(event.second_path.size());
  event.path = event.path.substr(0, most);
  event.second_path = event.second_path.substr(0, most);
  const std::size_t size =
      sizeof kept + event.path.size() + event.second_path.size() + event.fields.size();
  if (kBytes - used_ < size) return false;
  char* at = bytes_.get() + used_;
  std::memcpy(at, &kept, sizeof kept);
  at += sizeof kept;
  for (const std::string_view text : {event.path, event.second_path, event.fields}) {
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    at += text.size();
  }
  used_ += size;
  return true;
}

}  // namespace warrant::audit
