// SPDX-License-Identifier: Apache-2.0
#pragma once
// Why something was refused, went wrong or was limited: one closed list for every capability.
//
// The number travels in Error::rule, the word stands in events, receipts and messages. A reason is
// never reused for another meaning. Specs: filesystem.md section 17, preview1.md section 6.
#include <cstdint>
#include <string_view>

#include "warrant/base/error.h"

namespace warrant::cap {

enum class Reason : std::uint16_t {
  kNone = 0,
  // Denials of files and directories.
  kEscape,       // absolute, above the handle, escaping link, mount point
  kReadOnly,     // write-class operation without the access bit or the file mode
  kSpecialNode,  // FIFO, socket, device
  kHardLink,     // writing to a file with names from elsewhere
  kLinkTarget,   // symbolic link that would lead out
  kQuotaBytes,
  kQuotaInodes,
  kFileSize,
  kFdLimit,
  kRevoked,
  // Errors of files and directories worth a word of their own.
  kResolveStarved,
  kHostLimit,
  kBadPath,
  // Directories that do not load.
  kRootType,
  kRootOverlap,
  kRootOwner,
  kRootFold,
  kOsUnsupported,
  // Other capabilities.
  kRightMissing,  // the descriptor's grant lacks the right
  kClockNotGranted,
  kEntropyNotGranted,
  kEntropyQuota,
  kConsoleNotGranted,
  kPeerNotAllowed,
  kAddressNotAllowed,
  kListLimit,  // a count or size in one call above its limit
  kHostMemory,
  kOutputLimit,
  kWall,
  kCpu,
  kFuel,
  kMemory,
  kTable,
  kStack,
  kCancelled,
  kMissingImport,
  kSurface,  // left out by the surface of the run
};

// The word of the reason in events ("escape", "read_only", …); "none" for kNone.
std::string_view word(Reason reason) noexcept;

inline Error denied(Reason reason, std::string_view where) noexcept {
  return Error{Errc::kNotCapable, static_cast<std::uint16_t>(reason), where};
}
inline Error error_of(Errc code, Reason reason, std::string_view where) noexcept {
  return Error{code, static_cast<std::uint16_t>(reason), where};
}
inline Reason reason_of(const Error& error) noexcept { return static_cast<Reason>(error.rule); }

}  // namespace warrant::cap
