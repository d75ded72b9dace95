// SPDX-License-Identifier: Apache-2.0
#pragma once
// In check builds every resolution is computed by openat2 and by the walk, and the process stops
// where they differ and go on differing (a difference in one round may be a rename in between).
#include "warrant/os/resolve.h"

namespace warrant::os {

void check_against_walk(const Grant& grant, BorrowedFd base, std::string_view path,
                        const OpenHow& how, Links links, const Result<OwnedFd>& opened);

}  // namespace warrant::os
