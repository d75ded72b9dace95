// SPDX-License-Identifier: Apache-2.0
#pragma once
// Landlock: the second line for paths, and the kernel's word that this thread reaches nothing else.
//
// Every right that the kernel knows is handled, so what has no rule is refused. One rule for each
// directory, through its handle; none for a port unless one is named. By call number: headers may
// be older than the kernel. For the calling thread and those it makes later; needs no_new_privs.
// Spec: limits.md section 7.2.
#include <cstdint>
#include <utility>

#include "warrant/base/result.h"
#include "warrant/os/fd.h"

namespace warrant::os::lockdown {

inline constexpr std::uint32_t kLeastLandlock = 3;  // before, an open read-only file can be emptied

enum class Reach : std::uint8_t { kRead, kWrite };

struct PathRule {
  BorrowedFd directory;
  Reach reach = Reach::kRead;
};

// The kernel's ABI; 0 where there is none.
std::uint32_t landlock_abi() noexcept;

class Ruleset {
 public:
  // Handles every right of this ABI. kFree is for a broker, which ends its executor: a signal out
  // of a scope fails, and so does the kernel's own at the death of a parent.
  enum class Signals : std::uint8_t { kScoped, kFree };
  static Result<Ruleset> make(std::uint32_t abi, Signals signals = Signals::kScoped) noexcept;
  Status allow(const PathRule& rule) noexcept;
  // A TCP port that may be connected to; before ABI 4 ports are not restricted.
  Status allow_connect(std::uint16_t port) noexcept;
  Status enforce() noexcept;

 private:
  Ruleset(OwnedFd fd, std::uint64_t files, std::uint64_t network) noexcept
      : fd_(std::move(fd)), files_(files), network_(network) {}
  OwnedFd fd_;
  std::uint64_t files_;  // rights that are handled
  std::uint64_t network_;
};

}  // namespace warrant::os::lockdown
