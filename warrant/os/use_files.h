// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the state directory remembers of grants: the uses that were taken, and the latest time that
// was seen.
//
// A use is a file of its own, made so that only one process can have made it; nothing here ever
// removes one. The directory is the user's alone. Does not protect against the user, who may delete
// it. Spec: grants.md section 5.
#include <cstdint>
#include <functional>
#include <string>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"
#include "warrant/os/fd.h"

namespace warrant::os {

class UseFiles {
 public:
  // Makes the directory when it is missing. kNotCapable: it is not the user's alone.
  static Result<UseFiles> open(Ambient, const std::string& state_directory);

  // How many of name(0), name(1), … are there; they are taken in this order.
  Result<std::uint64_t> count(const std::function<std::string(std::uint64_t)>& name) const;
  // kExists: somebody else was faster.
  Status take(const std::string& name) const;

  // Nanoseconds since 1970; 0: no time was seen.
  Result<std::uint64_t> latest_seen() const;
  // Keeps the time when it is later than the latest.
  Status see(std::uint64_t now) const;

 private:
  UseFiles(OwnedFd state, OwnedFd uses) : state_(std::move(state)), uses_(std::move(uses)) {}
  OwnedFd state_;
  OwnedFd uses_;
};

// The civil clock of the host, in nanoseconds since 1970.
std::uint64_t host_wall_clock(Ambient) noexcept;

}  // namespace warrant::os
