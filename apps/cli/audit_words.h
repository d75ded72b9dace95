// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words that records can hold, for filters of the verbs that show them.
// Spec: audit.md sections 1, 4.
#include "apps/cli/audit_show.h"
#include "apps/cli/terminal.h"

namespace warrant::cli {

// False, and said with the nearest word: no record has such a kind, decision or reason.
bool has_known_words(const RecordFilter& filter, Voice& voice);

}  // namespace warrant::cli
