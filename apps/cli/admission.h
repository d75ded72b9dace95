// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stands behind a command line: the machine's and the user's documents, the grant that flags
// and files amount to, and what becomes of it. Spec: grants.md section 1.
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/run_request.h"
#include "warrant/lib/documents.h"
#include "warrant/os/places.h"
#include "warrant/policy/warrant.h"

namespace warrant::cli {

// Places, ceilings and configuration; what is there and cannot be used is a Problem.
struct Standing {
  os::Places places;
  std::vector<policy::Ceiling> ceilings;
  policy::Config config;
  std::string config_file;            // empty: there is none
  std::vector<host::Source> sources;  // what was read, for records
};
// Places and configuration alone: for verbs that no ceiling concerns.
Outcome<Standing> load_settings(os::Ambient ambient, const DocumentFlags& flags);
Outcome<Standing> load_standing(os::Ambient ambient, const DocumentFlags& flags);

// Flags and grant files as one grant, host directories of the flags as typed.
Outcome<policy::Grant> join_documents(os::Ambient ambient, const RunRequest& request);
// The same; `read` grows by the files.
Outcome<policy::Grant> join_documents(os::Ambient ambient, const RunRequest& request,
                                      std::vector<host::Source>& read);
// The same with every host directory absolute.
Outcome<policy::Grant> absolute(os::Ambient ambient, policy::Grant grant);

// What the grant's references to variables of this process stand for; one that is unset is missing.
std::vector<std::pair<std::string, std::string>> host_variables(const policy::Grant& grant);
std::optional<std::string> host_variable(const std::string& name);

// Where a run of these terms loads libraries and this program does not: begins anew in one that
// does, or says why it cannot. To be asked before anything that shows.
std::optional<Problem> find_libraries(os::Ambient ambient, const policy::Grant& terms);

// The terms in force for messages: a directory is named as the person wrote it.
policy::Grant shown_terms(const policy::Warrant& warrant, const policy::Grant& written);
// What a ceiling lowered that nobody wrote, in one line; empty: nothing.
std::string lowered_line(const policy::Findings& lowered);
// Places of ours that no grant may reach.
std::vector<std::string> own_places(const Standing& standing);
// One of them that lies in `directory`, or is it; empty: none does.
std::string own_place_in(std::string directory, const std::vector<std::string>& places);
// The working directory as the shell names it: for words alone, without a question to the system.
std::string shell_directory();

// Exit status of a document that is missing, not valid, or not to be used.
int status_of(const Problem& problem) noexcept;

}  // namespace warrant::cli
