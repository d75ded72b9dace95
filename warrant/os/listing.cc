// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "warrant/os/errno.h"
#include "warrant/os/run_files.h"

namespace warrant::os {
namespace {

constexpr std::size_t kNameOffset = offsetof(dirent64, d_name);

cap::FileType from_dirent(unsigned char type) noexcept {
  return type_of(static_cast<mode_t>(DTTOIF(type)));
}

// The fixed part of an entry; the name follows it in the block.
struct Fixed {
  std::uint64_t inode;
  std::int64_t next;
  unsigned short size;
  unsigned char type;
};

Fixed fixed_at(const std::byte* at) noexcept {
  Fixed fixed{};
  std::memcpy(&fixed.inode, at + offsetof(dirent64, d_ino), sizeof fixed.inode);
  std::memcpy(&fixed.next, at + offsetof(dirent64, d_off), sizeof fixed.next);
  std::memcpy(&fixed.size, at + offsetof(dirent64, d_reclen), sizeof fixed.size);
  std::memcpy(&fixed.type, at + offsetof(dirent64, d_type), sizeof fixed.type);
  return fixed;
}

}  // namespace

bool Listing::is_buffered(std::uint64_t from) noexcept {
  if (end_ == 0) return false;
  if (from == cookie_) return true;
  std::uint64_t cookie = first_cookie_;
  for (std::size_t at = 0; at < end_;) {
    if (cookie == from) {
      place_ = at;
      cookie_ = from;
      return true;
    }
    const Fixed fixed = fixed_at(block_.data() + at);
    cookie = static_cast<std::uint64_t>(fixed.next);
    at += fixed.size;
  }
  return false;
}

Status Listing::refill() {
  long got = 0;
  do {
    got = ::syscall(SYS_getdents64, fd_.number(), block_.data(), block_.size());
  } while (got < 0 && errno == EINTR);
  // A removed directory has no entries any more, not even an error.
  if (got < 0 && errno == ENOENT) got = 0;
  place_ = 0;
  first_cookie_ = cookie_;
  end_ = got < 0 ? 0 : static_cast<std::size_t>(got);
  if (got < 0) return error_from_errno(errno, "list");
  return {};
}

cap::Entry Listing::entry_at(std::size_t place, std::uint64_t parent_inode,
                             std::size_t& next) const {
  const std::byte* at = block_.data() + place;
  const Fixed fixed = fixed_at(at);
  const auto* name = reinterpret_cast<const char*>(at + kNameOffset);  // NOLINT: bytes as text
  cap::Entry entry{.name = std::string_view(name, ::strnlen(name, fixed.size - kNameOffset)),
                   .inode = fixed.inode,
                   .type = from_dirent(fixed.type),
                   .next = cap::DirCookie{static_cast<std::uint64_t>(fixed.next)}};
  next = place + fixed.size;
  if (parent_inode != 0 && entry.name == "..") entry.inode = parent_inode;
  if (fixed.type == DT_UNKNOWN) {
    struct statx now{};
    if (::statx(fd_.number(), name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &now) == 0) {
      entry.type = type_of(now.stx_mode);
    }
  }
  return entry;
}

Status Listing::list(cap::DirCookie from, cap::EntrySink& sink, std::uint64_t parent_inode) {
  const auto start = static_cast<std::uint64_t>(from);
  if (start > INT64_MAX) return {};
  if (start == 0 || !is_buffered(start)) {
    if (::lseek(fd_.number(), static_cast<off_t>(start), SEEK_SET) < 0) {
      end_ = 0;
      if (errno == EINVAL) return {};
      return error_from_errno(errno, "list");
    }
    cookie_ = start;
    WARRANT_CHECKED(refill());
  }
  for (;;) {
    while (place_ < end_) {
      std::size_t next = 0;
      const cap::Entry entry = entry_at(place_, parent_inode, next);
      if (!sink.accept(entry)) return {};
      place_ = next;
      cookie_ = static_cast<std::uint64_t>(entry.next);
    }
    if (end_ == 0) return {};
    WARRANT_CHECKED(refill());
  }
}

}  // namespace warrant::os
