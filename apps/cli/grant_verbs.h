// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the verbs about grants share: their flags, and a grant in sentences that can be compared.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/cli/admission.h"
#include "apps/cli/flags.h"
#include "apps/cli/terminal.h"

namespace warrant::cli {

// The flags of `run` that grant or limit, and --json and --help.
std::vector<Flag> grant_flags();

// One sentence for each thing that a grant allows or takes away; equal sentences mean the same.
std::vector<std::string> sentences_of(const policy::Grant& grant);

// Says what is wrong with a document; its exit status.
int refuse_document(const Problem& problem, Voice& voice);

}  // namespace warrant::cli
