// SPDX-License-Identifier: Apache-2.0
#pragma once
// Locks the process down in which a guest is about to run, or its broker.
//
// Called when everything is open and the guest's code is mapped, on the only thread, once; there is
// no way back. The order of the layers is load-bearing (limits.md section 7.1). Allocates nothing.
// Afterwards this process opens nothing by path, makes no socket, thread or process, and maps no
// code. Not for processes of others: an embedder's is never changed.
#include <cstdint>
#include <span>
#include <string_view>

#include "warrant/base/result.h"
#include "warrant/base/time.h"
#include "warrant/cap/hardening.h"
#include "warrant/os/ambient.h"
#include "warrant/os/fd.h"
#include "warrant/os/lockdown/filter.h"
#include "warrant/os/lockdown/landlock.h"
#include "warrant/os/lockdown/namespaces.h"
#include "warrant/os/lockdown/privileges.h"
#include "warrant/os/run_files.h"

namespace warrant::os::lockdown {

// kBroker: by profile `strict`, but for what only an executor has.
enum class Role : std::uint8_t { kBasic, kExecutor, kBroker };

struct Plan {
  Role role = Role::kBasic;
  Spaces spaces = Spaces::kShared;  // of an executor, and compared already
  std::span<const RunFiles::Root> roots;
  FilterFor use;
  std::span<const std::uint16_t> connect_ports;  // with use.network
  std::span<const PathRule> readable;            // further directories: certificates
  ResourceBounds bounds;
};

struct Outcome {
  cap::Hardening hardening;
  std::string_view failed;  // the layer or the attempt that did not go as it must; empty: none
};

// Before anything of this run is opened: nothing that the caller left open stays so.
Status shed_inherited(Ambient) noexcept;

// A directory for Plan::readable; closed where there is none.
OwnedFd open_readable(Ambient, const char* path) noexcept;

Outcome lock_down(Ambient, const Plan& plan) noexcept;

// Names the layers of `strict` that an executor of these namespaces goes without.
void miss_layers(Spaces spaces, cap::Hardening& in_force) noexcept;

}  // namespace warrant::os::lockdown
