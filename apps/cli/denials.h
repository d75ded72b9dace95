// SPDX-License-Identifier: Apache-2.0
#pragma once
// The refusals of a run in the order in which they matter to a person: the latest first, then what
// programs ask for by habit and do without.
//
// Spec: cli.md section 3, decision 0024.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/run_report.h"

namespace warrant::cli {

struct DenialRows {
  std::vector<std::vector<std::string>> rows;  // what, why, flag; escaped
  bool of_files = false;                       // some are about files, and not habits
  bool of_causes = false;                      // some are no habits
};

enum class Merge : std::uint8_t {
  kByFlag,  // what one flag would lift is one row
  kLike,    // only what was asked in the same words
};

// `ended_by`: the limit that has been told already.
DenialRows rank_denials(const RunSubject& subject, std::optional<policy::LimitKey> ended_by,
                        Merge merge);

}  // namespace warrant::cli
