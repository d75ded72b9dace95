// SPDX-License-Identifier: Apache-2.0
#pragma once
// Work for when this process is gone.
//
// It is done by a process of its own that waits for the end of this one: a copy of it as it is now,
// in a session of its own, with no descriptor of this one's and /dev/null for a console. So nobody
// waits for it, and nobody who reads what this process prints. Call it before there are threads and
// before the process gives up its rights.
#include "warrant/base/result.h"
#include "warrant/os/ambient.h"

namespace warrant::os {

Status do_after_exit(Ambient, void (*work)(void* self), void* self) noexcept;

}  // namespace warrant::os
