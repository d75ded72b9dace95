// SPDX-License-Identifier: Apache-2.0
#pragma once
// The refusals of a run in the order in which they matter to a person: the latest first, then what
// programs ask for by habit and do without.
//
// Refusals that one flag would lift are one row. Spec: cli.md section 3, decision 0024.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "warrant/audit/ledger.h"
#include "warrant/policy/grant.h"

namespace warrant::cli {

struct DenialRows {
  std::vector<std::vector<std::string>> rows;  // what, why, flag; escaped
  bool of_files = false;                       // some are about files, and not habits
};

// `ended_by`: the limit that has been told already.
DenialRows rank_denials(const audit::Ledger& ledger, const policy::Grant& terms,
                        std::optional<policy::LimitKey> ended_by);

}  // namespace warrant::cli
