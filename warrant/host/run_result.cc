// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/run_result.h"

namespace warrant::host {

std::string_view word(ExitKind kind) noexcept {
  switch (kind) {
    case ExitKind::kExited:
      return "exited";
    case ExitKind::kSignalled:
      return "signalled";
    case ExitKind::kTrapped:
      return "trapped";
    case ExitKind::kLimited:
      return "limited";
    case ExitKind::kCancelled:
      return "cancelled";
    case ExitKind::kRefused:
      return "refused";
    case ExitKind::kAuditFailed:
      return "audit_failed";
    case ExitKind::kBug:
      return "bug";
  }
  return "bug";
}

int status_of(const Exit& exit) noexcept {
  switch (exit.kind) {
    case ExitKind::kExited:
      return exit.code <= 255 ? static_cast<int>(exit.code) : 255;
    case ExitKind::kSignalled:
      return 128 + static_cast<int>(exit.code);
    case ExitKind::kTrapped:
      return 134;
    case ExitKind::kLimited:
      return 124;
    case ExitKind::kCancelled:
      return exit.signal == 0 ? 143 : 128 + static_cast<int>(exit.signal);
    case ExitKind::kRefused:
      return 126;
    case ExitKind::kAuditFailed:
      return 74;
    case ExitKind::kBug:
      return 70;
  }
  return 70;
}

}  // namespace warrant::host
