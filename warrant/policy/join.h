// SPDX-License-Identifier: Apache-2.0
#pragma once
// Grants of one command line as one grant: the flags and each `--grant` file are the same person's
// word.
//
// Lists are joined in the order given. A scalar with two values, a guest directory, a variable or a
// label named twice is a finding that names both places. This is no union of warrants: what it
// gives still has to be admitted. Spec: grants.md section 1.
#include <span>

#include "warrant/policy/read.h"

namespace warrant::policy {

Parsed<Grant> join(std::span<const Grant> grants);

}  // namespace warrant::policy
