// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bounds for compiling a module in this process: time, and writable memory.
//
// Beyond either the process ends at once with the words for it and the given status; nothing was
// run and nothing is kept. A coarse net behind the counts that the module reader holds, for a
// process that exists for one run: it takes SIGALRM and SIGABRT for itself until end(). Not for
// programs that embed the library. Spec: limits.md section 6 (`compile-wall`, `compile-memory`).
#include <cstdint>
#include <string>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"

namespace warrant::os {

struct CompileBounds {
  unsigned seconds = 600;
  std::uint64_t bytes = 8ULL << 30;
  std::string too_long;  // whole lines
  std::string too_large;
  int status = 126;
};

class CompileGuard {
 public:
  static Status begin(Ambient ambient, CompileBounds bounds);
  static void end() noexcept;
};

}  // namespace warrant::os
