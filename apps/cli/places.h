// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where this user's cache and state lie: `$XDG_CACHE_HOME/warrant` and `$XDG_STATE_HOME/warrant`,
// by default beneath the home directory. Relative values are ignored. Spec: grants.md section 1.
#include <string>

namespace warrant::cli {

struct Places {
  std::string cache;  // empty: there is no home directory
  std::string state;
};

Places find_places();

}  // namespace warrant::cli
