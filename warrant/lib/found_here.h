// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words for what a grant asks of this machine and does not find: the same from `run`, `check`
// and `explain`. Each begins with the place in its document, where there is one. Internal to lib
// and the command line. Spec: grants.md section 4.
#include <optional>
#include <string>

#include "warrant/lib/outcome.h"
#include "warrant/os/root.h"
#include "warrant/policy/grant.h"

namespace warrant::lib {

Problem unset_variable(const policy::EnvironmentReference& asked);
Problem unopened_directory(const policy::DirectoryGrant& asked, const os::RootReport& report);
// `found` of os::sensitive_places, where a ceiling refuses what holds secrets.
Problem sensitive_directory(const policy::DirectoryGrant& asked, const std::string& found);
// A directory of the host's own.
Problem unkept_place(const std::string& place);

// Several as one: the first with its hint, each other a line with its own.
void join(std::optional<Problem>& all, Problem next);

}  // namespace warrant::lib
