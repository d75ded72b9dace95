// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/rules.h"

#include <algorithm>

namespace warrant::fetch {
namespace {

template <typename T>
T widest(T a, T b) noexcept {
  return a < b ? b : a;
}

}  // namespace

Schemes Rules::schemes() const noexcept {
  const bool http = std::any_of(grants.begin(), grants.end(), [](const Grant& grant) {
    return grant.scheme == cap::Scheme::kHttp;
  });
  return http ? Schemes::kHttpsAndHttp : Schemes::kHttps;
}

RawAuthorization Rules::raw_authorization() const noexcept {
  const bool raw = std::any_of(grants.begin(), grants.end(),
                               [](const Grant& grant) { return grant.raw_authorization; });
  return raw ? RawAuthorization::kAllowed : RawAuthorization::kRefused;
}

cap::FetchBounds Rules::call_bounds() const noexcept {
  if (grants.empty()) return {};
  cap::FetchBounds out = grants.front().bounds;
  for (const Grant& grant : grants) {
    const cap::FetchBounds& other = grant.bounds;
    out = {.requests = widest(out.requests, other.requests),
           .parallel = widest(out.parallel, other.parallel),
           .denials = std::min(out.denials, other.denials),
           .names = widest(out.names, other.names),
           .request_body = widest(out.request_body, other.request_body),
           .response = widest(out.response, other.response),
           .total = widest(out.total, other.total),
           .dns = widest(out.dns, other.dns),
           .connect = widest(out.connect, other.connect),
           .first_byte = widest(out.first_byte, other.first_byte),
           .timeout = widest(out.timeout, other.timeout)};
  }
  return out;
}

AddressRules Rules::address_rules(const Grant* grant,
                                  std::span<const cap::IpAddress> own) const noexcept {
  AddressRules out{.extra_deny = extra_deny, .nat64 = nat64, .own = own, .ipv6 = ipv6};
  if (grant != nullptr) out.granted = grant->private_networks;
  return out;
}

}  // namespace warrant::fetch
