// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/event.h"

namespace warrant::audit {

std::string_view word(Kind kind) noexcept {
  switch (kind) {
    case Kind::kRunStart:
      return "run.start";
    case Kind::kRunRefused:
      return "run.refused";
    case Kind::kFs:
      return "fs";
    case Kind::kFetch:
      return "fetch";
    case Kind::kNet:
      return "net";
    case Kind::kProcess:
      return "process";
    case Kind::kEnv:
      return "env";
    case Kind::kClock:
      return "clock";
    case Kind::kEntropy:
      return "entropy";
    case Kind::kConsole:
      return "console";
    case Kind::kEmbedder:
      return "x";
    case Kind::kSecret:
      return "secret";
    case Kind::kLimit:
      return "limit";
    case Kind::kImport:
      return "import";
    case Kind::kTrap:
      return "trap";
    case Kind::kCache:
      return "cache";
    case Kind::kSuppressed:
      return "audit.suppressed";
    case Kind::kRunEnd:
      return "run.end";
    case Kind::kBlock:
      return "block";
  }
  return "unknown";
}

std::string_view word(Decision decision) noexcept {
  switch (decision) {
    case Decision::kNone:
      return "none";
    case Decision::kAllow:
      return "allow";
    case Decision::kDeny:
      return "deny";
    case Decision::kError:
      return "error";
  }
  return "unknown";
}

}  // namespace warrant::audit
