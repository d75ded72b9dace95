// SPDX-License-Identifier: Apache-2.0
#pragma once
// Gives up what a process may do beyond its user, and bounds what it may use. For good: for
// processes of our own. Spec: limits.md section 7.1, rows 2 to 4, 7, 8 and 11.
#include <cstdint>
#include <optional>

#include "warrant/base/result.h"
#include "warrant/base/time.h"

namespace warrant::os::lockdown {

// Every capability, of every set; locks the ways back. Where the process has none, asks only.
Status drop_capabilities() noexcept;
// Effective capabilities of this thread.
std::uint64_t effective_capabilities() noexcept;

Status forbid_new_privileges() noexcept;  // and dumps, and tracing by others of the same user
Status refuse_new_code() noexcept;        // no mapping becomes executable any more (Linux 6.3)

// Overwrites the values of the environment where the kernel shows them, and empties it.
void wipe_environment() noexcept;
// Closes every descriptor but 0, 1 and 2.
Status close_inherited() noexcept;

struct ResourceBounds {
  std::uint64_t open_files = 0;  // numbers of descriptors
  Nanoseconds cpu = kForever;    // of this process from now on
  std::uint64_t data = 0;        // bytes of writable memory; 0: not bounded
  std::uint64_t stack = 0;       // 0: as it is
  std::optional<std::uint64_t> file_bytes;
};
// Never raises a hard limit. What was set is told by `open_files`.
Status bound_resources(const ResourceBounds& bounds, std::uint64_t& open_files) noexcept;

}  // namespace warrant::os::lockdown
