// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a handle and a guest's path to an open descriptor beneath the handle, or a refusal.
//
// One choke point with two resolvers that agree: openat2 in one call, and a walk of one openat a
// component, the oracle and the resolver of kernels without openat2. Which one is fixed for the
// run. Neither ever falls through to the other. Errors: kNotCapable with Reason::kEscape, kAgain
// with kResolveStarved, or the host's. Spec: filesystem.md sections 3, 4 and 10.
#include <fcntl.h>

#include <cstdint>
#include <string_view>

#include "warrant/base/result.h"
#include "warrant/os/fd.h"
#include "warrant/os/run_files.h"

namespace warrant::os {

struct OpenHow {
  int flags = 0;    // O_CLOEXEC, O_NOCTTY and O_NONBLOCK are added
  mode_t mode = 0;  // with O_CREAT
};

// `path` is what a GuestPath holds, or a piece of it, at most kMaxPathBytes; "" is not a path.
Result<OwnedFd> resolve(const Grant& grant, BorrowedFd base, std::string_view path,
                        const OpenHow& how);
// The same without following any link at all: kLoop where there is one in the way.
Result<OwnedFd> resolve_without_links(const Grant& grant, BorrowedFd base, std::string_view path,
                                      const OpenHow& how);

enum class Links : std::uint8_t { kFollow, kRefuse };

// The resolvers themselves, for the above and for tests.
Result<OwnedFd> resolve_openat2(const Grant& grant, BorrowedFd base, std::string_view path,
                                const OpenHow& how, Links links);
Result<OwnedFd> resolve_walk(const Grant& grant, BorrowedFd base, std::string_view path,
                             const OpenHow& how, Links links);

// openat2(2) as it is; errno in the usual place.
int openat2_raw(int base, const char* path, const OpenHow& how, std::uint64_t resolve) noexcept;

}  // namespace warrant::os
