// SPDX-License-Identifier: Apache-2.0
#pragma once
// A group of cgroup v2 for the process of one guest: the kernel's own bound on its memory.
//
// Made as a child of the group that this process is in, or of that one's parent where its manager
// marked it as delegated, and only where children have the memory controller or it may be given to
// them; anywhere else there is none, which is no error. Nothing of the caller's groups is changed
// but that. The group is removed when this process is gone. Before threads and before the process
// gives up its rights. Spec: limits.md sections 5 and 7.4.
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"
#include "warrant/os/fd.h"

namespace warrant::os {

struct GroupPlaces {
  std::string mount;       // of cgroup v2; empty: there is none
  std::string membership;  // the file that says in which group this process is
};
GroupPlaces group_places(Ambient);

inline constexpr std::uint64_t kUnbounded = UINT64_MAX;
struct GroupBounds {
  std::uint64_t memory = kUnbounded;  // bytes, without swap
  std::uint64_t processes = kUnbounded;
};

// Whether the text of a group's memory.events counts a process that was killed.
bool counts_a_kill(std::string_view memory_events) noexcept;

class ControlGroup {
 public:
  // Nothing: no group is delegated to this process.
  static std::optional<ControlGroup> make(Ambient, const GroupPlaces& places,
                                          const GroupBounds& bounds);
  // Moves a process into it; false: it is not there.
  bool take(pid_t process) noexcept;
  // Whether the kernel killed in it because its memory was used up. For a process that has given up
  // its rights too: what it reads was opened when the group was made.
  bool was_killed_for_memory() const noexcept;
  Status remove() noexcept;  // while it is empty
  Status remove_after_exit(Ambient ambient);
  const std::string& path() const noexcept { return path_; }

 private:
  ControlGroup(OwnedFd directory, std::string path) noexcept
      : directory_(std::move(directory)), path_(std::move(path)) {}
  bool bound(const GroupBounds& bounds) noexcept;

  OwnedFd directory_;
  OwnedFd events_;  // memory.events; closed where the controller is not there
  std::string path_;
};

}  // namespace warrant::os
