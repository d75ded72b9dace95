// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/run_files.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include "warrant/cap/reason.h"
#include "warrant/os/timespec.h"

namespace warrant::os {

std::uint64_t RunFiles::device_number(dev_t device) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    if (devices_[i] == device) return i + 1;
  }
  devices_.push_back(device);
  return devices_.size();
}

bool RunFiles::is_root(const InodeKey& key) const noexcept {
  for (const Root& root : roots_) {
    if (root.key == key) return true;
  }
  return false;
}

RunFiles::Place RunFiles::place_of(const std::string& path) const {
  const std::size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  OwnedFd at(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct stat info{};
  // Up to the root, which is its own parent.
  InodeKey before{};
  for (bool first = true;; first = false) {
    if (!at.is_open() || ::fstat(at.number(), &info) != 0) return Place::kUnseen;
    const InodeKey key = key_of(info);
    for (const Root& root : roots_) {
      if (root.access == cap::Access::kWrite && root.key == key) return Place::kWritable;
    }
    if (!first && key == before) return Place::kElsewhere;
    before = key;
    at = OwnedFd(::openat(at.number(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
}

cap::FileType type_of(mode_t mode) noexcept {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return cap::FileType::kRegularFile;
    case S_IFDIR:
      return cap::FileType::kDirectory;
    case S_IFLNK:
      return cap::FileType::kSymbolicLink;
    case S_IFBLK:
      return cap::FileType::kBlockDevice;
    case S_IFCHR:
      return cap::FileType::kCharacterDevice;
    case S_IFSOCK:
      return cap::FileType::kSocketStream;
    default:
      return cap::FileType::kUnknown;
  }
}

cap::FileStat stat_of(const struct stat& host, RunFiles& run) {
  const auto time = [](const timespec& at) {
    return from_parts(at.tv_sec, static_cast<std::uint32_t>(at.tv_nsec));
  };
  return {.device = run.device_number(host.st_dev),
          .inode = host.st_ino,
          .type = type_of(host.st_mode),
          .links = host.st_nlink,
          .size = static_cast<std::uint64_t>(host.st_size),
          .accessed = time(host.st_atim),
          .modified = time(host.st_mtim),
          .changed = time(host.st_ctim)};
}

InodeKey key_of(const struct statx& host) noexcept {
  return {makedev(host.stx_dev_major, host.stx_dev_minor), host.stx_ino};
}

cap::FileStat stat_of(const struct statx& host, RunFiles& run) {
  const auto time = [](const statx_timestamp& at) { return from_parts(at.tv_sec, at.tv_nsec); };
  return {.device = run.device_number(key_of(host).device),
          .inode = host.stx_ino,
          .type = type_of(host.stx_mode),
          .links = host.stx_nlink,
          .size = host.stx_size,
          .accessed = time(host.stx_atime),
          .modified = time(host.stx_mtime),
          .changed = time(host.stx_ctime)};
}

void to_timespecs(const cap::SetTimes& times, timespec (&to)[2]) noexcept {
  const auto lower = [](const cap::SetTime& time) {
    switch (time.kind) {
      case cap::SetTime::Kind::kKeep:
        return timespec{0, UTIME_OMIT};
      case cap::SetTime::Kind::kNow:
        return timespec{0, UTIME_NOW};
      case cap::SetTime::Kind::kValue:
        return to_timespec(time.value);
    }
    stop_on_bug();
  };
  to[0] = lower(times.accessed);
  to[1] = lower(times.modified);
}

Status check_hard_links(const Grant& grant, const InodeKey& key, mode_t mode, std::uint64_t names) {
  if (!S_ISREG(mode) || names <= 1 || grant.options.hardlinks == cap::Hardlinks::kAllow) return {};
  if (grant.options.hardlinks == cap::Hardlinks::kOwn &&
      grant.run->inodes().are_links_own(key, names)) {
    return {};
  }
  return cap::denied(cap::Reason::kHardLink, "hard link");
}

}  // namespace warrant::os
