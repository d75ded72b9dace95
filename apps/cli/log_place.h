// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the log lies and how long its files are kept, for every verb that writes or reads it: the
// configuration that `run` would find says so. Spec: audit.md section 3, grants.md section 2.
#include <optional>
#include <string>

#include "apps/cli/admission.h"

namespace warrant::cli {

struct LogPlace {
  std::string directory;  // empty: there is no home directory
  std::string state;      // where its key lies
  std::optional<Nanoseconds> keep;
  std::optional<std::uint64_t> most;
};
LogPlace log_place(const Standing& standing);
// Once a day, where the configuration says `keep` or `max`: removes what is too old or too much
// when this process is gone, and so its result given. Before the process gives up its rights.
void prune_afterwards(os::Ambient ambient, const LogPlace& place);
// Why there is none, and what would help.
Problem no_place_for_log();

}  // namespace warrant::cli
