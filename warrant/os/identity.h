// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who runs this process, on which machine, since which boot: what run.start says under `who`.
#include <array>
#include <cstdint>
#include <string>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"

namespace warrant::os {

struct Identity {
  std::uint32_t uid = 0;
  std::uint32_t euid = 0;
  std::uint32_t loginuid = UINT32_MAX;  // UINT32_MAX: none
  std::uint32_t pid = 0;
  std::uint32_t ppid = 0;
  std::string host;
  std::string boot;  // the kernel's id of this boot; empty: unknown
};

Identity who_runs(Ambient);
std::uint32_t process_id() noexcept;

// 128 random bits as 32 hexadecimal digits.
Result<std::string> random_id(Ambient);

// The host's wall clock, microseconds since 1970.
std::uint64_t wall_micros() noexcept;

}  // namespace warrant::os
