// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/ring.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "warrant/audit/line.h"
#include "warrant/audit/tally.h"

namespace warrant::audit {

namespace {

// `to` moves behind the copy.
std::string_view copied(std::string_view text, std::byte*& to) noexcept {
  void* const here = to;
  if (!text.empty()) std::memcpy(here, text.data(), text.size());
  to += text.size();
  return {static_cast<const char*>(here), text.size()};
}

// Up to eight bytes from the end of the path: there names differ.
std::uint64_t end_of_path(std::string_view path) noexcept {
  std::uint64_t bits = 0;
  if (path.size() >= sizeof bits) {
    std::memcpy(&bits, path.data() + path.size() - sizeof bits, sizeof bits);
  } else {
    for (const char each : path) bits = bits << 8U | static_cast<unsigned char>(each);
  }
  return bits;
}

bool is_like(const Record& record, const Event& event) noexcept {
  const Event& kept = record.event;
  return is_same_word(kept.operation, event.operation) && kept.grant == event.grant &&
         record.path_bytes == event.path.size() && kept.path == event.path;
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

inline Ring::Place& Ring::place_of(const Event& event) noexcept {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  constexpr int kBitsOfPlace = 6;
  static_assert(kPlaces == 1U << kBitsOfPlace);
  const std::uint64_t bits =
      end_of_path(event.path) + event.path.size() * kOdd + event.operation.size();
  return places_[static_cast<std::size_t>(bits * kOdd >> (64 - kBitsOfPlace))];
}

bool Ring::count_with_like(const Event& event) noexcept {
  const Place& place = place_of(event);
  if (place.generation != generation_) return false;
  void* const here = bytes_.get() + place.at;
  Record& record = *std::launder(static_cast<Record*>(here));
  if (!is_like(record, event)) return false;
  ++record.count;
  record.event.bytes += event.bytes;
  return true;
}

bool Ring::keep(const Event& event, const Stamp& stamp, Repeats repeats) noexcept {
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
  if (repeats == Repeats::kAreKept) {
    end_counts();
  } else {
    place_of(event) = {generation_, used_};
  }
  used_ += size;
  return true;
}

}  // namespace warrant::audit
