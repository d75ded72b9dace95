// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/process.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "warrant/os/console.h"
#include "warrant/os/errno.h"

namespace warrant::os {

Result<ClosedStreams> hold_standard_descriptors(Ambient) noexcept {
  ClosedStreams closed{};
  for (int number = 0; number < 3; ++number) {
    if (fcntl(number, F_GETFD) >= 0 || errno != EBADF) continue;
    closed[static_cast<std::size_t>(number)] = true;
    const int held = ::open("/dev/null", O_RDWR | O_NOCTTY);
    if (held < 0) return error_from_errno(errno, "open");
    // The lowest free number is this one: those below are open.
    if (held != number) return Error{Errc::kIo, 0, "open"};
  }
  return closed;
}

void ignore_broken_pipes(Ambient) noexcept {
  (void)::signal(SIGPIPE, SIG_IGN);
  (void)::signal(SIGXFSZ, SIG_IGN);
}

bool prints_into_file(Ambient) noexcept {
  for (const int number : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat now{};
    if (::fstat(number, &now) == 0 && S_ISREG(now.st_mode)) return true;
  }
  return false;
}

Status raise_stack_limit(Ambient, std::uint64_t bytes) noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0) return error_from_errno(errno, "getrlimit");
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= bytes) return {};
  limit.rlim_cur = bytes;
  if (setrlimit(RLIMIT_STACK, &limit) != 0) return error_from_errno(errno, "setrlimit");
  return {};
}

void leave_process(int status) noexcept { _exit(status); }

void leave_with_words(std::string_view words, int status) noexcept {
  pollfd set{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&set, 1, 0) == 1 && words.size() <= PIPE_BUF) {
    if (is_error_line_open()) {
      [[maybe_unused]] const ssize_t line = ::write(STDERR_FILENO, "\n", 1);
    }
    [[maybe_unused]] const ssize_t done = ::write(STDERR_FILENO, words.data(), words.size());
  }
  _exit(status);
}

}  // namespace warrant::os
