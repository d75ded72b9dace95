// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/compile_guard.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "warrant/os/errno.h"
#include "warrant/os/process.h"

namespace warrant::os {
namespace {

// Signal handlers have no argument of ours.
struct State {
  CompileBounds bounds;
  rlimit data{};
};
State g_state;  // NOLINT: see above

void on_alarm(int) noexcept { leave_with_words(g_state.bounds.too_long, g_state.bounds.status); }
// The compiler stops the process when it gets no memory.
void on_abort(int) noexcept { leave_with_words(g_state.bounds.too_large, g_state.bounds.status); }

}  // namespace

Status CompileGuard::begin(Ambient, CompileBounds bounds) {
  g_state.bounds = std::move(bounds);
  if (getrlimit(RLIMIT_DATA, &g_state.data) != 0) return error_from_errno(errno, "getrlimit");
  rlimit lowered = g_state.data;
#if !defined(__SANITIZE_ADDRESS__)  // whose shadow of the whole address space counts as data
  lowered.rlim_cur = std::min<rlim_t>(lowered.rlim_cur, g_state.bounds.bytes);
#endif
  if (setrlimit(RLIMIT_DATA, &lowered) != 0) return error_from_errno(errno, "setrlimit");
  if (::signal(SIGALRM, on_alarm) == SIG_ERR || ::signal(SIGABRT, on_abort) == SIG_ERR) {
    return error_from_errno(errno, "signal");
  }
  alarm(g_state.bounds.seconds);
  return {};
}

void CompileGuard::end() noexcept {
  alarm(0);
  (void)::signal(SIGALRM, SIG_DFL);
  (void)::signal(SIGABRT, SIG_DFL);
  (void)setrlimit(RLIMIT_DATA, &g_state.data);
}

}  // namespace warrant::os
