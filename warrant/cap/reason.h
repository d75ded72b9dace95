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
  // Fetch, which transport and URL form (egress.md section 18).
  kNotGranted,
  kTransportUnavailable,
  kScheme,
  kSyntax,
  kControl,
  kNonAscii,
  kBackslash,
  kUserinfo,
  kUrlTooLong,
  kHostSyntax,
  kHostPercent,
  kHostZoneId,
  kHostIdna,
  kHostTrailingDot,
  kHostIpAmbiguous,
  kPort,
  kPathBadPercent,
  kPathChars,
  kPathEncodedControl,
  kPathDoubleEncoding,
  kPathEncodedSlash,
  kPathBadUtf8,
  kPathDotSegment,
  kQueryChars,
  // Fetch: grants, methods, headers, secrets.
  kHostNotGranted,
  kIpLiteral,
  kHostSpecialUse,
  kHostSingleLabel,
  kPortNotGranted,
  kPathNotGranted,
  kDeniedByRule,
  kDeniedByHost,
  kMethodSyntax,
  kMethodCase,
  kMethodForbidden,
  kMethodNotGranted,
  kHeaderName,
  kHeaderValue,
  kTooMany,
  kHeaderTooLong,
  kForbidden,
  kSecretOnly,
  kMethodOverride,
  kPathOverride,
  kSpoof,
  kMetadata,
  kSecretUnknown,
  kSecretNotBound,
  // Classes of addresses, in the order of fetch::AddressClass; then those behind NAT64.
  kThisNetwork,
  kAddressPrivate,
  kCgnat,
  kLoopback,
  kCloudMetadata,
  kLinkLocal,
  kIetfProtocol,
  kDocumentation,
  kAs112,
  kAmt,
  k6to4Relay,
  kBenchmark,
  kMulticast,
  kReserved,
  kUnspecified,
  kV4Mapped,
  kV4Compatible,
  kV4Translated,
  kNat64,
  kNat64Local,
  kDiscard,
  kDummyPrefix,
  kTeredo,
  kOrchid,
  kOrchidv2,
  kDroneRid,
  k6to4,
  k6bone,
  kSrv6Sid,
  kUla,
  kSiteLocal,
  kNotGlobalUnicast,
  kIsatap,
  kAddressPublic,
  kSelfAddress,
  kOperatorDenied,
  kFamily,
  kGrantedPrivate,
  kNat64DecodedThisNetwork,
  kNat64DecodedPrivate,
  kNat64DecodedCgnat,
  kNat64DecodedLoopback,
  kNat64DecodedCloudMetadata,
  kNat64DecodedLinkLocal,
  kNat64DecodedIetfProtocol,
  kNat64DecodedDocumentation,
  kNat64DecodedAs112,
  kNat64DecodedAmt,
  kNat64Decoded6to4Relay,
  kNat64DecodedBenchmark,
  kNat64DecodedMulticast,
  kNat64DecodedReserved,
  kNat64DecodedPublic,
  kNat64DecodedSelfAddress,
  kNat64DecodedOperatorDenied,
  // Addresses of one request.
  kMixedAnswer,
  kDnsTooMany,
  kScopeId,
  kSocketPort,
  kPinMismatch,
  kPinned,
  kUnpinned,  // by a page, which cannot choose an address
  // Fetch: what the network said, and bounds.
  kDnsNoAnswer,
  kDnsFailure,
  kConnectFailed,
  kDnsTimeout,
  kTimeout,
  kTooSlow,
  kDeadline,
  kTls,
  kProtocol,
  kTruncated,
  kRetryRefused,
  kBodyLimit,
  kHeaderLimit,
  kEncoding,
  kEncodingDepth,
  kSecretEcho,
  kRequestBodyLimit,
  kBudgetRequests,
  kBudgetParallel,
  kBudgetBytes,
  kBudgetNames,
  kBudgetDenials,
  kRedirectNotAllowed,
  kAmbiguousLocation,
  kTooManyRedirects,
  // Notes of what was allowed.
  kOk,
  kSameOrigin,
  kCrossOriginStrip,
  kMethodToGet,
  kNoLocation,
  kNotFollowed,
  kIgnored,
  // A grant that does not load.
  kEmpty,
  kUrlInHost,
  kPathInHost,
  kPathRelative,
  kNotCanonical,
  kWildcardPosition,
  kPublicSuffix,
  kNeedsExplicitFlag,
  kPrivateNeedsOperator,
  kCidrTooWide,
  kMethod,
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
