// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/lockdown/self_test.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "warrant/os/lockdown/filter_table.h"
#include "warrant/os/lockdown/privileges.h"

namespace warrant::os::lockdown {
namespace {

constexpr const char* kForbiddenFile = "/etc/passwd";

bool fails_with(long answer, int error) noexcept { return answer == -1 && errno == error; }
bool fails_with(long answer, int error, int other) noexcept {
  return answer == -1 && (errno == error || errno == other);
}

long open_beneath(int base, const char* path, int flags, std::uint64_t resolve) noexcept {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  how.resolve = resolve;
  return ::syscall(SYS_openat2, base, path, &how, sizeof how);
}

class SelfTest {
 public:
  SelfTest(const Plan& plan, const cap::Hardening& in_force) noexcept
      : plan_(plan), in_force_(in_force) {}

  using Attempt = bool (SelfTest::*)() noexcept;
  bool openat_is_refused() noexcept;
  bool paths_are_refused() noexcept;
  bool roots_hold() noexcept;
  bool sockets_are_refused() noexcept;
  bool processes_are_refused() noexcept;
  bool code_is_refused() noexcept;
  bool descriptors_are_ours() noexcept;
  bool flags_stand() noexcept;

 private:
  bool is_root(const char* path) const noexcept;

  const Plan& plan_;
  const cap::Hardening& in_force_;
};

bool SelfTest::openat_is_refused() noexcept {
  const long opened = ::syscall(SYS_openat, AT_FDCWD, kForbiddenFile, O_RDONLY | O_CLOEXEC);
  if (!plan_.use.network) return fails_with(opened, EPERM);
  // There Landlock alone stands between this call and the paths.
  return in_force_.landlock_abi == 0 || is_root("/") || is_root("/etc") ||
         fails_with(opened, EACCES, ENOENT);
}

bool SelfTest::is_root(const char* path) const noexcept {
  struct statx found{};
  if (::statx(AT_FDCWD, path, 0, STATX_INO, &found) != 0) return false;
  const InodeKey key{makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino};
  return std::any_of(plan_.roots.begin(), plan_.roots.end(),
                     [&](const RunFiles::Root& root) { return root.key == key; });
}

// A file that no grant holds, by the call that the filter cannot look into.
bool SelfTest::paths_are_refused() noexcept {
  if (in_force_.landlock_abi == 0) return true;
  const long opened = open_beneath(AT_FDCWD, kForbiddenFile, O_RDONLY, 0);
  if (fails_with(opened, ENOENT, EACCES)) return true;
  if (opened >= 0) ::close(static_cast<int>(opened));
  if (!is_root("/") && !is_root("/etc")) return false;
  // It is granted: then the root of all paths is not, or everything is.
  const long root = open_beneath(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY, 0);
  if (root >= 0) ::close(static_cast<int>(root));
  return is_root("/") || fails_with(root, EACCES);
}

// Each leads to itself, and not above itself.
bool SelfTest::roots_hold() noexcept {
  for (const RunFiles::Root& root : plan_.roots) {
    const int base = root.fd.number();
    constexpr std::uint64_t kBeneath = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    if (!fails_with(open_beneath(base, "../x", O_RDONLY, kBeneath), EXDEV)) return false;
    const long opened = open_beneath(base, ".", O_RDONLY | O_DIRECTORY, kBeneath);
    if (opened >= 0) {
      ::close(static_cast<int>(opened));
      continue;
    }
    if (errno != EACCES) return false;
    // One that its own mode closes was closed before.
    struct stat now{};
    if (::fstat(base, &now) != 0 || (now.st_mode & S_IROTH) != 0) return false;
  }
  return true;
}

bool SelfTest::sockets_are_refused() noexcept {
  if (!fails_with(::syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0), EPERM)) return false;
  return plan_.use.network || fails_with(::syscall(SYS_socket, AF_INET, SOCK_STREAM, 0), EPERM);
}

bool SelfTest::processes_are_refused() noexcept {
  char* const none[] = {nullptr};
  if (!fails_with(::syscall(SYS_execve, "/proc/self/exe", none, none), EPERM)) return false;
  const long child = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0);
  if (child == 0) ::_exit(1);
  if (!fails_with(child, EPERM)) return false;
#if defined(SYS_fork)
  const long forked = ::syscall(SYS_fork);
  if (forked == 0) ::_exit(1);
  if (!fails_with(forked, EPERM)) return false;
#endif
  return fails_with(::syscall(SYS_ptrace, PTRACE_TRACEME, 0, nullptr, nullptr), EPERM) &&
         fails_with(::syscall(SYS_unshare, CLONE_FS), EPERM) &&
         fails_with(::syscall(kIoUringSetup, 1, nullptr), EPERM);
}

bool SelfTest::code_is_refused() noexcept {
  const long page = ::sysconf(_SC_PAGESIZE);
  void* const mapped = ::mmap(nullptr, static_cast<std::size_t>(page), PROT_READ | PROT_EXEC,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped != MAP_FAILED || (errno != EPERM && errno != EACCES)) return false;
  void* const plain = ::mmap(nullptr, static_cast<std::size_t>(page), PROT_READ,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (plain == MAP_FAILED) return false;
  const int changed = ::mprotect(plain, static_cast<std::size_t>(page), PROT_READ | PROT_EXEC);
  const bool refused = fails_with(changed, EPERM, EACCES);
  ::munmap(plain, static_cast<std::size_t>(page));
  return refused;
}

// What was inherited would live on behind an execve; what is ours would not. One poll tells of a
// whole block which are closed, but calls the handles of paths closed too: those have low numbers.
bool SelfTest::descriptors_are_ours() noexcept {
  constexpr int kAskedAnyway = 32;
  const int limit = static_cast<int>(std::min<std::uint64_t>(in_force_.limits->nofile, INT32_MAX));
  std::array<pollfd, 512> block __attribute__((uninitialized));
  for (int first = STDERR_FILENO + 1; first < limit;) {
    const auto asked =
        std::span(block).first(std::min(block.size(), static_cast<std::size_t>(limit - first)));
    for (pollfd& each : asked) each = {first++, 0, 0};
    if (::poll(asked.data(), asked.size(), 0) < 0) return false;
    for (const pollfd& each : asked) {
      const bool closed = (each.revents & POLLNVAL) != 0;
      if (closed && each.fd >= kAskedAnyway) continue;
      const int flags = ::fcntl(each.fd, F_GETFD);
      if (flags < 0 ? !closed : (flags & FD_CLOEXEC) == 0) return false;
    }
  }
  return true;
}

bool SelfTest::flags_stand() noexcept {
  if (plan_.role == Role::kExecutor) {
    int on_death = 0;
    if (::prctl(PR_GET_PDEATHSIG, &on_death, 0, 0, 0) != 0 || on_death != SIGKILL) return false;
    // The first process of its own namespace, whose parent is outside.
    if (plan_.spaces == Spaces::kOwn && ::getpid() != 1) return false;
  }
  return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
         ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && effective_capabilities() == 0;
}

}  // namespace

std::optional<std::string_view> self_test(const Plan& plan,
                                          const cap::Hardening& in_force) noexcept {
  struct Named {
    std::string_view name;
    SelfTest::Attempt attempt;
  };
  constexpr std::array<Named, 8> kAttempts = {
      {{"self-test: openat", &SelfTest::openat_is_refused},
       {"self-test: a path outside", &SelfTest::paths_are_refused},
       {"self-test: a granted directory", &SelfTest::roots_hold},
       {"self-test: socket", &SelfTest::sockets_are_refused},
       {"self-test: a process", &SelfTest::processes_are_refused},
       {"self-test: executable memory", &SelfTest::code_is_refused},
       {"self-test: descriptors", &SelfTest::descriptors_are_ours},
       {"self-test: privileges", &SelfTest::flags_stand}}};
  SelfTest test(plan, in_force);
  for (const Named& each : kAttempts) {
    if (!(test.*each.attempt)()) return each.name;
  }
  return std::nullopt;
}

}  // namespace warrant::os::lockdown
