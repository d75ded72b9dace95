// SPDX-License-Identifier: Apache-2.0
#pragma once
// Namespaces of a process's own: users, mounts, processes, network, IPC, names of the machine.
//
// clone_into() makes the child that has them, or one that has none where the system allows none;
// the ids of users are mapped before the child does anything else. enter_empty_root() takes every
// path away; handles that were opened before stay valid. Whether they are in force is compared, not
// assumed. Single-threaded processes only. Spec: limits.md section 7.1, rows 5 and 6.
#include <sys/types.h>

#include <array>
#include <cstdint>

#include "warrant/base/result.h"

namespace warrant::os::lockdown {

enum class Space : std::uint8_t { kUser, kMount, kProcess, kNetwork, kIpc, kNames };
inline constexpr std::size_t kSpaces = 6;

// The kernel's number of each namespace of this process, by Space; 0: it cannot be told.
using SpaceNumbers = std::array<std::uint64_t, kSpaces>;
SpaceNumbers space_numbers() noexcept;

enum class Spaces : std::uint8_t { kOwn, kShared };

// fork(), with namespaces. In a child of kOwn no call but ours was made and its user is the one of
// the namespace that may do everything there; an id map that cannot be written ends the child with
// kNoSpaces before it comes back from here.
inline constexpr int kNoSpaces = 119;
pid_t clone_into(Spaces spaces) noexcept;

// Nothing can be named any more: `/` is an empty directory that cannot be written.
Status enter_empty_root() noexcept;

}  // namespace warrant::os::lockdown
