// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/resolve.h"

#include <linux/openat2.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "warrant/cap/guest_path.h"
#include "warrant/cap/reason.h"
#include "warrant/os/check_twice.h"
#include "warrant/os/errno.h"

namespace warrant::os {
namespace {

constexpr int kRetries = 128;
constexpr int kRetriesBeforeYield = 16;

std::uint64_t resolve_flags(const Grant& grant, Links links) noexcept {
  std::uint64_t flags = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  if (!grant.options.cross_mounts) flags |= RESOLVE_NO_XDEV;
  if (links == Links::kRefuse) flags |= RESOLVE_NO_SYMLINKS;
  return flags;
}

Links links_of(const Grant& grant) noexcept {
  return grant.options.symlinks == cap::FollowLinks::kNone ? Links::kRefuse : Links::kFollow;
}

Result<OwnedFd> choose(const Grant& grant, BorrowedFd base, std::string_view path,
                       const OpenHow& how, Links links) {
  if (grant.run->options().resolver == Resolver::kWalk) {
    return resolve_walk(grant, base, path, how, links);
  }
  auto opened = resolve_openat2(grant, base, path, how, links);
  if constexpr (kCheckTwice) check_against_walk(grant, base, path, how, links, opened);
  return opened;
}

}  // namespace

int openat2_raw(int base, const char* path, const OpenHow& how, std::uint64_t resolve) noexcept {
  open_how kernel{};
  constexpr int kWithPath = O_PATH | O_DIRECTORY | O_NOFOLLOW;
  const int added = (how.flags & O_PATH) != 0 ? O_CLOEXEC : O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  const int asked = (how.flags & O_PATH) != 0 ? how.flags & kWithPath : how.flags;
  kernel.flags = static_cast<unsigned>(asked | added);
  kernel.mode = (how.flags & O_CREAT) != 0 ? how.mode : 0U;
  kernel.resolve = resolve;
  return static_cast<int>(::syscall(SYS_openat2, base, path, &kernel, sizeof kernel));
}

Result<OwnedFd> resolve_openat2(const Grant& grant, BorrowedFd base, std::string_view path,
                                const OpenHow& how, Links links) {
  WARRANT_CHECK(!path.empty() && path.size() <= cap::kMaxPathBytes);
  char text[cap::kMaxPathBytes + 1] __attribute__((uninitialized));
  std::memcpy(text, path.data(), path.size());
  text[path.size()] = '\0';
  const std::uint64_t flags = resolve_flags(grant, links);
  for (int again = 0;;) {
    const int fd = openat2_raw(base.number(), text, how, flags);
    if (fd >= 0) return OwnedFd(fd);
    const int error = errno;
    if (error == EINTR) {
      WARRANT_CHECKED(grant.run->check());
      continue;
    }
    if (error == EXDEV) return cap::denied(cap::Reason::kEscape, "resolve");
    WARRANT_CHECK(error != ENOSYS && error != E2BIG);
    if (error != EAGAIN) return error_from_errno(error, "resolve");
    if (again++ == kRetries) {
      return cap::error_of(Errc::kAgain, cap::Reason::kResolveStarved, "resolve");
    }
    WARRANT_CHECKED(grant.run->check());
    if (again > kRetriesBeforeYield) ::sched_yield();
  }
}

Result<OwnedFd> resolve(const Grant& grant, BorrowedFd base, std::string_view path,
                        const OpenHow& how) {
  return choose(grant, base, path, how, links_of(grant));
}

Result<OwnedFd> resolve_without_links(const Grant& grant, BorrowedFd base, std::string_view path,
                                      const OpenHow& how) {
  return choose(grant, base, path, how, Links::kRefuse);
}

}  // namespace warrant::os
