// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makes a Directory from a host path: the only place where one enters.
//
// The path is opened once, a link as the root is followed here and never again, and no path is
// kept. A directory whose file system, owner, place or kernel cannot carry the promise is refused
// with a reason and a sentence that says what to do. Overlap is judged against the roots that the
// same RunFiles already has. Spec: filesystem.md section 2.
#include <memory>
#include <string>

#include "warrant/cap/directory.h"
#include "warrant/cap/reason.h"
#include "warrant/os/ambient.h"
#include "warrant/os/run_files.h"

namespace warrant::os {

struct RootReport {
  std::string text;          // why it was refused; empty when it was not
  std::string fix;           // what to do then
  std::string file_system;   // as the mount table names it
  bool other_owner = false;  // owned by neither the host's user nor root
  bool by_privilege =
      false;                 // its mode shuts out root, which enters all the same until locked down
  bool folds_names = false;  // names that differ in case or form may be one file
};

// `accounting`: the grant's budgets where they are shared with others, else nullptr. Every failure
// is kNotCapable or the host's error, with a Reason of section 17 (L) and a text in the report.
Result<std::unique_ptr<cap::Directory>> open_root(Ambient, const std::string& host_path,
                                                  const cap::DirectoryOptions& options,
                                                  cap::GrantIndex index,
                                                  std::shared_ptr<RunFiles> run,
                                                  std::shared_ptr<cap::Accounting> accounting,
                                                  RootReport& report);

// A root that another process of ours opened and judged, by its descriptor.
Result<std::unique_ptr<cap::Directory>> adopt_root(Ambient, OwnedFd fd,
                                                   const cap::DirectoryOptions& options,
                                                   cap::GrantIndex index,
                                                   std::shared_ptr<RunFiles> run);

// From now on no root of this run may contain this directory or lie in it, whatever mounts and
// links lead there; one that does not exist is nothing to protect. Spec: grants.md section 6.
Status protect_directory(Ambient, const std::string& host_path, RunFiles& run);

}  // namespace warrant::os
