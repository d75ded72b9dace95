// SPDX-License-Identifier: Apache-2.0
#pragma once
// A denial in words: what was tried, why it was refused, and the flag and grant line that would
// allow it, for a person to judge.
//
// Guest bytes come out escaped, flag values quoted for a shell, grant lines quoted for TOML; where
// a value cannot be quoted, or nothing that a grant can say would allow the thing, there is no
// line. Never applied by itself. Spec: cli.md section 3.
#include <cstdint>
#include <optional>
#include <string>

#include "warrant/audit/event.h"
#include "warrant/policy/grant.h"

namespace warrant::host {

struct Advice {
  std::string what;   // "path_open notes.txt"
  std::string why;    // "/work is granted read only"
  std::string flag;   // "--dir .::/work:write", or what to change where the value stands in a
                      // file, or the ceiling that allows no more; empty: none would do
  std::string grant;  // the same as a line of a grant file
};

// `terms`: those in force, of a warrant.
Advice advise(const audit::Event& denial, const policy::Grant& terms);
// The number that the denial's directory has of its own for a limit; nothing: the run's counts.
std::optional<std::uint64_t> own_quota(const audit::Event& denial, const policy::Grant& terms,
                                       policy::LimitKey key);

}  // namespace warrant::host
