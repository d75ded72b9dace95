// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/ring.h"

#include <algorithm>
#include <type_traits>

#include "warrant/audit/line.h"

namespace warrant::audit {

static_assert(std::is_trivially_copyable_v<Record>);

Ring::Ring(std::size_t margin) : bytes_(std::make_unique_for_overwrite<char[]>(kBytes)) {
  set_margin(margin);
}

void Ring::set_margin(std::size_t margin) noexcept {
  most_ = kMaxStrangerBytes + std::min<std::size_t>(margin, 8192);
}

bool Ring::keep(const Record& record) noexcept {
  Record kept = record;
  Event& event = kept.event;
  kept.path_bytes = static_cast<std::uint32_t>(event.path.size());
  kept.second_path_bytes = static_cast<std::uint32_t>(event.second_path.size());
  event.path = event.path.substr(0, most_);
  event.second_path = event.second_path.substr(0, most_);
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
