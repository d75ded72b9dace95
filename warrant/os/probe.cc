// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/probe.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "warrant/os/control_group.h"
#include "warrant/os/fd.h"
#include "warrant/os/lockdown/lockdown.h"

namespace warrant::os {
namespace {

using State = Probe::State;

// Numbers of the kernel's interface, which older headers lack.
constexpr long kLandlockCreateRuleset = 444;
constexpr unsigned kLandlockVersion = 1;
constexpr long kWantedLandlock = 3;
constexpr std::uint64_t kMiB = 1ULL << 20;

Probe kernel() {
  utsname name{};
  if (uname(&name) != 0) return {"kernel", State::kUnknown, "cannot be told", ""};
  return {"kernel", State::kGood, std::string(name.sysname) + " " + name.release, ""};
}

Probe openat2_works() {
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const OwnedFd fd(static_cast<int>(syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof how)));
  if (fd.is_open()) return {"openat2", State::kGood, "paths are resolved beneath a handle", ""};
  return {"openat2", State::kGap, std::strerror(errno),
          "no directory can be granted here: use Linux 5.6 or newer, and a container profile that "
          "admits openat2"};
}

Probe mount_roots() {
  struct statx found{};
  if (statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, &found) == 0 &&
      (found.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0) {
    return {"mount roots", State::kGood, "a mount below a granted directory is seen", ""};
  }
  return {"mount roots", State::kGap, "statx does not report them",
          "no directory can be granted here: use Linux 5.8 or newer"};
}

Probe landlock() {
  const long abi = syscall(kLandlockCreateRuleset, nullptr, 0, kLandlockVersion);
  if (abi >= kWantedLandlock) return {"landlock", State::kGood, "ABI " + std::to_string(abi), ""};
  return {"landlock", State::kGap,
          abi > 0 ? "ABI " + std::to_string(abi) + ", too old" : std::strerror(errno),
          "the second line for paths is missing: use Linux 6.2 or newer with Landlock in lsm="};
}

Probe seccomp() {
  // Asks whether the filter mode exists by giving it no filter.
  if (prctl(PR_SET_SECCOMP, 2, nullptr, 0, 0) != 0 && errno == EFAULT) {
    return {"seccomp", State::kGood, "filters can be set", ""};
  }
  return {"seccomp", State::kGap, "filters cannot be set",
          "system calls cannot be confined: use a kernel with CONFIG_SECCOMP_FILTER"};
}

// Truth by trying: the whole lock-down, in a child that is thrown away.
Probe profile_basic(Ambient ambient) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return {"profile basic", State::kUnknown, "", ""};
  const OwnedFd from(ends[0]);
  OwnedFd to(ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    // The lowest number, as a lock-down closes what is far behind others.
    constexpr int kKept = 3;
    if (to.number() != kKept && ::dup3(to.number(), kKept, O_CLOEXEC) != kKept) _exit(1);
    (void)syscall(SYS_close_range, kKept + 1, ~0U, 0);
    lockdown::Plan plan;
    plan.bounds.open_files = 64;
    const lockdown::Outcome outcome = lockdown::lock_down(ambient, plan);
    const std::string_view words = outcome.failed;
    [[maybe_unused]] const ssize_t done = write(kKept, words.data(), words.size());
    _exit(outcome.failed.empty() ? 0 : 1);
  }
  to.reset();
  int status = 1;
  if (child < 0 || waitpid(child, &status, 0) != child) {
    return {"profile basic", State::kUnknown, "cannot be tried", ""};
  }
  if (status == 0) return {"profile basic", State::kGood, "every required layer holds", ""};
  std::string failed(128, '\0');
  const ssize_t got = read(from.number(), failed.data(), failed.size());
  failed.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return {"profile basic", State::kGap, failed.empty() ? "ends its process" : failed,
          "runs are refused (hardening_failed): this layer is missing or forbidden by what "
          "surrounds this process; --hardening=off runs without protection"};
}

Probe new_code() {
  // A child tries it: it cannot be taken back.
  const pid_t child = fork();
  if (child == 0) _exit(lockdown::refuse_new_code() ? 0 : 1);
  int status = 1;
  if (child > 0 && waitpid(child, &status, 0) == child && status == 0) {
    return {"mdwe", State::kGood, "memory can be kept from becoming code", ""};
  }
  return {"mdwe", State::kGap, "PR_SET_MDWE is not known here",
          "seccomp alone refuses executable memory: use Linux 6.3 or newer"};
}

Probe tracer() {
  std::FILE* const file = std::fopen("/proc/self/status", "re");
  if (file == nullptr) {
    return {"tracer", State::kUnknown, "/proc is not there", ""};
  }
  char line[256];
  long pid = 0;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::strncmp(line, "TracerPid:", 10) == 0) pid = std::strtol(line + 10, nullptr, 10);
  }
  (void)std::fclose(file);
  if (pid == 0) return {"tracer", State::kGood, "none", ""};
  return {"tracer", State::kGap, "process " + std::to_string(pid) + " traces this one",
          "it sees and changes everything here, whatever is locked down: start without it"};
}

Probe user_namespaces() {
  const pid_t child = fork();
  if (child == 0) _exit(unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
  int status = 1;
  if (child > 0 && waitpid(child, &status, 0) == child && status == 0) {
    return {"user namespaces", State::kGood, "can be made", ""};
  }
  return {
      "user namespaces", State::kGap, "cannot be made",
      "profile strict goes on without its namespaces and names them: see "
      "kernel.unprivileged_userns_clone, user.max_user_namespaces and what confines this process"};
}

Probe control_groups(Ambient ambient) {
  const GroupPlaces places = group_places(ambient);
  if (places.mount.empty()) {
    return {"cgroup v2", State::kGap, "not mounted at /sys/fs/cgroup",
            "memory of a run has no backstop of the kernel's beyond rlimits"};
  }
  auto group = ControlGroup::make(ambient, places, {.memory = 1'024 * kMiB});
  if (group && group->remove()) {
    return {"cgroup v2", State::kGood, "a run under strict has a group of its own", ""};
  }
  return {"cgroup v2", State::kGap, "no group with the memory controller is delegated",
          "profile strict goes on without and names it: start it in a service with Delegate=memory "
          "and DelegateSubgroup=, or where cgroup.subtree_control already has memory"};
}

Probe stack_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0) return {"stack", State::kUnknown, "", ""};
  if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= 17 * kMiB) {
    return {"stack", State::kGood, "may grow to what a run may ask for", ""};
  }
  return {"stack", State::kGap, "at most " + std::to_string(limit.rlim_max / kMiB) + " MiB",
          "runs with a larger --stack are refused: raise `ulimit -Hs`"};
}

Probe address_space() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return {"address space", State::kGood, "not limited", ""};
  }
  return {"address space", State::kGap, std::to_string(limit.rlim_cur / kMiB) + " MiB",
          "each memory reserves 4 GiB of addresses: lift `ulimit -v`; limit data instead"};
}

Probe privileges() {
  if (geteuid() != getuid() || getegid() != getgid()) {
    return {"privileges", State::kGap, "more than its user's",
            "the store of compiled code is off in a setuid program"};
  }
  if (geteuid() == 0) {
    return {"privileges", State::kGap, "root",
            "run it as a plain user: what broke out of the engine would be root"};
  }
  return {"privileges", State::kGood, "a plain user's", ""};
}

}  // namespace

std::vector<Probe> probe_system(Ambient ambient) {
  return {kernel(),
          openat2_works(),
          mount_roots(),
          landlock(),
          seccomp(),
          new_code(),
          profile_basic(ambient),
          user_namespaces(),
          control_groups(ambient),
          stack_limit(),
          address_space(),
          tracer(),
          privileges()};
}

}  // namespace warrant::os
