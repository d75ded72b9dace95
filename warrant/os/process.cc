// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/process.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "warrant/os/errno.h"

namespace warrant::os {

void ignore_broken_pipes(Ambient) noexcept { (void)::signal(SIGPIPE, SIG_IGN); }

Status raise_stack_limit(Ambient, std::uint64_t bytes) noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0) return error_from_errno(errno, "getrlimit");
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= bytes) return {};
  limit.rlim_cur = bytes;
  if (setrlimit(RLIMIT_STACK, &limit) != 0) return error_from_errno(errno, "setrlimit");
  return {};
}

void leave_process(int status) noexcept { _exit(status); }

}  // namespace warrant::os
