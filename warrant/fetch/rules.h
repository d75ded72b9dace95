// SPDX-License-Identifier: Apache-2.0
#pragma once
// The network part of a warrant, checked and ready to be matched: grants, deny rules, addresses.
//
// Made once from data by load(), which finds every fault of it; then constant. Order is the
// warrant's, and the first grant that passes all of a request is the one that answers for it.
// Spec: egress.md sections 5, 6, 12 and 14, grants.md section 2.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/cap/fetch.h"
#include "warrant/fetch/address_class.h"
#include "warrant/fetch/pattern.h"
#include "warrant/fetch/request_form.h"
#include "warrant/fetch/url.h"
#include "warrant/policy/entries.h"
#include "warrant/policy/finding.h"

namespace warrant::fetch {

// `secret = { header, value = "Bearer ${ref}" }`: the value with the secret between two texts.
struct SecretUse {
  std::string header;
  std::string before;
  std::string reference;
  std::string after;
  policy::Attach attach = policy::Attach::kRequest;
  policy::Echo echo = policy::Echo::kRefuse;
};

struct Grant {
  cap::Scheme scheme = cap::Scheme::kHttps;
  HostPattern host;
  std::uint16_t port = 443;
  Methods methods;
  std::vector<PathPattern> paths;
  std::vector<cap::IpNetwork> private_networks;
  std::optional<SecretUse> secret = {};
  policy::Redirect redirect = policy::Redirect::kFollow;
  std::uint32_t redirects = 3;
  cap::HopRequest::Decompress decompress = cap::HopRequest::Decompress::kOff;
  bool raw_authorization = false;
  bool browser_unpinned = false;  // a Fetch that cannot vet addresses may serve it too
  std::string ca;                 // empty: none
  cap::FetchBounds bounds;
};

struct DenyRule {
  HostPattern host;
  std::optional<std::uint16_t> port = {};  // nothing: any
  std::vector<PathPattern> paths;          // none: any
};

struct Rules {
  std::vector<Grant> grants;
  std::vector<DenyRule> denied;
  std::vector<cap::IpNetwork> extra_deny;
  std::vector<cap::IpNetwork> nat64;
  AddressRules::Ipv6 ipv6 = AddressRules::Ipv6::kOn;
  Nanoseconds dns_cache{0};

  Schemes schemes() const noexcept;
  RawAuthorization raw_authorization() const noexcept;
  // Of one call: the widest of its grants, number by number; of denials the least.
  cap::FetchBounds call_bounds() const noexcept;
  // For the addresses of one grant's host; views live as long as the rules.
  AddressRules address_rules(const Grant* grant,
                             std::span<const cap::IpAddress> own) const noexcept;
};

struct LoadedRules {
  Rules rules;  // complete where nothing was found
  policy::Findings findings;
};

LoadedRules load(std::span<const policy::FetchGrant> grants,
                 std::span<const policy::FetchDeny> denied, const policy::NetworkOptions& network,
                 Author author);

// Which grant covers a request, or how far the nearest one came.
struct Match {
  cap::Reason reason = cap::Reason::kHostNotGranted;  // kOk: covered
  std::int32_t grant = -1;
  const PathPattern* path = nullptr;  // that matched
};
// No method: a token that is none of those which can be granted.
Match match(const Rules& rules, const Url& url, std::optional<cap::Method> method) noexcept;

// Whether one grant covers it; the path pattern that did is written where one is asked for.
cap::Reason match(const Grant& grant, const Url& url, std::optional<cap::Method> method,
                  const PathPattern** path) noexcept;

// "${name}" with a text before and after, once.
std::optional<SecretUse> parse_secret_use(const policy::SecretBinding& binding);

}  // namespace warrant::fetch
