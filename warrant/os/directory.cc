// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "warrant/cap/reason.h"
#include "warrant/os/errno.h"
#include "warrant/os/resolve.h"

namespace warrant::os {
namespace {

constexpr char kFamily = 'd';
constexpr mode_t kFileMode = 0666;

bool is_write_class(const cap::OpenOptions& options) noexcept {
  return options.write || options.create || options.truncate || options.append;
}

int open_flags(const cap::OpenOptions& options) noexcept {
  const bool writes = options.write || options.truncate;
  int flags = !writes ? O_RDONLY : options.read ? O_RDWR : O_WRONLY;
  if (options.directory) flags |= O_DIRECTORY;
  if (options.symlinks == cap::Symlinks::kNoFollow) flags |= O_NOFOLLOW;
  return flags;
}

FileMode mode_of(const cap::OpenOptions& options) noexcept {
  return static_cast<FileMode>((options.read ? 1U : 0U) | (options.write ? 2U : 0U));
}

Status fstat_of(BorrowedFd fd, struct stat& now) {
  const std::int64_t answer = kernel_fstat(fd.number(), now);
  if (answer != 0) return error_from_errno(static_cast<int>(-answer), "fstat");
  return {};
}

}  // namespace

const void* Directory::family() const noexcept { return &kFamily; }

Status Directory::check_write() const {
  if (!grant_->may_write()) return cap::denied(cap::Reason::kReadOnly, "directory");
  return {};
}

Status Directory::look(BorrowedFd parent, const char* name, struct statx& now) const {
  const std::int64_t answer =
      kernel_statx(parent.number(), name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, now);
  if (answer != 0) return error_from_errno(static_cast<int>(-answer), "stat");
  if ((now.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 && !grant_->options.cross_mounts &&
      std::strcmp(name, ".") != 0) {
    return cap::denied(cap::Reason::kEscape, "stat");
  }
  return {};
}

// --- open -------------------------------------------------------------------------------------

// Flat: each frame that a return crosses after a system call is paid for (kernel_call.h).
[[gnu::flatten]] Result<cap::Opened> Directory::open(cap::GuestPath path,
                                                     const cap::OpenOptions& options) {
  if (options.directory && (options.create || options.exclusive || options.truncate)) {
    return Error{Errc::kInvalid, 0, "open"};
  }
  if (options.exclusive && !options.create) return Error{Errc::kInvalid, 0, "open"};
  if (is_write_class(options)) WARRANT_CHECKED(check_write());
  Made made = Made::kNo;
  WARRANT_TRY(auto fd, open_node(path, options, made));
  WARRANT_TRY(auto opened, admit(std::move(fd), options, made));
  opened.created = made == Made::kYes;
  return opened;
}

Result<OwnedFd> Directory::open_node(cap::GuestPath path, const cap::OpenOptions& options,
                                     Made& made) const {
  int flags = open_flags(options);
  std::string_view text = path.text();
  if (path.has_trailing_slash()) {
    if (options.create) return refuse_create_slash(path);
    text = text.substr(0, text.find_last_not_of('/') + 1);
    flags = (flags | O_DIRECTORY) & ~O_NOFOLLOW;
  }
  if (options.exclusive) return create_node(path, flags | O_CREAT | O_EXCL, made);
  auto opened = resolve(*grant_, fd_.borrow(), text, {.flags = flags});
  if (opened) return opened;
  if (options.create && opened.error().code == Errc::kNoEntry) {
    return create_node(path, flags | O_CREAT, made);
  }
  if (opened.error().code == Errc::kNoDevice) return why_no_device(path, flags);
  return opened;
}

Result<OwnedFd> Directory::create_node(cap::GuestPath path, int flags, Made& made) const {
  WARRANT_CHECKED(grant_->accounting->reserve_inode());
  auto opened = resolve(*grant_, fd_.borrow(), path.text(), {.flags = flags, .mode = kFileMode});
  if (!opened) {
    grant_->accounting->credit_inode();
    return opened;
  }
  made = Made::kYes;
  return opened;
}

// "name/" cannot be made by open: the errors of the path first, then kIsDir.
Error Directory::refuse_create_slash(cap::GuestPath path) const {
  const auto split = path.split_last();
  const OpenHow how{.flags = O_PATH | O_DIRECTORY};
  const auto whole = resolve(*grant_, fd_.borrow(), path.text(), how);
  if (!whole && whole.error().code != Errc::kNoEntry && whole.error().code != Errc::kNotDir) {
    return whole.error();
  }
  if (!split.parent.empty()) {
    const auto parent = resolve(*grant_, fd_.borrow(), split.parent, how);
    if (!parent) return parent.error();
  }
  return Error{Errc::kIsDir, 0, "open"};
}

// ENXIO: a socket, a device without a driver, or a FIFO that nobody reads.
Error Directory::why_no_device(cap::GuestPath path, int flags) const {
  const auto node =
      resolve(*grant_, fd_.borrow(), path.text(), {.flags = O_PATH | (flags & O_NOFOLLOW)});
  struct stat now{};
  if (!node || !fstat_of(node->borrow(), now)) {
    return Error{Errc::kNoDevice, 0, "open"};
  }
  return cap::denied(cap::Reason::kSpecialNode, "open");
}

Result<cap::Opened> Directory::admit(OwnedFd fd, const cap::OpenOptions& options, Made made) const {
  struct stat now{};
  const Status looked = fstat_of(fd.borrow(), now);
  if (made == Made::kYes) {
    // A node that was put there by somebody else in between keeps its reservation: the safe side.
    if (looked && S_ISREG(now.st_mode)) {
      grant_->run->inodes().made(key_of(now), 0, grant_->accounting);
    } else {
      grant_->accounting->credit_inode();
    }
  }
  WARRANT_CHECKED(looked);
  if (S_ISREG(now.st_mode)) {
    if (options.directory) return Error{Errc::kNotDir, 0, "open"};
    return admit_file(std::move(fd), now, options);
  }
  if (!S_ISDIR(now.st_mode)) return cap::denied(cap::Reason::kSpecialNode, "open");
  if (options.create || options.write || options.truncate) return Error{Errc::kIsDir, 0, "open"};
  // The root under another name is the root: what is above it does not show.
  const Place place = key_of(now) == grant_->root ? Place::kRoot : Place::kBelow;
  return cap::Opened{
      .file = nullptr,
      .directory = std::unique_ptr<cap::Directory>(new Directory(grant_, std::move(fd), place))};
}

Result<cap::Opened> Directory::admit_file(OwnedFd fd, const struct stat& now,
                                          const cap::OpenOptions& options) const {
  const bool changes = options.write || options.truncate;
  if (changes) {
    WARRANT_CHECKED(check_hard_links(*grant_, key_of(now), now.st_mode, now.st_nlink));
  }
  InodeState* state = grant_->run->inodes().open(
      key_of(now), static_cast<std::uint64_t>(now.st_size),
      changes ? OpenFor::kWriting : OpenFor::kReading, grant_->accounting);
  auto file = std::unique_ptr<File>(new File(grant_, std::move(fd), mode_of(options), state));
  if (options.truncate && now.st_size != 0) WARRANT_CHECKED(file->truncate_opened());
  return cap::Opened{.file = std::move(file), .directory = nullptr};
}

// --- stat and times ---------------------------------------------------------------------------

Result<OwnedFd> Directory::open_for_stat(cap::GuestPath path, cap::Symlinks symlinks) const {
  int flags = O_PATH | (symlinks == cap::Symlinks::kNoFollow ? O_NOFOLLOW : 0);
  std::string_view text = path.text();
  if (path.has_trailing_slash()) {
    text = text.substr(0, text.find_last_not_of('/') + 1);
    flags = O_PATH | O_DIRECTORY;
  }
  return resolve(*grant_, fd_.borrow(), text, {.flags = flags});
}

[[gnu::flatten]] Result<cap::FileStat> Directory::stat(cap::GuestPath path,
                                                       cap::Symlinks symlinks) {
  struct statx now{};
  if (path.is_plain_name()) {
    char name[256] __attribute__((uninitialized));
    const std::string_view text = path.text();
    std::memcpy(name, text.data(), text.size());
    name[text.size()] = '\0';
    WARRANT_CHECKED(look(fd_.borrow(), name, now));
    if (!S_ISLNK(now.stx_mode) || symlinks == cap::Symlinks::kNoFollow) {
      return stat_of(now, *grant_->run);
    }
  }
  WARRANT_TRY(auto node, open_for_stat(path, symlinks));
  const std::int64_t answer = kernel_statx(node.number(), "", AT_EMPTY_PATH, now);
  if (answer != 0) return error_from_errno(static_cast<int>(-answer), "stat");
  return stat_of(now, *grant_->run);
}

Result<cap::FileStat> Directory::stat_self() {
  struct stat now{};
  WARRANT_CHECKED(fstat_of(fd_.borrow(), now));
  return stat_of(now, *grant_->run);
}

Status Directory::set_times(cap::GuestPath path, cap::Symlinks symlinks,
                            const cap::SetTimes& times) {
  WARRANT_CHECKED(check_write());
  timespec both[2];
  to_timespecs(times, both);
  WARRANT_TRY(auto node, open_for_stat(path, symlinks));
  struct stat now{};
  WARRANT_CHECKED(fstat_of(node.borrow(), now));
  WARRANT_CHECKED(check_hard_links(*grant_, key_of(now), now.st_mode, now.st_nlink));
  if (::utimensat(node.number(), "", both, AT_EMPTY_PATH) != 0) {
    return error_from_errno(errno, "set times");
  }
  return {};
}

Status Directory::set_times_self(const cap::SetTimes& times) {
  WARRANT_CHECKED(check_write());
  timespec both[2];
  to_timespecs(times, both);
  if (::utimensat(fd_.number(), "", both, AT_EMPTY_PATH) != 0) {
    return error_from_errno(errno, "set times");
  }
  return {};
}

// --- listing and syncing ----------------------------------------------------------------------

Result<Listing*> Directory::listing() {
  if (listing_ == nullptr) {
    // A description of its own: other handles on this directory keep their place.
    WARRANT_TRY(auto own, resolve(*grant_, fd_.borrow(), ".", {.flags = O_RDONLY | O_DIRECTORY}));
    listing_.reset(new Listing(std::move(own)));
  }
  return listing_.get();
}

Status Directory::list(cap::DirCookie from, cap::EntrySink& sink) {
  WARRANT_TRY(Listing * own, listing());
  const std::uint64_t parent = place_ == Place::kRoot ? grant_->root.inode : 0;
  return own->list(from, sink, parent);
}

Status Directory::sync() {
  WARRANT_TRY(Listing * own, listing());
  if (::fsync(own->fd().number()) != 0) return error_from_errno(errno, "sync");
  return {};
}

Status Directory::sync_data() {
  WARRANT_TRY(Listing * own, listing());
  if (::fdatasync(own->fd().number()) != 0) return error_from_errno(errno, "sync");
  return {};
}

}  // namespace warrant::os
