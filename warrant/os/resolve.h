// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a handle and a guest's path to an open descriptor beneath the handle, or a refusal.
//
// One choke point with two resolvers that agree: openat2 in one call, and a walk of one openat a
// component, the oracle and the resolver of kernels without openat2. Which one is fixed for the
// run. Neither ever falls through to the other. Errors: kNotCapable with Reason::kEscape, kAgain
// with kResolveStarved, or the host's. Spec: filesystem.md sections 3, 4 and 10.
#include <fcntl.h>
#include <linux/openat2.h>

#include <cstdint>
#include <cstring>
#include <string_view>

#include "warrant/base/result.h"
#include "warrant/cap/guest_path.h"
#include "warrant/os/fd.h"
#include "warrant/os/kernel_call.h"
#include "warrant/os/run_files.h"

namespace warrant::os {

#if defined(WARRANT_CHECK_TWICE)
inline constexpr bool kCheckTwice = true;
#else
inline constexpr bool kCheckTwice = false;
#endif

struct OpenHow {
  int flags = 0;    // O_CLOEXEC, O_NOCTTY and O_NONBLOCK are added
  mode_t mode = 0;  // with O_CREAT
};

enum class Links : std::uint8_t { kFollow, kRefuse };

// The resolvers themselves, for the above and for tests.
Result<OwnedFd> resolve_openat2(const Grant& grant, BorrowedFd base, std::string_view path,
                                const OpenHow& how, Links links);
Result<OwnedFd> resolve_walk(const Grant& grant, BorrowedFd base, std::string_view path,
                             const OpenHow& how, Links links);

// openat2(2) as it is: a descriptor, or an errno below zero.
inline int openat2_raw(int base, const char* path, const OpenHow& how,
                       std::uint64_t resolve) noexcept {
  open_how kernel{};
  constexpr int kWithPath = O_PATH | O_DIRECTORY | O_NOFOLLOW;
  const int added = (how.flags & O_PATH) != 0 ? O_CLOEXEC : O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  const int asked = (how.flags & O_PATH) != 0 ? how.flags & kWithPath : how.flags;
  kernel.flags = static_cast<unsigned>(asked | added);
  kernel.mode = (how.flags & O_CREAT) != 0 ? how.mode : 0U;
  kernel.resolve = resolve;
  return static_cast<int>(
      kernel_call(SYS_openat2, base, kernel_address(path), kernel_address(&kernel), sizeof kernel));
}

inline std::uint64_t resolve_flags(const Grant& grant, Links links) noexcept {
  std::uint64_t flags = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  if (!grant.options.cross_mounts) flags |= RESOLVE_NO_XDEV;
  if (links == Links::kRefuse) flags |= RESOLVE_NO_SYMLINKS;
  return flags;
}

// One openat2 of a path that is not empty and fits: a descriptor, or an errno below zero.
inline int openat2_once(const Grant& grant, BorrowedFd base, std::string_view path,
                        const OpenHow& how, Links links) noexcept {
  WARRANT_CHECK(!path.empty() && path.size() <= cap::kMaxPathBytes);
  char text[cap::kMaxPathBytes + 1] __attribute__((uninitialized));
  std::memcpy(text, path.data(), path.size());
  text[path.size()] = '\0';
  return openat2_raw(base.number(), text, how, resolve_flags(grant, links));
}

inline Links links_of(const Grant& grant) noexcept {
  return grant.options.symlinks == cap::FollowLinks::kNone ? Links::kRefuse : Links::kFollow;
}

// Whatever comes after a first openat2 that said `error`: retries, and what the error means.
Result<OwnedFd> resolve_after(int error, const Grant& grant, BorrowedFd base, std::string_view path,
                              const OpenHow& how, Links links);
// By the run's resolver, and in check builds by both.
Result<OwnedFd> resolve_by_choice(const Grant& grant, BorrowedFd base, std::string_view path,
                                  const OpenHow& how, Links links);

// `path` is what a GuestPath holds, or a piece of it, at most kMaxPathBytes; "" is not a path. An
// open that succeeds at once happens in the caller's frame.
inline Result<OwnedFd> resolve(const Grant& grant, BorrowedFd base, std::string_view path,
                               const OpenHow& how) {
  const Links links = links_of(grant);
  if (kCheckTwice || grant.run->options().resolver != Resolver::kOpenat2) {
    return resolve_by_choice(grant, base, path, how, links);
  }
  const int fd = openat2_once(grant, base, path, how, links);
  if (fd >= 0) return OwnedFd(fd);
  return resolve_after(-fd, grant, base, path, how, links);
}
// The same without following any link at all: kLoop where there is one in the way.
Result<OwnedFd> resolve_without_links(const Grant& grant, BorrowedFd base, std::string_view path,
                                      const OpenHow& how);

}  // namespace warrant::os
