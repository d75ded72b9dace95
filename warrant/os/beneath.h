// SPDX-License-Identifier: Apache-2.0
#pragma once
// A path of the host's that has to lie beneath a directory, links included.
//
// Gives the path without links and without "..", so that what is opened is what was judged as long
// as nobody changes the tree in between: for documents of the operator, not for paths of guests.
#include <string>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"

namespace warrant::os {

// The path without links. kNoEntry, kAccess, … as the host says.
Result<std::string> real_path(Ambient, const std::string& path);
// kNotCapable: it leads out of the directory. `root`: a result of real_path().
Result<std::string> real_path_beneath(Ambient, const std::string& root,
                                      const std::string& relative);

}  // namespace warrant::os
