// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/lockdown/namespaces.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include "warrant/os/errno.h"
#include "warrant/os/fd.h"

namespace warrant::os::lockdown {
namespace {

constexpr unsigned long kOwnSpaces =
    CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;

bool write_text(const char* path, std::string_view text) noexcept {
  const OwnedFd fd(::open(path, O_WRONLY | O_CLOEXEC));
  return fd.is_open() &&
         ::write(fd.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// "0 ID 1": what is root here is `id` outside, and there is nobody else.
bool write_map(const char* path, unsigned id) noexcept {
  char text[32] = "0 ";
  char* end = std::to_chars(text + 2, text + 20, id).ptr;
  *end++ = ' ';
  *end++ = '1';
  return write_text(path, {text, static_cast<std::size_t>(end - text)});
}

}  // namespace

SpaceNumbers space_numbers() noexcept {
  constexpr std::array<const char*, kSpaces> kLinks = {"/proc/self/ns/user", "/proc/self/ns/mnt",
                                                       "/proc/self/ns/pid",  "/proc/self/ns/net",
                                                       "/proc/self/ns/ipc",  "/proc/self/ns/uts"};
  SpaceNumbers numbers{};
  for (std::size_t i = 0; i < kSpaces; ++i) {
    struct stat now{};
    if (::stat(kLinks[i], &now) == 0) numbers[i] = now.st_ino;
  }
  return numbers;
}

pid_t clone_into(Spaces spaces) noexcept {
  if (spaces == Spaces::kShared) return ::fork();
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  const long child = ::syscall(SYS_clone, kOwnSpaces | SIGCHLD, nullptr, nullptr, nullptr, 0);
  if (child != 0) return static_cast<pid_t>(child);
  if (!write_text("/proc/self/setgroups", "deny") || !write_map("/proc/self/uid_map", user) ||
      !write_map("/proc/self/gid_map", group)) {
    ::_exit(kNoSpaces);
  }
  return 0;
}

Status enter_empty_root() noexcept {
  constexpr unsigned long kBare = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return error_from_errno(errno, "mount");
  }
  // Any directory will do: what is beneath it goes with everything else.
  bool mounted = false;
  for (const char* place : {"/tmp", "/proc", "/usr", "/dev"}) {
    mounted = ::mount("none", place, "tmpfs", kBare, "size=4k,mode=0555") == 0;
    if (mounted && ::chdir(place) != 0) return error_from_errno(errno, "chdir");
    if (mounted) break;
  }
  if (!mounted) return error_from_errno(errno, "mount");
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return error_from_errno(errno, "pivot_root");
  // The old root lies over the new one, and is taken away with all its mounts.
  if (::umount2(".", MNT_DETACH) != 0) return error_from_errno(errno, "umount2");
  if (::chdir("/") != 0) return error_from_errno(errno, "chdir");
  if (::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kBare, nullptr) != 0) {
    return error_from_errno(errno, "remount");
  }
  return {};
}

}  // namespace warrant::os::lockdown
