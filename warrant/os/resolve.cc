// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/resolve.h"

#include <sched.h>

#include <cerrno>

#include "warrant/cap/reason.h"
#include "warrant/os/check_twice.h"
#include "warrant/os/errno.h"

namespace warrant::os {
namespace {

constexpr int kRetries = 128;
constexpr int kRetriesBeforeYield = 16;

}  // namespace

Result<OwnedFd> resolve_after(int error, const Grant& grant, BorrowedFd base, std::string_view path,
                              const OpenHow& how, Links links) {
  for (int again = 0;;) {
    if (error == EINTR) {
      WARRANT_CHECKED(grant.run->check());
    } else {
      if (error == EXDEV) return cap::denied(cap::Reason::kEscape, "resolve");
      WARRANT_CHECK(error != ENOSYS && error != E2BIG);
      if (error != EAGAIN) return error_from_errno(error, "resolve");
      if (again++ == kRetries) {
        return cap::error_of(Errc::kAgain, cap::Reason::kResolveStarved, "resolve");
      }
      WARRANT_CHECKED(grant.run->check());
      if (again > kRetriesBeforeYield) ::sched_yield();
    }
    const int fd = openat2_once(grant, base, path, how, links);
    if (fd >= 0) return OwnedFd(fd);
    error = -fd;
  }
}

Result<OwnedFd> resolve_openat2(const Grant& grant, BorrowedFd base, std::string_view path,
                                const OpenHow& how, Links links) {
  const int fd = openat2_once(grant, base, path, how, links);
  if (fd >= 0) return OwnedFd(fd);
  return resolve_after(-fd, grant, base, path, how, links);
}

Result<OwnedFd> resolve_by_choice(const Grant& grant, BorrowedFd base, std::string_view path,
                                  const OpenHow& how, Links links) {
  if (grant.run->options().resolver == Resolver::kWalk) {
    return resolve_walk(grant, base, path, how, links);
  }
  auto opened = resolve_openat2(grant, base, path, how, links);
  if constexpr (kCheckTwice) check_against_walk(grant, base, path, how, links, opened);
  return opened;
}

Result<OwnedFd> resolve_without_links(const Grant& grant, BorrowedFd base, std::string_view path,
                                      const OpenHow& how) {
  return resolve_by_choice(grant, base, path, how, Links::kRefuse);
}

}  // namespace warrant::os
