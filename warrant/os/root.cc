// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/root.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include "warrant/os/directory.h"
#include "warrant/os/errno.h"
#include "warrant/os/mount_table.h"
#include "warrant/os/resolve.h"

namespace warrant::os {
namespace {

using cap::Reason;

constexpr std::string_view kLocal[] = {"ext2", "ext3",  "ext4",  "xfs",     "btrfs",
                                       "f2fs", "zfs",   "tmpfs", "overlay", "bcachefs",
                                       "vfat", "exfat", "ntfs3"};
constexpr std::string_view kNetwork[] = {"nfs", "nfs4", "9p", "virtiofs", "fuse", "fuseblk"};
constexpr std::string_view kFolding[] = {"vfat", "exfat", "ntfs3"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::string_view (&list)[N]) noexcept {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

bool is_network(std::string_view type) noexcept {
  return is_one_of(type, kNetwork) || type.starts_with("fuse.");
}

class RootCheck {
 public:
  RootCheck(const std::string& path, const cap::DirectoryOptions& options, RunFiles& run,
            RootReport& report)
      : path_(path), options_(options), run_(run), report_(report) {}

  Status open();
  Status check_kernel();
  Status check_file_system();
  Status check_owner();
  Status check_folding();
  Status check_protected();
  Status check_overlap();

  OwnedFd& fd() noexcept { return fd_; }
  InodeKey key() const noexcept { return key_of(now_); }
  std::uint64_t mount_id() const noexcept { return now_.stx_mnt_id; }

 private:
  // Whether `place` and the root show the same files, by whatever mounts.
  bool shows(BorrowedFd place, const InodeKey& place_key, std::uint64_t place_mount) const;
  Error refuse(Reason reason, const std::string& text, std::string fix) {
    report_.text = "directory \"" + path_ + "\": " + text;
    report_.fix = std::move(fix);
    return cap::denied(reason, "open root");
  }
  Error failed(int number, const std::string& text, std::string fix) {
    report_.text = "directory \"" + path_ + "\": " + text;
    report_.fix = std::move(fix);
    return error_from_errno(number, "open root");
  }

  const std::string& path_;
  const cap::DirectoryOptions& options_;
  RunFiles& run_;
  RootReport& report_;
  OwnedFd fd_;
  struct statx now_{};
  std::string mounts_;
};

Status RootCheck::open() {
  fd_ = OwnedFd(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd_.is_open()) {
    const int number = errno;
    if (number == ENOENT) {
      return failed(number, "it does not exist", "create it first, or name one that is there");
    }
    if (number == ENOTDIR) {
      return failed(number, "it is not a directory",
                    "name one: a file is granted by the directory that it lies in");
    }
    return failed(number, "it cannot be opened",
                  "check its permissions, and those of the directories on the way");
  }
  if (::statx(fd_.number(), "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &now_) != 0) {
    return failed(errno, "it cannot be examined", "name another directory");
  }
  return {};
}

Status RootCheck::check_kernel() {
  if ((now_.stx_mask & STATX_MNT_ID) == 0 ||
      (now_.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) == 0) {
    return refuse(Reason::kOsUnsupported, "this kernel does not report mounts",
                  "use Linux 5.8 or newer");
  }
  if (run_.options().resolver == Resolver::kWalk) return {};
  constexpr std::uint64_t kBeneathAndNoMagicLinks = 0x08 | 0x02;
  const OwnedFd probe(
      openat2_raw(fd_.number(), ".", {.flags = O_PATH | O_DIRECTORY}, kBeneathAndNoMagicLinks));
  if (probe.is_open()) return {};
  return refuse(Reason::kOsUnsupported,
                "openat2 does not work here (an old kernel, or a container that filters it)",
                "allow openat2, or use Linux 5.8 or newer");
}

Status RootCheck::check_file_system() {
  mounts_ = read_mount_table();
  const auto type = mount_type_in(mounts_, mount_id());
  if (!type) {
    if (mounts_.empty()) {
      return refuse(Reason::kRootType, "/proc/self/mountinfo cannot be read", "mount /proc");
    }
    return refuse(Reason::kRootType,
                  "its mount is not in /proc/self/mountinfo, as in a chroot whose directory is no "
                  "mount point",
                  "bind-mount that directory on itself before chroot");
  }
  report_.file_system = *type;
  struct statx top{};
  if (::statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS | STATX_MNT_ID, &top) == 0 &&
      key_of(top) == key() && top.stx_mnt_id == mount_id()) {
    return refuse(Reason::kRootType, "it is the root of the system", "grant a directory below it");
  }
  if (is_one_of(*type, kLocal)) return {};
  if (is_network(*type)) {
    if (options_.network_fs) return {};
    return refuse(Reason::kRootType, "file system " + *type + " cannot be interrupted",
                  "network-fs = true in its grant accepts that, or the option network-fs of --dir");
  }
  return refuse(Reason::kRootType, "file system " + *type + " is not one for files of people",
                "choose another place");
}

Status RootCheck::check_owner() {
  struct stat parent{};
  if (::fstatat(fd_.number(), "..", &parent, 0) == 0 && (parent.st_mode & S_IWOTH) != 0 &&
      (parent.st_mode & S_ISVTX) == 0) {
    return refuse(Reason::kRootOwner,
                  "everybody may replace it: its parent is world-writable without the sticky bit",
                  "chmod +t the parent");
  }
  const uid_t user = ::geteuid();
  if (user == 0 && now_.stx_uid != 0) {
    const mode_t enter = now_.stx_gid == ::getegid() ? S_IRGRP | S_IXGRP : S_IROTH | S_IXOTH;
    report_.by_privilege = (now_.stx_mode & enter) != enter;
  }
  if (user == 0 || now_.stx_uid == user || now_.stx_uid == 0) return {};
  report_.other_owner = true;
  if (options_.access == cap::Access::kRead) return {};
  return refuse(Reason::kRootOwner, "it belongs to another user",
                "grant read access only, or run as its owner");
}

Status RootCheck::check_folding() {
  report_.folds_names = is_one_of(report_.file_system, kFolding);
  const OwnedFd readable(::openat(fd_.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  int flags = 0;
  if (readable.is_open() && ::ioctl(readable.number(), FS_IOC_GETFLAGS, &flags) == 0 &&
      (flags & FS_CASEFOLD_FL) != 0) {
    report_.folds_names = true;
  }
  if (!report_.folds_names || options_.access != cap::Access::kOverlay) return {};
  return refuse(Reason::kRootFold,
                "its file system takes different names for the same file, which a workspace cannot "
                "follow",
                "use a directory without case folding");
}

// Empty where /proc is not.
std::string path_of(BorrowedFd fd) {
  std::array<char, PATH_MAX> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd.number());
  const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
  return size < 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(size));
}

// Whether `inner` lies beneath (or is) the given root; without a mount, beneath that directory by
// whatever mount.
bool is_beneath(BorrowedFd inner, const InodeKey& key, std::optional<std::uint64_t> mount_id) {
  OwnedFd at(::openat(inner.number(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  InodeKey last{};
  while (at.is_open()) {
    struct statx now{};
    if (::statx(at.number(), "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &now) != 0) break;
    if (key_of(now) == key && (!mount_id || now.stx_mnt_id == *mount_id)) return true;
    if (key_of(now) == last) break;  // ".." of the top is the top
    last = key_of(now);
    at = OwnedFd(::openat(at.number(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  return false;
}

bool RootCheck::shows(BorrowedFd place, const InodeKey& place_key,
                      std::uint64_t place_mount) const {
  if (is_beneath(fd_.borrow(), place_key, std::nullopt) || is_beneath(place, key(), std::nullopt)) {
    return true;
  }
  // A mount of a part of a tree has no ancestors in common with the rest of it.
  const std::string here = path_of(fd_.borrow());
  const auto mine = place_in(mounts_, mount_id(), here);
  const auto other = place_in(mounts_, place_mount, path_of(place));
  if (!mine || !other) return false;
  if (mine->lies_in(*other) || other->lies_in(*mine)) return true;
  if (!options_.cross_mounts) return false;
  const std::vector<FileSystemPlace> inner = mounts_beneath(mounts_, here);
  return std::any_of(inner.begin(), inner.end(), [&](const FileSystemPlace& each) {
    return each.lies_in(*other) || other->lies_in(each);
  });
}

Status RootCheck::check_protected() {
  for (const OwnedFd& place : run_.protected_places()) {
    struct statx now{};
    if (::statx(place.number(), "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &now) != 0) {
      return error_from_errno(errno, "open root");
    }
    if (shows(place.borrow(), key_of(now), now.stx_mnt_id)) {
      const std::string name = path_of(place.borrow());
      return refuse(Reason::kRootOverlap,
                    "it contains, or lies in, " + (name.empty() ? "the place" : name) +
                        ", where Warrant keeps its own cache, state or configuration",
                    "grant the directory beneath it that the tool needs, or move that place by "
                    "XDG_CACHE_HOME, XDG_STATE_HOME and XDG_CONFIG_HOME");
    }
  }
  return {};
}

Status RootCheck::check_overlap() {
  for (const RunFiles::Root& other : run_.roots()) {
    if (other.access == options_.access) continue;
    if (is_beneath(fd_.borrow(), other.key, other.mount_id) || key() == other.key ||
        is_beneath(other.fd.borrow(), key(), mount_id())) {
      const std::string name = path_of(other.fd.borrow());
      return refuse(Reason::kRootOverlap,
                    "it overlaps " + (name.empty() ? "another directory" : name) +
                        ", which is granted with a different access",
                    "give both the same access, or grant two that lie beside each other");
    }
  }
  return {};
}

struct OpenRoot {
  InodeKey key;
  std::uint64_t mount_id;
  OwnedFd fd;
};

Result<std::unique_ptr<cap::Directory>> make_root(OpenRoot root,
                                                  const cap::DirectoryOptions& options,
                                                  cap::GrantIndex index,
                                                  std::shared_ptr<RunFiles> run,
                                                  std::shared_ptr<cap::Accounting> accounting) {
  OwnedFd kept(::fcntl(root.fd.number(), F_DUPFD_CLOEXEC, 3));
  if (!kept.is_open()) return error_from_errno(errno, "open root");
  run->roots().push_back({root.key, root.mount_id, options.access, std::move(kept)});
  static_cast<void>(run->device_number(root.key.device));
  auto grant = std::make_shared<Grant>();
  grant->options = options;
  grant->index = index;
  grant->mount_id = root.mount_id;
  grant->root = root.key;
  grant->run = std::move(run);
  grant->accounting = accounting != nullptr ? std::move(accounting)
                                            : std::make_shared<cap::Accounting>(options.quota);
  return std::unique_ptr<cap::Directory>(
      new Directory(std::move(grant), std::move(root.fd), Directory::Place::kRoot));
}

}  // namespace

Result<std::unique_ptr<cap::Directory>> open_root(Ambient, const std::string& host_path,
                                                  const cap::DirectoryOptions& options,
                                                  cap::GrantIndex index,
                                                  std::shared_ptr<RunFiles> run,
                                                  std::shared_ptr<cap::Accounting> accounting,
                                                  RootReport& report) {
  RootCheck check(host_path, options, *run, report);
  WARRANT_CHECKED(check.open());
  WARRANT_CHECKED(check.check_kernel());
  WARRANT_CHECKED(check.check_file_system());
  WARRANT_CHECKED(check.check_owner());
  WARRANT_CHECKED(check.check_folding());
  WARRANT_CHECKED(check.check_protected());
  WARRANT_CHECKED(check.check_overlap());
  return make_root({check.key(), check.mount_id(), std::move(check.fd())}, options, index,
                   std::move(run), std::move(accounting));
}

Result<std::unique_ptr<cap::Directory>> adopt_root(Ambient, OwnedFd fd,
                                                   const cap::DirectoryOptions& options,
                                                   cap::GrantIndex index,
                                                   std::shared_ptr<RunFiles> run) {
  struct statx now{};
  if (::statx(fd.number(), "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &now) != 0) {
    return error_from_errno(errno, "adopt root");
  }
  if (!S_ISDIR(now.stx_mode)) return Error{Errc::kNotDir, 0, "adopt root"};
  return make_root({key_of(now), now.stx_mnt_id, std::move(fd)}, options, index, std::move(run),
                   nullptr);
}

Status protect_directory(Ambient, const std::string& host_path, RunFiles& run) {
  OwnedFd fd(::open(host_path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open() && errno == ENOENT) return {};
  if (!fd.is_open()) return error_from_errno(errno, "protect");
  run.protected_places().push_back(std::move(fd));
  return {};
}

}  // namespace warrant::os
