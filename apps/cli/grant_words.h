// SPDX-License-Identifier: Apache-2.0
#pragma once
// A grant as the flags that say it, each word quoted for a shell; the reverse of parse_run() for
// all that flags can say.
#include <string>
#include <vector>

#include "warrant/policy/grant.h"

namespace warrant::cli {

// "--dir .", "--clock", "--memory 128MiB": one string a flag, with its value.
std::vector<std::string> grant_words(const policy::Grant& grant);
// The same in one line, blanks between.
std::string grant_line(const policy::Grant& grant);

}  // namespace warrant::cli
