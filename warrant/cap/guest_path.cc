// SPDX-License-Identifier: Apache-2.0
#include "warrant/cap/guest_path.h"

#include "warrant/base/utf8.h"
#include "warrant/cap/reason.h"

namespace warrant::cap {
namespace {

constexpr std::string_view kWhere = "guest_path";

bool has_long_component(std::string_view text) noexcept {
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t slash = text.find('/', start);
    const std::size_t end = slash == std::string_view::npos ? text.size() : slash;
    if (end - start > kMaxComponentBytes) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

Result<GuestPath> GuestPath::parse(std::string_view bytes) {
  if (!is_utf8(bytes)) return error_of(Errc::kIllegalBytes, Reason::kBadPath, kWhere);
  if (bytes.find('\0') != std::string_view::npos) {
    return error_of(Errc::kInvalid, Reason::kBadPath, kWhere);
  }
  if (bytes.empty()) return error_of(Errc::kNoEntry, Reason::kBadPath, kWhere);
  if (bytes.size() > kMaxPathBytes || has_long_component(bytes)) {
    return error_of(Errc::kNameTooLong, Reason::kBadPath, kWhere);
  }
  if (bytes.front() == '/') return denied(Reason::kEscape, kWhere);
  return GuestPath(bytes);
}

bool GuestPath::is_plain_name() const noexcept {
  return text_ != "." && text_ != ".." && text_.find('/') == std::string_view::npos;
}

GuestPath::Split GuestPath::split_last() const noexcept {
  // Not empty and not absolute: a component is found, and one before the last is the parent.
  const std::size_t end = text_.find_last_not_of('/') + 1;
  const std::string_view body = text_.substr(0, end);
  const bool must_be_directory = end != text_.size();
  const std::size_t slash = body.rfind('/');
  if (slash == std::string_view::npos) return {{}, body, must_be_directory};
  const std::size_t parent_end = body.find_last_not_of('/', slash) + 1;
  return {body.substr(0, parent_end), body.substr(slash + 1), must_be_directory};
}

}  // namespace warrant::cap
