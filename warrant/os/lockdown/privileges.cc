// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/lockdown/privileges.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "warrant/os/errno.h"
#include "warrant/os/timespec.h"

namespace warrant::os::lockdown {
namespace {

constexpr int kSetMdwe = 65;
constexpr unsigned long kRefuseExecGain = 1;
constexpr unsigned kMostCapabilities = 64;
constexpr rlim_t kSpareCpuSeconds = 2;  // for what is written after the deadline

struct Capabilities {
  std::uint64_t effective = 0;
  std::uint64_t permitted = 0;
  std::uint64_t inheritable = 0;
};

Status get_capabilities(Capabilities& held) noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return error_from_errno(errno, "capget");
  const auto join = [](std::uint32_t low, std::uint32_t high) {
    return std::uint64_t{low} | std::uint64_t{high} << 32U;
  };
  held = {join(data[0].effective, data[1].effective), join(data[0].permitted, data[1].permitted),
          join(data[0].inheritable, data[1].inheritable)};
  return {};
}

// Mostly asked and set in one call. What that raised, or may not raise, is set again: no hard limit
// ends above what it was.
Status bound(__rlimit_resource resource, rlim_t value, rlim_t* given = nullptr) noexcept {
  rlimit limit{value, value};
  rlimit before{};
  const bool set = ::prlimit(0, resource, &limit, &before) == 0;
  if (!set && ::getrlimit(resource, &before) != 0) return error_from_errno(errno, "getrlimit");
  if (!set || before.rlim_max < value) {
    limit.rlim_cur = limit.rlim_max = std::min(value, before.rlim_max);
    if (::setrlimit(resource, &limit) != 0) return error_from_errno(errno, "setrlimit");
  }
  if (given != nullptr) *given = limit.rlim_cur;
  return {};
}

rlim_t cpu_seconds(Nanoseconds budget) noexcept {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const std::uint64_t used = count(now_of(CLOCK_PROCESS_CPUTIME_ID));
  return (saturating_add(Nanoseconds{used}, budget) == kForever
              ? RLIM_INFINITY
              : count(saturating_add(Nanoseconds{used}, budget)) / kSecond + 1 + kSpareCpuSeconds);
}

}  // namespace

Status drop_capabilities() noexcept {
  Capabilities held;
  WARRANT_CHECKED(get_capabilities(held));
  if ((held.permitted & (1ULL << CAP_SETPCAP)) != 0) {
    // The bounding set ends where the kernel's numbers end.
    for (unsigned long each = 0; each < kMostCapabilities; ++each) {
      if (::prctl(PR_CAPBSET_DROP, each, 0, 0, 0) != 0) {
        if (errno == EINVAL) break;
        return error_from_errno(errno, "PR_CAPBSET_DROP");
      }
    }
    constexpr unsigned long kLocked = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
                                      SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                                      SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                                      SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
    if (::prctl(PR_SET_SECUREBITS, kLocked, 0, 0, 0) != 0) {
      return error_from_errno(errno, "PR_SET_SECUREBITS");
    }
  }
  if ((held.effective | held.permitted | held.inheritable) == 0) return {};
  (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);  // empty where unknown
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  if (::syscall(SYS_capset, &header, none) != 0) return error_from_errno(errno, "capset");
  return {};
}

std::uint64_t effective_capabilities() noexcept {
  Capabilities held;
  return get_capabilities(held) ? held.effective : UINT64_MAX;
}

Status forbid_new_privileges() noexcept {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return error_from_errno(errno, "PR_SET_NO_NEW_PRIVS");
  }
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return error_from_errno(errno, "PR_SET_DUMPABLE");
  return {};
}

Status refuse_new_code() noexcept {
  if (::prctl(kSetMdwe, kRefuseExecGain, 0, 0, 0) != 0) {
    return error_from_errno(errno, "PR_SET_MDWE");
  }
  return {};
}

void wipe_environment() noexcept {
  if (environ == nullptr) return;
  for (char** each = environ; *each != nullptr; ++each) std::memset(*each, 0, std::strlen(*each));
  *environ = nullptr;
}

Status close_inherited() noexcept {
  if (::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0) != 0) {
    return error_from_errno(errno, "close_range");
  }
  return {};
}

Status bound_resources(const ResourceBounds& bounds, std::uint64_t& open_files) noexcept {
  WARRANT_CHECKED(bound(RLIMIT_CORE, 0));
  rlim_t given = 0;
  WARRANT_CHECKED(bound(RLIMIT_NOFILE, bounds.open_files, &given));
  open_files = given;
  if (bounds.cpu != kForever) WARRANT_CHECKED(bound(RLIMIT_CPU, cpu_seconds(bounds.cpu)));
#if !defined(__SANITIZE_ADDRESS__)  // whose shadow of the whole address space counts as data
  if (bounds.data != 0) WARRANT_CHECKED(bound(RLIMIT_DATA, bounds.data));
#endif
  WARRANT_CHECKED(bound(RLIMIT_MEMLOCK, 0));
  WARRANT_CHECKED(bound(RLIMIT_MSGQUEUE, 0));
  if (bounds.stack != 0) WARRANT_CHECKED(bound(RLIMIT_STACK, bounds.stack));
  if (bounds.file_bytes) WARRANT_CHECKED(bound(RLIMIT_FSIZE, *bounds.file_bytes));
  return {};
}

}  // namespace warrant::os::lockdown
