// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/reasons.h"

#include <algorithm>
#include <iterator>

#include "warrant/base/check.h"

namespace warrant::fetch {
namespace {

using cap::Reason;

struct Row {
  Reason first, last;
  Family family;
};

// The first row that holds a reason decides, so exceptions stand before their family.
constexpr Row kRows[] = {
    // Each hop that goes well asks for it several times.
    {Reason::kOk, Reason::kIgnored, {Outcome::kAllow, "", 0, ""}},
    {Reason::kNotGranted,
     Reason::kNotGranted,
     {Outcome::kDeny, "not_granted", 76, "HTTP-request-denied"}},
    {Reason::kTransportUnavailable,
     Reason::kTransportUnavailable,
     {Outcome::kError, "unavailable", 58, "configuration-error"}},
    {Reason::kScheme,
     Reason::kQueryChars,
     {Outcome::kDeny, "url_rejected", 28, "HTTP-request-URI-invalid"}},
    {Reason::kHostNotGranted,
     Reason::kDeniedByHost,
     {Outcome::kDeny, "not_granted", 2, "HTTP-request-denied"}},
    {Reason::kMethodSyntax,
     Reason::kMethodSyntax,
     {Outcome::kDeny, "method_not_allowed", 28, "HTTP-request-method-invalid"}},
    {Reason::kMethodCase,
     Reason::kMethodNotGranted,
     {Outcome::kDeny, "method_not_allowed", 2, "HTTP-request-method-invalid"}},
    {Reason::kHeaderName,
     Reason::kMetadata,
     {Outcome::kDeny, "header_rejected", 28, "HTTP-request-denied"}},
    {Reason::kSecretUnknown,
     Reason::kSecretNotBound,
     {Outcome::kDeny, "secret_rejected", 2, "HTTP-request-denied"}},
    {Reason::kAddressPublic, Reason::kAddressPublic, {Outcome::kAllow, "", 0, ""}},
    {Reason::kGrantedPrivate, Reason::kGrantedPrivate, {Outcome::kAllow, "", 0, ""}},
    {Reason::kNat64DecodedPublic, Reason::kNat64DecodedPublic, {Outcome::kAllow, "", 0, ""}},
    {Reason::kPinned, Reason::kUnpinned, {Outcome::kAllow, "", 0, ""}},
    {Reason::kThisNetwork,
     Reason::kPinMismatch,
     {Outcome::kDeny, "unreachable", 23, "destination-unavailable"}},
    {Reason::kDnsNoAnswer,
     Reason::kConnectFailed,
     {Outcome::kError, "unreachable", 23, "destination-unavailable"}},
    {Reason::kDnsTimeout,
     Reason::kDeadline,
     {Outcome::kError, "timeout", 73, "connection-timeout"}},
    {Reason::kCancelled,
     Reason::kCancelled,
     {Outcome::kError, "cancelled", 11, "connection-terminated"}},
    {Reason::kTls, Reason::kTls, {Outcome::kError, "tls_error", 13, "TLS-certificate-error"}},
    {Reason::kTruncated,
     Reason::kTruncated,
     {Outcome::kError, "protocol_error", 65, "HTTP-response-incomplete"}},
    {Reason::kProtocol,
     Reason::kRetryRefused,
     {Outcome::kError, "protocol_error", 65, "HTTP-protocol-error"}},
    {Reason::kBodyLimit,
     Reason::kBodyLimit,
     {Outcome::kDeny, "response_too_large", 35, "HTTP-response-body-size"}},
    {Reason::kHeaderLimit,
     Reason::kHeaderLimit,
     {Outcome::kDeny, "response_too_large", 35, "HTTP-response-header-section-size"}},
    {Reason::kEncoding,
     Reason::kEncodingDepth,
     {Outcome::kError, "response_rejected", 65, "HTTP-response-content-coding"}},
    {Reason::kSecretEcho,
     Reason::kSecretEcho,
     {Outcome::kDeny, "response_rejected", 2, "HTTP-response-incomplete"}},
    {Reason::kRequestBodyLimit,
     Reason::kRequestBodyLimit,
     {Outcome::kDeny, "request_too_large", 35, "HTTP-request-body-size"}},
    {Reason::kBudgetRequests,
     Reason::kBudgetDenials,
     {Outcome::kDeny, "budget_exhausted", 19, "connection-limit-reached"}},
    {Reason::kTooManyRedirects,
     Reason::kTooManyRedirects,
     {Outcome::kDeny, "redirect_rejected", 32, "loop-detected"}},
    {Reason::kRedirectNotAllowed,
     Reason::kAmbiguousLocation,
     {Outcome::kDeny, "redirect_rejected", 2, "HTTP-request-denied"}},
    {Reason::kEmpty, Reason::kMethod, {Outcome::kLoad, "", 0, ""}},
};

}  // namespace

const Family* find_family(cap::Reason reason) noexcept {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& each) {
    return each.first <= reason && reason <= each.last;
  });
  return row == std::end(kRows) ? nullptr : &row->family;
}

Family family(cap::Reason reason) noexcept {
  const Family* found = find_family(reason);
  WARRANT_CHECK(found != nullptr);
  return *found;
}

}  // namespace warrant::fetch
