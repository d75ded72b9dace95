// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a program prints, within a time: how a secret is asked of a password manager.
//
// No shell; HOME, USER, LANG and PATH=/usr/bin:/bin are all of its environment; no input, no error
// output; a process group of its own, which is killed at the end of the time and in any case when
// this returns. Before lock-down only. Spec: grants.md section 2.
#include <span>
#include <string>

#include "warrant/base/result.h"
#include "warrant/base/time.h"
#include "warrant/os/ambient.h"

namespace warrant::os {

// kTimedOut: it was killed. kFileTooBig: more than `most` bytes. kNotPermitted: it ended with a
// status that is not 0. kNoEntry and others: it cannot be started.
Result<std::string> output_of(Ambient, std::span<const std::string> words, Nanoseconds timeout,
                              std::size_t most);

}  // namespace warrant::os
