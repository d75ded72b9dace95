// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/after_exit.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "warrant/os/errno.h"
#include "warrant/os/fd.h"

namespace warrant::os {
namespace {

constexpr int kConsoleDescriptors = 3;

bool drop_descriptors() noexcept {
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere < 0) return false;
  for (int number = 0; number < kConsoleDescriptors; ++number) {
    if (::dup2(nowhere, number) < 0) return false;
  }
  return ::syscall(SYS_close_range, kConsoleDescriptors, ~0U, 0) == 0;
}

// By a handle on the process: its number may be another's by then.
bool await_end(pid_t process) noexcept {
  const OwnedFd handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (::getppid() != process) return true;  // it was gone before
  if (!handle.is_open()) return false;
  pollfd set{handle.number(), POLLIN, 0};
  while (::poll(&set, 1, -1) < 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

}  // namespace

Status do_after_exit(Ambient, void (*work)(void* self), void* self) noexcept {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return error_from_errno(errno, "fork");
  if (child > 0) return {};
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
  (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // it holds what this process held
  if (::setsid() >= 0 && drop_descriptors() && await_end(parent)) work(self);
  ::_exit(0);
}

}  // namespace warrant::os
