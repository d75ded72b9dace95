// SPDX-License-Identifier: Apache-2.0
#pragma once
// A path as a guest sent it, after the checks that need no system call.
//
// Invariant: not empty, UTF-8, no NUL, at most 4,095 bytes, every component at most 255 bytes, not
// absolute. It may still hold "..", "." and doubled or trailing slashes: what they mean is decided
// on handles, component by component, never on text. It views the caller's bytes and lives no
// longer. Does not say that the path exists or stays beneath anything. Spec: filesystem.md
// section 3.
#include <cstddef>
#include <string_view>

#include "warrant/base/result.h"

namespace warrant::cap {

inline constexpr std::size_t kMaxPathBytes = 4095;
inline constexpr std::size_t kMaxComponentBytes = 255;
inline constexpr std::size_t kMaxLinksFollowed = 40;

class GuestPath {
 public:
  // kNoEntry empty · kInvalid NUL · kIllegalBytes not UTF-8 · kNameTooLong · kNotCapable with
  // Reason::kEscape for an absolute path; the errors carry Reason::kBadPath.
  static Result<GuestPath> parse(std::string_view bytes WARRANT_LIFETIMEBOUND);

  std::string_view text() const noexcept { return text_; }
  bool has_trailing_slash() const noexcept { return text_.back() == '/'; }
  // One component, no slash anywhere, neither "." nor "..".
  bool is_plain_name() const noexcept;

  // The path split before its last component: "a/b/c/" gives parent "a/b", last "c", and remembers
  // the slash; "c" gives parent "" (the handle itself). `last` may be "." or "..".
  struct Split {
    std::string_view parent;
    std::string_view last;
    bool must_be_directory;
  };
  Split split_last() const noexcept;

 private:
  explicit GuestPath(std::string_view text) noexcept : text_(text) {}
  std::string_view text_;
};

}  // namespace warrant::cap
