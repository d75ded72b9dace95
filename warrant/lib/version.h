// SPDX-License-Identifier: Apache-2.0
#pragma once
// What this build is.
#include <string>

namespace warrant {

struct Version {
  std::string warrant;
  std::string wasmtime;
  std::string target;
  std::string compiler;
};

Version this_version();

}  // namespace warrant
