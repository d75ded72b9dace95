// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/rules.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "warrant/fetch/address_text.h"

namespace warrant::fetch {
namespace {

using cap::Reason;
using policy::Finding;

constexpr std::uint32_t kMostRedirects = 10;
constexpr std::uint64_t kSecond = 1'000'000'000;

// Collects what is wrong with one entry.
class Faults {
 public:
  Faults(policy::Findings& out, std::string key, const policy::Origin& origin)
      : out_(out), key_(std::move(key)), origin_(origin) {}
  // False, so that a check can end with it.
  bool add(std::string_view key, Reason reason, std::string_view value, std::string fix) {
    std::string what = key_ + "." + std::string(key) + ": " + std::string(cap::word(reason));
    if (!value.empty()) what += ": " + std::string(value);
    return add_text(std::move(what), std::move(fix));
  }
  bool add_text(std::string what, std::string fix) {
    out_.push_back(Finding{std::move(what), std::move(fix), origin_, "value"});
    return false;
  }
  const std::string& key() const noexcept { return key_; }

 private:
  policy::Findings& out_;
  std::string key_;
  const policy::Origin& origin_;
};

struct Advice {
  Reason reason;
  std::string_view text;
};
constexpr Advice kAdvice[] = {
    {Reason::kNeedsExplicitFlag,
     "name the hosts, or write any-host = true where any host is meant"},
    {Reason::kPublicSuffix,
     "name a domain that has one owner: everybody can register names under this one"},
    {Reason::kWildcardPosition,
     "\"*\" stands only in front of a host, as \"*.example.com\", or as the last segment of a "
     "path"},
    {Reason::kNotCanonical, "write it in lower case"},
    {Reason::kPort, "write one port from 1 to 65535; ranges do not exist"},
    {Reason::kHostSpecialUse, "name the host itself: \"*.\" never reaches a name of this kind"},
    {Reason::kHostIpAmbiguous, "write an address in full, as 192.0.2.1"},
    {Reason::kNonAscii, "write the name in its ASCII form (xn--…)"},
    {Reason::kPathRelative, "begin with \"/\"; \"/\" alone means any path"},
    {Reason::kEmpty, "name at least one"},
    {Reason::kMethod, "write some of GET HEAD POST PUT PATCH DELETE OPTIONS"},
    {Reason::kCidrTooWide, "write at least /8 for IPv4 and /32 for IPv6"},
    {Reason::kPrivateNeedsOperator, "only an operator's grant may name it"},
};

std::string advice(Reason reason) {
  const auto* found = std::find_if(std::begin(kAdvice), std::end(kAdvice),
                                   [&](const Advice& each) { return each.reason == reason; });
  if (found != std::end(kAdvice)) return std::string(found->text);
  return "write scheme://host[:port] with a name, or an address, in its plain form";
}

bool load_networks(std::span<const std::string> texts, std::string_view key,
                   std::vector<cap::IpNetwork>& out, Faults& faults) {
  bool good = true;
  for (const std::string& text : texts) {
    const auto network = parse_network(text);
    if (!network) {
      good =
          faults.add(key, Reason::kHostSyntax, text, "write an address or a block, as 10.1.2.0/24");
      continue;
    }
    const unsigned least = network->first.family() == cap::IpFamily::kV4 ? 8 : 32;
    if (network->prefix < least) {
      good = faults.add(key, Reason::kCidrTooWide, text, advice(Reason::kCidrTooWide));
      continue;
    }
    out.push_back(*network);
  }
  return good;
}

bool load_paths(std::span<const std::string> texts, std::vector<PathPattern>& out, Faults& faults) {
  bool good = true;
  for (const std::string& text : texts) {
    ParsedPathPattern parsed = parse_path_pattern(text);
    if (parsed.reason != Reason::kOk) {
      good = faults.add("paths", parsed.reason, text, advice(parsed.reason));
      continue;
    }
    out.push_back(std::move(parsed.pattern));
  }
  return good;
}

void load_host(const policy::FetchGrant& from, Author author, Grant& out, Faults& faults) {
  if (from.scheme == "http") {
    out.scheme = cap::Scheme::kHttp;
  } else if (from.scheme != "https") {
    faults.add("origin", Reason::kScheme, from.scheme, "write https://");
  }
  const bool may_be_any = from.any_host && author == Author::kOperator;
  const auto host =
      parse_host_pattern(from.host, author, may_be_any ? AnyHost::kAllowed : AnyHost::kRefused);
  if (host.reason != Reason::kOk) faults.add("origin", host.reason, from.host, advice(host.reason));
  if (host.port) faults.add("origin", Reason::kPort, from.host, advice(Reason::kPort));
  out.host = host.pattern;
  // An address that an operator names is meant, whatever its class.
  if (const auto& literal = out.host.host.literal; literal && author == Author::kOperator) {
    out.private_networks.push_back({*literal, literal->bits()});
  }
  if (from.port == 0) faults.add("origin", Reason::kPort, "0", advice(Reason::kPort));
  out.port = from.port;
  if (from.any_host && out.host.kind != HostPattern::Kind::kAny) {
    faults.add_text(faults.key() + ".any-host: it is written beside a host that is named",
                    "write origin = \"https://*\", or leave any-host out");
  }
  if (out.scheme == cap::Scheme::kHttps) return;
  if (author != Author::kOperator || out.host.kind != HostPattern::Kind::kExact) {
    faults.add("origin", Reason::kScheme, "http",
               "write https://; http is for one host by name, in an operator's grant");
  }
}

void load_secret(const policy::FetchGrant& from, Author author, Grant& out, Faults& faults) {
  if (!from.secret) return;
  out.secret = parse_secret_use(*from.secret);
  const std::string key = faults.key() + ".secret";
  if (!out.secret) {
    faults.add_text(key + ": the value is no text with one ${NAME} in it, or the header is no name",
                    "write secret = { header = \"authorization\", value = \"Bearer ${NAME}\" }");
    return;
  }
  const Reason header_class = class_of_header(out.secret->header).reason;
  if (header_class != Reason::kOk && header_class != Reason::kSecretOnly) {
    faults.add("secret.header", header_class, out.secret->header,
               "name a header that carries a credential");
  }
  if (out.host.kind != HostPattern::Kind::kExact) {
    faults.add_text(key + ": a wildcard cannot carry a secret", "name one host in this entry");
  }
  if (out.scheme != cap::Scheme::kHttps) {
    faults.add_text(key + ": http cannot carry a secret", "write https://");
  }
  if (author == Author::kBundle && from.secret->attach == policy::Attach::kAlways) {
    faults.add_text(key + ".attach: only an operator attaches a secret unasked",
                    "leave attach out, and name the secret in the request");
  }
}

void load_operator_keys(const policy::FetchGrant& from, Author author, Faults& faults) {
  if (author == Author::kOperator) return;
  const auto refuse = [&](std::string_view key) {
    faults.add(key, Reason::kPrivateNeedsOperator, "", advice(Reason::kPrivateNeedsOperator));
  };
  if (from.any_host) refuse("any-host");
  if (!from.private_hosts.empty()) refuse("private");
  if (from.raw_authorization) refuse("raw-authorization");
  if (from.browser_unpinned) refuse("browser-unpinned");
  if (from.ca) refuse("ca");
}

struct Numbers {
  policy::FetchBound key;
  std::uint64_t least_default, ceiling;
};
constexpr Numbers kNumbers[] = {
    {policy::FetchBound::kRequests, 16, 1'000},
    {policy::FetchBound::kParallel, 4, 16},
    {policy::FetchBound::kDenials, 64, 1'000},
    {policy::FetchBound::kRequestBody, 1U << 20, 64U << 20},
    {policy::FetchBound::kResponse, 8U << 20, 1U << 30},
    {policy::FetchBound::kTotal, 32U << 20, 1ULL << 32},
    {policy::FetchBound::kNames, 8, 256},
    {policy::FetchBound::kDns, 5 * kSecond, 30 * kSecond},
    {policy::FetchBound::kConnect, 10 * kSecond, 30 * kSecond},
    {policy::FetchBound::kFirstByte, 15 * kSecond, 30 * kSecond},
    {policy::FetchBound::kTimeout, 30 * kSecond, 300 * kSecond},
};
static_assert(std::size(kNumbers) == policy::kFetchBoundCount);

cap::FetchBounds effective(const policy::FetchBounds& written) {
  const auto value = [&](policy::FetchBound key) {
    const auto* row = std::find_if(std::begin(kNumbers), std::end(kNumbers),
                                   [&](const Numbers& each) { return each.key == key; });
    return std::min(written[key].value_or(row->least_default), row->ceiling);
  };
  const auto small = [&](policy::FetchBound key) { return static_cast<std::uint32_t>(value(key)); };
  const auto time = [&](policy::FetchBound key) { return Nanoseconds{value(key)}; };
  using policy::FetchBound;
  return {.requests = small(FetchBound::kRequests),
          .parallel = small(FetchBound::kParallel),
          .denials = small(FetchBound::kDenials),
          .names = small(FetchBound::kNames),
          .request_body = value(FetchBound::kRequestBody),
          .response = value(FetchBound::kResponse),
          .total = value(FetchBound::kTotal),
          .dns = time(FetchBound::kDns),
          .connect = time(FetchBound::kConnect),
          .first_byte = time(FetchBound::kFirstByte),
          .timeout = time(FetchBound::kTimeout)};
}

Grant load_grant(const policy::FetchGrant& from, Author author, Faults& faults) {
  Grant out;
  load_host(from, author, out, faults);
  load_operator_keys(from, author, faults);
  const Reason methods = parse_methods(from.methods, out.methods);
  if (methods != Reason::kOk) faults.add("methods", methods, "", advice(methods));
  if (from.paths.empty()) faults.add("paths", Reason::kEmpty, "", advice(Reason::kPathRelative));
  load_paths(from.paths, out.paths, faults);
  load_networks(from.private_hosts, "private", out.private_networks, faults);
  load_secret(from, author, out, faults);
  if (from.redirects > kMostRedirects) {
    faults.add_text(
        faults.key() + ".redirects: " + std::to_string(from.redirects) + " is more than 10",
        "write 10 or less");
  }
  out.redirect = from.redirect;
  out.redirects = from.redirects;
  if (from.decompress == policy::Decompress::kGzip) {
    out.decompress = cap::HopRequest::Decompress::kGzip;
  }
  out.raw_authorization = from.raw_authorization;
  out.browser_unpinned = from.browser_unpinned;
  out.ca = from.ca.value_or("");
  out.bounds = effective(from.bounds);
  return out;
}

DenyRule load_denied(const policy::FetchDeny& from, Faults& faults) {
  DenyRule out;
  const auto host = parse_deny_pattern(from.host);
  if (host.reason != Reason::kOk) faults.add("host", host.reason, from.host, advice(host.reason));
  out.host = host.pattern;
  out.port = host.port;
  load_paths(from.paths, out.paths, faults);
  return out;
}

// Also what is as wide as an operator likes: it only takes away.
void load_network(const policy::NetworkOptions& from, Rules& out, policy::Findings& findings) {
  const policy::Origin nowhere;
  Faults faults(findings, "network", nowhere);
  for (const std::string& text : from.extra_deny) {
    if (const auto network = parse_network(text)) {
      out.extra_deny.push_back(*network);
    } else {
      faults.add("extra-deny", Reason::kHostSyntax, text, "write an address or a block");
    }
  }
  if (!from.decode_nat64 && !from.nat64_prefixes.empty()) {
    faults.add_text("network.nat64-prefixes: they are written without nat64 = \"decode\"",
                    "write nat64 = \"decode\" beside them");
  }
  if (from.decode_nat64) out.nat64.push_back(*parse_network("64:ff9b::/96"));
  for (const std::string& text : from.nat64_prefixes) {
    const auto network = parse_network(text);
    constexpr unsigned kLengths[] = {32, 40, 48, 56, 64, 96};
    const bool good =
        network && network->first.family() == cap::IpFamily::kV6 &&
        std::find(std::begin(kLengths), std::end(kLengths), network->prefix) != std::end(kLengths);
    if (good) {
      out.nat64.push_back(*network);
    } else {
      faults.add("nat64-prefixes", Reason::kHostSyntax, text,
                 "write an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits");
    }
  }
  out.ipv6 = from.ipv6 ? AddressRules::Ipv6::kOn : AddressRules::Ipv6::kOff;
  out.dns_cache = from.dns_cache;
}

}  // namespace

std::optional<SecretUse> parse_secret_use(const policy::SecretBinding& binding) {
  const std::string_view value = binding.value;
  const std::size_t open = value.find("${");
  if (!is_token(binding.header) || open == std::string_view::npos) return std::nullopt;
  const std::size_t close = value.find('}', open);
  if (close == std::string_view::npos || value.find("${", open + 2) != std::string_view::npos) {
    return std::nullopt;
  }
  const auto is_text = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
  };
  SecretUse use{.header = binding.header,
                .before = std::string(value.substr(0, open)),
                .reference = std::string(value.substr(open + 2, close - open - 2)),
                .after = std::string(value.substr(close + 1)),
                .attach = binding.attach,
                .echo = binding.echo};
  const bool good = !use.reference.empty() && is_text(use.before) && is_text(use.after) &&
                    is_text(use.reference) && !use.before.starts_with(' ') &&
                    !use.after.ends_with(' ');
  if (!good) return std::nullopt;
  return use;
}

LoadedRules load(std::span<const policy::FetchGrant> grants,
                 std::span<const policy::FetchDeny> denied, const policy::NetworkOptions& network,
                 Author author) {
  LoadedRules out;
  for (std::size_t i = 0; i < grants.size(); ++i) {
    Faults faults(out.findings, "fetch[" + std::to_string(i) + "]", grants[i].origin);
    out.rules.grants.push_back(load_grant(grants[i], author, faults));
  }
  for (std::size_t i = 0; i < denied.size(); ++i) {
    Faults faults(out.findings, "fetch-deny[" + std::to_string(i) + "]", denied[i].origin);
    out.rules.denied.push_back(load_denied(denied[i], faults));
  }
  load_network(network, out.rules, out.findings);
  return out;
}

}  // namespace warrant::fetch
