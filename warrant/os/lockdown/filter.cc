// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/lockdown/filter.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "warrant/base/check.h"
#include "warrant/os/errno.h"
#include "warrant/os/lockdown/filter_table.h"

namespace warrant::os::lockdown {
namespace {

constexpr std::size_t kMostInstructions = 1'024;
constexpr unsigned kCompilerFilter = 8;
constexpr unsigned kBrokerFilter = 9;  // the next has the network too

}  // namespace

Filter filter_for(const FilterFor& use) noexcept {
  if (use.compiler) return filter_of(kCompilerFilter);
  if (use.broker) return filter_of(kBrokerFilter + (use.network ? 1U : 0U));
  return filter_of((use.sockets ? 1U : 0U) | (use.overlay ? 2U : 0U) | (use.network ? 4U : 0U));
}

Status load_filter(const Filter& filter) noexcept {
  WARRANT_CHECK(!filter.program.empty() && filter.program.size() <= kMostInstructions);
  std::array<sock_filter, kMostInstructions> own __attribute__((uninitialized));
  std::copy(filter.program.begin(), filter.program.end(), own.begin());
  const auto self = static_cast<std::uint32_t>(::getpid());
  for (sock_filter& each : std::span(own).first(filter.program.size())) {
    if (each.code == (BPF_JMP | BPF_JEQ | BPF_K) && each.k == kOwnProcess) each.k = self;
  }
  const sock_fprog program{static_cast<unsigned short>(filter.program.size()), own.data()};
  const long loaded =
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
  // A positive answer names a thread that could not follow.
  if (loaded != 0) return error_from_errno(loaded < 0 ? errno : EBUSY, "seccomp");
  return {};
}

}  // namespace warrant::os::lockdown
