// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/lockdown/lockdown.h"

#include <fcntl.h>
#include <sys/prctl.h>

#include <csignal>

#include "warrant/os/lockdown/self_test.h"

namespace warrant::os::lockdown {
namespace {

Status enforce_paths(const Plan& plan, std::uint32_t abi) noexcept {
  const auto signals =
      plan.role == Role::kBroker ? Ruleset::Signals::kFree : Ruleset::Signals::kScoped;
  WARRANT_TRY(Ruleset rules, Ruleset::make(abi, signals));
  for (const RunFiles::Root& root : plan.roots) {
    const Reach reach = root.access == cap::Access::kRead ? Reach::kRead : Reach::kWrite;
    WARRANT_CHECKED(rules.allow({root.fd.borrow(), reach}));
  }
  for (const PathRule& rule : plan.readable) WARRANT_CHECKED(rules.allow(rule));
  for (const std::uint16_t port : plan.connect_ports) WARRANT_CHECKED(rules.allow_connect(port));
  return rules.enforce();
}

std::string_view restrict_to(const Plan& plan, cap::Hardening& in_force) noexcept {
  const std::uint32_t abi = landlock_abi();
  if (abi < kLeastLandlock) {
    if (plan.role != Role::kBasic) return "landlock";
    in_force.miss("landlock");
    return {};
  }
  if (!enforce_paths(plan, abi)) return "landlock";
  in_force.landlock_abi = abi;
  return {};
}

// Ends with its broker; what changes credentials forgets it, so it comes behind that.
bool dies_with_parent(const Plan& plan) noexcept {
  return plan.role != Role::kExecutor || ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
}

// The layers that are tried in their order; the name of the first required one that fails.
std::string_view apply(const Plan& plan, cap::Hardening& in_force) noexcept {
  in_force.profile =
      plan.role == Role::kBasic ? cap::HardeningProfile::kBasic : cap::HardeningProfile::kStrict;
  wipe_environment();
  cap::Hardening::ResourceLimits limits;
  if (!bound_resources(plan.bounds, limits.nofile)) return "rlimits";
  limits.fsize = plan.bounds.file_bytes;
  in_force.limits = limits;
  if (!drop_capabilities()) return "capabilities";
  if (!forbid_new_privileges()) return "no_new_privs";
  if (!dies_with_parent(plan)) return "parent";
  if (const auto failed = restrict_to(plan, in_force); !failed.empty()) return failed;
  in_force.mdwe = refuse_new_code().has_value();
  if (!in_force.mdwe) in_force.miss("mdwe");
  const Filter filter = filter_for(plan.use);
  if (!load_filter(filter)) return "seccomp";
  in_force.seccomp = filter.digest;
  in_force.no_new_privs = true;
  in_force.dumpable = 0;
  return {};
}

}  // namespace

void miss_layers(Spaces spaces, cap::Hardening& in_force) noexcept {
  if (spaces == Spaces::kShared) {
    for (const char* each : {"userns", "mntns", "pidns", "netns", "ipcns", "utsns"}) {
      in_force.miss(each);
    }
  }
  if (!in_force.mdwe) in_force.miss("mdwe");
  if (!in_force.cgroup) in_force.miss("cgroup");
}

OwnedFd open_readable(Ambient, const char* path) noexcept {
  return OwnedFd(::open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

Status shed_inherited(Ambient) noexcept { return close_inherited(); }

Outcome lock_down(Ambient, const Plan& plan) noexcept {
  Outcome outcome;
  outcome.failed = apply(plan, outcome.hardening);
  if (!outcome.failed.empty()) return outcome;
  if (const auto surprise = self_test(plan, outcome.hardening)) outcome.failed = *surprise;
  outcome.hardening.capabilities = 0;  // the self-test has asked
  return outcome;
}

}  // namespace warrant::os::lockdown
