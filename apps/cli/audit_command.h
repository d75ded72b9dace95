// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where this user's log lies, for every verb that reads or writes it. Spec: audit.md section 3.
#include <string>

#include "apps/cli/commands.h"
#include "warrant/os/places.h"

namespace warrant::cli {

struct LogPlace {
  std::string directory;  // empty: there is no home directory
  std::string state;      // where its key lies
};
LogPlace log_place(const Process& process);

}  // namespace warrant::cli
