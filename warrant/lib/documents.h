// SPDX-License-Identifier: Apache-2.0
#pragma once
// The documents that decide, from text and from files: what of policy a program meets at this door.
//
// A file is trusted by its owner, its mode and the directories on the way (os/trusted_file.h), read
// once, and every fault of it is told at once. Relative host directories are made absolute by the
// directory of the file; text has no directory, so its host directories stay as they are written.
// Nothing of it is in force before Host::admit(). Spec: grants.md sections 1 to 3.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/host/run_record.h"
#include "warrant/lib/outcome.h"
#include "warrant/os/ambient.h"
#include "warrant/policy/ceiling.h"
#include "warrant/policy/config.h"
#include "warrant/policy/finding.h"
#include "warrant/policy/grant.h"

namespace warrant {

namespace os {
struct Places;
}

// A grant of a program's own making, or read: a policy::Grant with its readers.
struct Grant : policy::Grant {
  Grant() = default;
  Grant(policy::Grant grant) : policy::Grant(std::move(grant)) {}  // NOLINT: data is data
  // `source`: the name of the text in messages.
  static Outcome<Grant> parse_toml(std::string_view text, const std::string& source = "grant");
  static Outcome<Grant> parse_json(std::string_view text, const std::string& source = "grant");
  // JSON where the name ends so, TOML otherwise.
  static Outcome<Grant> load(const os::Ambient& ambient, const std::string& path);
  // The same; `read` grows by what was read, also where it is not valid. For records.
  static Outcome<Grant> load(const os::Ambient& ambient, const std::string& path,
                             std::vector<host::Source>& read);
};

struct Ceiling : policy::Ceiling {
  Ceiling() = default;
  Ceiling(policy::Ceiling ceiling) : policy::Ceiling(std::move(ceiling)) {}  // NOLINT: as above
  static Outcome<Ceiling> parse_toml(std::string_view text, const std::string& source = "ceiling");
  static Outcome<Ceiling> parse_json(std::string_view text, const std::string& source = "ceiling");
  static Outcome<Ceiling> load(const os::Ambient& ambient, const std::string& path);
  static Outcome<Ceiling> load(const os::Ambient& ambient, const std::string& path,
                               std::vector<host::Source>& read);
};

// Every ceiling of this machine and this user, and those that are named. One that is there and
// cannot be trusted, read or understood is a Problem, never "none".
Outcome<std::vector<policy::Ceiling>> load_ceilings(const os::Ambient& ambient,
                                                    const std::vector<std::string>& named);
Outcome<std::vector<policy::Ceiling>> load_ceilings(const os::Ambient& ambient,
                                                    const os::Places& places,
                                                    const std::vector<std::string>& named,
                                                    std::vector<host::Source>& read);

namespace lib {

enum class Syntax : std::uint8_t { kToml, kJson };
// A problem with a place in a line each; the first fix is the hint. Not for empty lists.
Problem problem_of(const policy::Findings& findings);
// One line, escaped: the place, what, and what to do.
std::string line_of(const policy::Finding& finding);

Outcome<policy::Config> parse_config(std::string_view text, const std::string& source,
                                     Syntax syntax);
Outcome<policy::Config> load_config(const os::Ambient& ambient, const std::string& path,
                                    std::vector<host::Source>& read);

// Host directories that are relative, from `directory`, without "." and doubled slashes.
void make_absolute(policy::Grant& grant, const std::string& directory);
std::string working_directory(const os::Ambient& ambient);  // empty: it is gone

}  // namespace lib
}  // namespace warrant
