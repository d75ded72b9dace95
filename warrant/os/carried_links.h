// SPDX-License-Identifier: Apache-2.0
#pragma once
// The symbolic links in a directory that is about to move to a shallower place.
//
// Follows no link, holds one descriptor at a time, asks for the deadline, and gives up with
// kLinkTarget beyond cap::kMostCarriedEntries entries. What other programs change meanwhile may be
// missed. What is mounted inside is not of this tree and is left out unless the grant crosses
// mounts. Spec: filesystem.md section 9.
#include <cstddef>

#include "warrant/base/result.h"
#include "warrant/os/fd.h"
#include "warrant/os/run_files.h"

namespace warrant::os {

// kLinkTarget where a link in `parent`/`name` would climb out, its own entries being `depth` levels
// deep after the move.
Status check_carried_links(const Grant& grant, BorrowedFd parent, const char* name,
                           std::size_t depth);

}  // namespace warrant::os
