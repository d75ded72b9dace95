// SPDX-License-Identifier: Apache-2.0
#include "warrant/cap/reason.h"

namespace warrant::cap {

std::string_view word(Reason reason) noexcept {
  switch (reason) {
    case Reason::kNone:
      return "none";
    case Reason::kEscape:
      return "escape";
    case Reason::kReadOnly:
      return "read_only";
    case Reason::kSpecialNode:
      return "special_node";
    case Reason::kHardLink:
      return "hard_link";
    case Reason::kLinkTarget:
      return "link_target";
    case Reason::kQuotaBytes:
      return "quota_bytes";
    case Reason::kQuotaInodes:
      return "quota_inodes";
    case Reason::kFileSize:
      return "file_size";
    case Reason::kFdLimit:
      return "fd_limit";
    case Reason::kRevoked:
      return "revoked";
    case Reason::kResolveStarved:
      return "resolve_starved";
    case Reason::kHostLimit:
      return "host_limit";
    case Reason::kBadPath:
      return "bad_path";
    case Reason::kRootType:
      return "root_type";
    case Reason::kRootOverlap:
      return "root_overlap";
    case Reason::kRootOwner:
      return "root_owner";
    case Reason::kRootFold:
      return "root_fold";
    case Reason::kOsUnsupported:
      return "os_unsupported";
    case Reason::kRightMissing:
      return "right_missing";
    case Reason::kClockNotGranted:
      return "clock_not_granted";
    case Reason::kEntropyNotGranted:
      return "entropy_not_granted";
    case Reason::kEntropyQuota:
      return "entropy_quota";
    case Reason::kConsoleNotGranted:
      return "console_not_granted";
    case Reason::kPeerNotAllowed:
      return "peer_not_allowed";
    case Reason::kAddressNotAllowed:
      return "address_not_allowed";
    case Reason::kListLimit:
      return "list_limit";
    case Reason::kHostMemory:
      return "host_memory";
    case Reason::kOutputLimit:
      return "output_limit";
    case Reason::kWall:
      return "wall";
    case Reason::kCpu:
      return "cpu";
    case Reason::kFuel:
      return "fuel";
    case Reason::kMemory:
      return "memory";
    case Reason::kTable:
      return "table";
    case Reason::kStack:
      return "stack";
    case Reason::kCancelled:
      return "cancelled";
    case Reason::kMissingImport:
      return "missing_import";
    case Reason::kSurface:
      return "surface";
  }
  return "unknown";
}

}  // namespace warrant::cap
