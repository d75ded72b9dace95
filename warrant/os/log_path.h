// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ways to places of our own: directories that must be ours, made when they are missing, reached
// without trusting a link that somebody else may set. Spec: audit.md section 3.
#include <string>

#include "warrant/base/result.h"
#include "warrant/os/fd.h"
#include "warrant/os/log_directory.h"

namespace warrant::os {

enum class MissingPlace : std::uint8_t { kFail, kCreate };

// A readable descriptor of the directory at `path` (absolute). Refused: not a directory, a link as
// the last component, another owner than us, writable by others.
Result<OwnedFd> open_own_directory(const std::string& path, MissingPlace missing,
                                   LogTrouble& trouble);

}  // namespace warrant::os
