// SPDX-License-Identifier: Apache-2.0
#pragma once
// What would refuse every run of a warrant, before a module is looked at: the load checks of each
// capability, by the functions of the run, and every one of them instead of the first.
//
// Nothing is bound, connected, made or run, no secret is read and no use is taken; what only that
// can tell is not told. One thread. Spec: cli.md section 2, grants.md section 3.
#include <string>
#include <vector>

#include "warrant/lib/outcome.h"
#include "warrant/os/ambient.h"
#include "warrant/policy/config.h"
#include "warrant/policy/warrant.h"

namespace warrant::lib {

struct LoadFaults {
  std::vector<std::string> document;  // whatever the machine
  std::vector<std::string> here;      // as this machine is now
  std::vector<std::string> remarks;   // what the run's own flags must bring
};

struct CheckedAgainst {
  std::vector<std::string> own_places;  // that no grant may reach
  std::string state_dir;
  std::vector<policy::SecretSource> secrets;
  std::vector<std::string> variables;  // those of the grant's references that are set
};

// Lines, escaped: what is wrong and what to do.
LoadFaults find_load_faults(const os::Ambient& ambient, const policy::Warrant& warrant,
                            const CheckedAgainst& against);

}  // namespace warrant::lib
