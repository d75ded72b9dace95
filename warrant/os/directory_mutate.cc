// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "warrant/cap/link_text.h"
#include "warrant/cap/reason.h"
#include "warrant/os/carried_links.h"
#include "warrant/os/directory.h"
#include "warrant/os/errno.h"
#include "warrant/os/iovec.h"
#include "warrant/os/resolve.h"

namespace warrant::os {
namespace {

constexpr mode_t kDirectoryMode = 0777;
constexpr OpenHow kParentHow{.flags = O_PATH | O_DIRECTORY};

bool is_directory(const struct statx& now) noexcept { return S_ISDIR(now.stx_mode); }

// A locked down process has openat2 and no openat. Sets errno.
OwnedFd directory_above(Resolver resolver, BorrowedFd at) noexcept {
  if (resolver == Resolver::kWalk) return OwnedFd(::openat(at.number(), "..", kParentHow.flags));
  const int up =
      openat2_raw(at.number(), "..", kParentHow, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
  if (up < 0) errno = -up;
  return OwnedFd(std::max(up, -1));
}

bool is_link(const struct statx& now) noexcept { return S_ISLNK(now.stx_mode); }

}  // namespace

// Splits off the last component and opens what it is in. A path that ends in ".." is kEscape where
// it leads out, else kInvalid.
Status Directory::find_spot(cap::GuestPath path, Spot& spot) const {
  const auto split = path.split_last();
  if (split.last == "..") {
    WARRANT_TRY(auto whole, resolve(*grant_, fd_.borrow(), path.text(), kParentHow));
    static_cast<void>(whole);
    return Error{Errc::kInvalid, 0, "path"};
  }
  spot.parent = fd_.borrow();
  if (!split.parent.empty()) {
    WARRANT_TRY(spot.opened, resolve(*grant_, fd_.borrow(), split.parent, kParentHow));
    spot.parent = spot.opened.borrow();
  }
  std::memcpy(spot.name, split.last.data(), split.last.size());
  spot.name[split.last.size()] = '\0';
  spot.must_be_directory = split.must_be_directory;
  return {};
}

Error Directory::refuse_slash(const Spot& spot) const {
  struct statx now{};
  if (const Status there = look(spot.parent, spot.name, now); !there) return there.error();
  return Error{is_directory(now) ? Errc::kExists : Errc::kNotDir, 0, "path"};
}

Status Directory::create_directory(cap::GuestPath path) {
  WARRANT_CHECKED(check_write());
  Spot spot;
  WARRANT_CHECKED(find_spot(path, spot));
  WARRANT_CHECKED(grant_->accounting->reserve_inode());
  if (::mkdirat(spot.parent.number(), spot.name, kDirectoryMode) != 0) {
    const int error = errno;
    grant_->accounting->credit_inode();
    return error_from_errno(error, "create directory");
  }
  struct statx now{};
  if (look(spot.parent, spot.name, now) && is_directory(now)) {
    grant_->run->inodes().made(key_of(now), 0, grant_->accounting);
  }
  return {};
}

Status Directory::remove_directory(cap::GuestPath path) {
  WARRANT_CHECKED(check_write());
  Spot spot;
  WARRANT_CHECKED(find_spot(path, spot));
  struct statx now{};
  WARRANT_CHECKED(look(spot.parent, spot.name, now));
  if (is_directory(now) && std::strcmp(spot.name, ".") != 0 && grant_->run->is_root(key_of(now))) {
    return Error{Errc::kBusy, 0, "remove directory"};
  }
  if (::unlinkat(spot.parent.number(), spot.name, AT_REMOVEDIR) != 0) {
    return error_from_errno(errno, "remove directory");
  }
  grant_->run->inodes().name_removed(key_of(now), 1);
  return {};
}

Status Directory::unlink_file(cap::GuestPath path) {
  WARRANT_CHECKED(check_write());
  Spot spot;
  WARRANT_CHECKED(find_spot(path, spot));
  struct statx now{};
  const bool tracked = !grant_->run->inodes().is_empty();
  if (tracked || spot.must_be_directory) {
    WARRANT_CHECKED(look(spot.parent, spot.name, now));
    if (is_directory(now)) return Error{Errc::kIsDir, 0, "unlink"};
    if (spot.must_be_directory) return Error{Errc::kNotDir, 0, "unlink"};
  }
  if (::unlinkat(spot.parent.number(), spot.name, 0) != 0) {
    return error_from_errno(errno, "unlink");
  }
  if (tracked) grant_->run->inodes().name_removed(key_of(now), now.stx_nlink);
  return {};
}

Result<Directory*> Directory::same_grant(cap::Directory& other) const {
  if (other.family() != family()) return Error{Errc::kCrossDevice, 0, "two grants"};
  auto* ours = static_cast<Directory*>(&other);
  if (ours->grant_ == grant_) return ours;
  // Another grant's directory: a denial where one side is not to be written, else programs copy.
  if (!ours->grant_->may_write()) return cap::denied(cap::Reason::kReadOnly, "two grants");
  return Error{Errc::kCrossDevice, 0, "two grants"};
}

// Links keep leading where they lead while they stay in their directory. Elsewhere one is judged as
// if it were made there, and a directory that comes to stand less deep is looked through. Both as
// seen from the root of the grant: that another program follows a link out of it is what is to be
// kept from happening, and a handle below the root sees links that were never made through it.
Status Directory::check_new_place(const Directory& target, const Move& move) const {
  const auto [source, place, moved] = move;
  if (!is_link(moved) && !is_directory(moved)) return {};
  const bool one_text =
      &target == this && source.path.split_last().parent == place.path.split_last().parent;
  if (one_text) return {};
  struct stat old_parent{};
  struct stat new_parent{};
  if (::fstat(source.spot.parent.number(), &old_parent) != 0 ||
      ::fstat(place.spot.parent.number(), &new_parent) != 0) {
    return error_from_errno(errno, "rename");
  }
  if (key_of(old_parent) == key_of(new_parent)) return {};
  WARRANT_TRY(const std::size_t then, climb(place.spot.parent, grant_->root));
  if (is_link(moved)) return check_link_at(source.spot, then);
  WARRANT_TRY(const std::size_t now, climb(source.spot.parent, grant_->root));
  if (then >= now) return {};
  return check_carried_links(*grant_, source.spot.parent, source.spot.name, then + 1);
}

// Whether the link there may stand in a directory that is so deep below the root of the grant.
Status Directory::check_link_at(const Spot& link, std::size_t depth) const {
  char text[cap::kMaxPathBytes + 1] __attribute__((uninitialized));
  const ssize_t size = ::readlinkat(link.parent.number(), link.name, text, sizeof text);
  if (size < 0) return error_from_errno(errno, "link");
  const std::string_view text_there(text, static_cast<std::size_t>(size));
  WARRANT_CHECKED(check_link_text(text_there));
  if (cap::climbs_out(text_there, depth)) return cap::denied(cap::Reason::kLinkTarget, "link");
  return {};
}

Result<cap::Renamed> Directory::rename(cap::GuestPath from, cap::Directory& to,
                                       cap::GuestPath name) {
  WARRANT_CHECKED(check_write());
  WARRANT_TRY(Directory * target, same_grant(to));
  Spot source;
  WARRANT_CHECKED(find_spot(from, source));
  Spot place;
  WARRANT_CHECKED(target->find_spot(name, place));
  struct statx moved{};
  WARRANT_CHECKED(look(source.parent, source.name, moved));
  if ((source.must_be_directory || place.must_be_directory) && !is_directory(moved)) {
    return Error{Errc::kNotDir, 0, "rename"};
  }
  struct statx replaced{};
  const bool replaces = target->look(place.parent, place.name, replaced).has_value();
  RunFiles& run = *grant_->run;
  if (run.is_root(key_of(moved)) || (replaces && run.is_root(key_of(replaced)))) {
    return Error{Errc::kBusy, 0, "rename"};
  }
  const bool can_move = std::strcmp(source.name, ".") != 0 && std::strcmp(place.name, ".") != 0;
  if (can_move) WARRANT_CHECKED(check_new_place(*target, {{source, from}, {place, name}, moved}));
  if (::syscall(SYS_renameat2, source.parent.number(), source.name, place.parent.number(),
                place.name, 0U) != 0) {
    return error_from_errno(errno, "rename");
  }
  if (!replaces) return cap::Renamed::kMoved;
  if (key_of(replaced) == key_of(moved)) return cap::Renamed::kUnchanged;
  run.inodes().name_removed(key_of(replaced), is_directory(replaced) ? 1 : replaced.stx_nlink);
  return cap::Renamed::kReplaced;
}

Status Directory::link(cap::GuestPath from, cap::Directory& to, cap::GuestPath name) {
  WARRANT_CHECKED(check_write());
  WARRANT_TRY(Directory * target, same_grant(to));
  Spot source;
  WARRANT_CHECKED(find_spot(from, source));
  Spot place;
  WARRANT_CHECKED(target->find_spot(name, place));
  struct statx now{};
  WARRANT_CHECKED(look(source.parent, source.name, now));
  if (is_directory(now)) return Error{Errc::kNotPermitted, 0, "link"};
  if (source.must_be_directory) return Error{Errc::kNotDir, 0, "link"};
  if (place.must_be_directory) return target->refuse_slash(place);
  WARRANT_CHECKED(check_new_place(*target, {{source, from}, {place, name}, now}));
  WARRANT_CHECKED(grant_->accounting->reserve_inode());
  if (::linkat(source.parent.number(), source.name, place.parent.number(), place.name, 0) != 0) {
    const int error = errno;
    grant_->accounting->credit_inode();
    return error_from_errno(error, "link");
  }
  grant_->run->inodes().linked(key_of(now), now.stx_nlink, grant_->accounting);
  return {};
}

// How deep below this handle the link's own directory lies. Exact by text where no link is on the
// way; else by climbing, because text then says nothing about where a name leads.
Result<std::size_t> Directory::depth_of(cap::GuestPath name) const {
  const std::string_view parent = name.split_last().parent;
  if (parent.empty()) return std::size_t{0};
  const auto plain = resolve_without_links(*grant_, fd_.borrow(), parent, kParentHow);
  if (plain) return cap::depth_by_text(parent);
  if (plain.error().code != Errc::kLoop) return plain.error();
  WARRANT_TRY(auto at, resolve(*grant_, fd_.borrow(), parent, kParentHow));
  struct stat base{};
  if (::fstat(fd_.number(), &base) != 0) return error_from_errno(errno, "symlink");
  return climb(at.borrow(), key_of(base));
}

// How many steps up it is from `start` to `top`, which is the root of the grant or below it.
Result<std::size_t> Directory::climb(BorrowedFd start, const InodeKey& top) const {
  OwnedFd opened;
  BorrowedFd at = start;
  for (std::size_t depth = 0; depth <= cap::kMaxPathBytes; ++depth) {
    struct stat now{};
    if (::fstat(at.number(), &now) != 0) return error_from_errno(errno, "symlink");
    if (key_of(now) == top) return depth;
    if (key_of(now) == grant_->root) break;
    OwnedFd up = directory_above(grant_->run->options().resolver, at);
    if (!up.is_open()) return error_from_errno(errno, "symlink");
    opened = std::move(up);
    at = opened.borrow();
  }
  return cap::denied(cap::Reason::kLinkTarget, "symlink");  // moved away while we looked
}

Status Directory::check_link_text(std::string_view target) const {
  if (target.empty()) return Error{Errc::kNoEntry, 0, "symlink"};
  if (target.find('\0') != std::string_view::npos) return Error{Errc::kInvalid, 0, "symlink"};
  if (target.size() > cap::kMaxPathBytes) return Error{Errc::kNameTooLong, 0, "symlink"};
  if (grant_->options.create_symlinks == cap::CreateSymlinks::kNone || target.front() == '/') {
    return cap::denied(cap::Reason::kLinkTarget, "symlink");
  }
  return {};
}

Status Directory::symlink(std::string_view target, cap::GuestPath name) {
  WARRANT_CHECKED(check_write());
  WARRANT_CHECKED(check_link_text(target));
  Spot spot;
  WARRANT_CHECKED(find_spot(name, spot));
  WARRANT_TRY(const std::size_t depth, depth_of(name));
  if (cap::climbs_out(target, depth)) return cap::denied(cap::Reason::kLinkTarget, "symlink");
  if (spot.must_be_directory) return refuse_slash(spot);
  char text[cap::kMaxPathBytes + 1] __attribute__((uninitialized));
  std::memcpy(text, target.data(), target.size());
  text[target.size()] = '\0';
  cap::Accounting& accounting = *grant_->accounting;
  WARRANT_CHECKED(accounting.reserve_inode());
  const Status reserved = accounting.reserve_bytes(target.size());
  if (!reserved || ::symlinkat(text, spot.parent.number(), spot.name) != 0) {
    const int error = errno;
    accounting.credit_inode();
    WARRANT_CHECKED(reserved);
    accounting.credit_bytes(target.size());
    return error_from_errno(error, "symlink");
  }
  struct statx now{};
  if (look(spot.parent, spot.name, now) && S_ISLNK(now.stx_mode)) {
    grant_->run->inodes().made(key_of(now), target.size(), grant_->accounting);
  }
  return {};
}

Result<std::uint64_t> Directory::read_link(cap::GuestPath path, Buffer to) {
  if (path.has_trailing_slash()) {
    const std::string_view text = path.text();
    WARRANT_TRY(auto behind, resolve(*grant_, fd_.borrow(),
                                     text.substr(0, text.find_last_not_of('/') + 1), kParentHow));
    static_cast<void>(behind);
    return Error{Errc::kInvalid, 0, "read link"};
  }
  Spot spot;
  WARRANT_CHECKED(find_spot(path, spot));
  char text[cap::kMaxPathBytes + 1] __attribute__((uninitialized));
  const ssize_t size = ::readlinkat(spot.parent.number(), spot.name, text, sizeof text);
  if (size < 0) return error_from_errno(errno, "read link");
  const std::uint64_t copied = std::min(static_cast<std::uint64_t>(size), to.size());
  LocatedAccess access(grant_->run->options().locate);
  if (!access.write(to, std::as_bytes(std::span(text, static_cast<std::size_t>(copied))))) {
    return Error{Errc::kInvalid, 0, "read link"};
  }
  return copied;
}

}  // namespace warrant::os
