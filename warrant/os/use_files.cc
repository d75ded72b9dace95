// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/use_files.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "warrant/os/errno.h"

namespace warrant::os {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr char kClock[] = "clock";

// Makes what is missing of an absolute path, each directory for the user alone.
void make_directories(const std::string& path) {
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    ::mkdir(path.substr(0, at).c_str(), 0700);
  }
  ::mkdir(path.c_str(), 0700);
}

Result<OwnedFd> open_own(int at, const char* path) {
  OwnedFd fd(::openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return error_from_errno(errno, "state directory");
  struct stat now{};
  if (::fstat(fd.number(), &now) != 0) return error_from_errno(errno, "state directory");
  if (now.st_uid != ::geteuid() || (now.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error{Errc::kNotCapable, 0, "state directory"};
  }
  return fd;
}

std::uint64_t changed_at(int directory, const char* name) {
  struct stat now{};
  if (::fstatat(directory, name, &now, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  return static_cast<std::uint64_t>(now.st_mtim.tv_sec) * kSecond +
         static_cast<std::uint64_t>(now.st_mtim.tv_nsec);
}

}  // namespace

Result<UseFiles> UseFiles::open(Ambient, const std::string& state_directory) {
  make_directories(state_directory);
  WARRANT_TRY(OwnedFd state, open_own(AT_FDCWD, state_directory.c_str()));
  ::mkdirat(state.number(), "uses", 0700);
  WARRANT_TRY(OwnedFd uses, open_own(state.number(), "uses"));
  return UseFiles(std::move(state), std::move(uses));
}

Result<std::uint64_t> UseFiles::count(const std::function<std::string(std::uint64_t)>& name) const {
  const auto is_there = [&](std::uint64_t number) -> Result<bool> {
    struct stat now{};
    if (::fstatat(uses_.number(), name(number).c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0)
      return true;
    if (errno == ENOENT) return false;
    return error_from_errno(errno, "uses");
  };
  std::uint64_t above = 1;  // name(above - 1) may be missing
  for (;;) {
    WARRANT_TRY(const auto there, is_there(above - 1));
    if (!there) break;
    above *= 2;
  }
  std::uint64_t low = above / 2;  // that many are there
  std::uint64_t high = above - 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    WARRANT_TRY(const auto there, is_there(middle));
    if (there) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Status UseFiles::take(const std::string& name) const {
  const OwnedFd file(::openat(uses_.number(), name.c_str(),
                              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400));
  if (!file.is_open()) return error_from_errno(errno, "use");
  // Taken is taken, also after a power failure.
  if (::fsync(file.number()) != 0 || ::fsync(uses_.number()) != 0) {
    return error_from_errno(errno, "use");
  }
  return {};
}

Result<std::uint64_t> UseFiles::latest_seen() const {
  std::uint64_t latest = 0;
  const OwnedFd file(::openat(state_.number(), kClock, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.is_open() && errno != ENOENT) return error_from_errno(errno, "clock");
  if (file.is_open()) {
    std::array<char, 32> text{};
    const ssize_t got = ::read(file.number(), text.data(), text.size());
    if (got < 0) return error_from_errno(errno, "clock");
    const auto read = std::from_chars(text.data(), text.data() + got, latest);
    if (read.ec != std::errc()) return Error{Errc::kInvalid, 0, "clock"};
  }
  // What other runs wrote, they wrote at a time.
  for (const char* name : {"uses", "log", "log/index.jsonl"}) {
    latest = std::max(latest, changed_at(state_.number(), name));
  }
  return latest;
}

Status UseFiles::see(std::uint64_t now) const {
  WARRANT_TRY(const std::uint64_t latest, latest_seen());
  if (now <= latest) return {};
  const std::string mine = std::string(kClock) + "." + std::to_string(::getpid());
  {
    const OwnedFd file(::openat(state_.number(), mine.c_str(),
                                O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    const std::string text = std::to_string(now) + "\n";
    if (!file.is_open() ||
        ::write(file.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      return error_from_errno(errno, "clock");
    }
  }
  if (::renameat(state_.number(), mine.c_str(), state_.number(), kClock) != 0) {
    return error_from_errno(errno, "clock");
  }
  return {};
}

std::uint64_t host_wall_clock(Ambient) noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kSecond + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace warrant::os
