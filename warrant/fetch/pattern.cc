// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/pattern.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "warrant/fetch/address_class.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/public_suffix.h"
#include "warrant/fetch/url.h"

namespace warrant::fetch {
namespace {

using cap::Reason;

// By value of cap::Method.
constexpr std::string_view kMethods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                         "PATCH", "DELETE", "OPTIONS"};

bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }

// An address, a slash and a number: a block, whether or not its other bits are clear.
std::optional<cap::IpNetwork> find_block(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::string_view first = text.substr(0, slash);
  if (first.starts_with('[') && first.ends_with(']')) first = first.substr(1, first.size() - 2);
  const auto address = parse_ip(first);
  if (!address) return std::nullopt;
  const auto prefix = detail::parse_decimal(text.substr(slash + 1), address->bits());
  if (!prefix) return std::nullopt;
  return cap::IpNetwork{*address, *prefix};
}

bool is_too_wide(const cap::IpNetwork& block) noexcept {
  return block.prefix < (block.first.family() == cap::IpFamily::kV4 ? 8U : 32U);
}

// The left column of the load checks.
Reason check_form(std::string_view text) noexcept {
  if (text.empty()) return Reason::kEmpty;
  const auto not_ascii = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  if (std::any_of(text.begin(), text.end(), not_ascii)) return Reason::kNonAscii;
  if (text.find("://") != std::string_view::npos) return Reason::kUrlInHost;
  if (text.find('@') != std::string_view::npos) return Reason::kUserinfo;
  if (const auto block = find_block(text)) {
    return is_too_wide(*block) ? Reason::kCidrTooWide : Reason::kPrivateNeedsOperator;
  }
  return text.find('/') == std::string_view::npos ? Reason::kOk : Reason::kPathInHost;
}

struct Split {
  std::string_view host;
  std::optional<std::string_view> port = {};
};
Split split_port(std::string_view text) noexcept {
  std::size_t from = 0;
  if (text.starts_with('[')) from = std::min(text.find(']'), text.size());
  const std::size_t colon = text.find(':', from);
  if (colon == std::string_view::npos) return {text};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool is_suffix_of_strangers(std::string_view base) {
  std::string lower(base);
  for (char& c : lower) {
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  if (lower.ends_with('.')) lower.pop_back();
  return is_public_suffix(lower);
}

// What the author must be an operator for; kOk: nothing.
Reason check_leave(const HostPattern& pattern, Author author) noexcept {
  const Host& host = pattern.host;
  if (host.literal) {
    const bool is_public = class_of(*host.literal) == AddressClass::kPublic;
    return is_public || author == Author::kOperator ? Reason::kOk : Reason::kPrivateNeedsOperator;
  }
  if (kind_of(host.text) == NameKind::kOrdinary) return Reason::kOk;
  if (author != Author::kOperator) return Reason::kPrivateNeedsOperator;
  // A wildcard never reaches such a name, so it would be written in vain.
  return pattern.kind == HostPattern::Kind::kExact ? Reason::kOk : Reason::kHostSpecialUse;
}

// Of a grant: what the right column asks beyond the grammar.
enum class Strictness : std::uint8_t { kGrant, kDeny };

ParsedHostPattern parse(std::string_view text, AnyHost any_host, Strictness strictness) {
  if (const Reason reason = check_form(text); reason != Reason::kOk) return {reason, {}};
  const Split split = split_port(text);
  ParsedHostPattern out;
  if (split.host == "*" && any_host == AnyHost::kRefused) return {Reason::kNeedsExplicitFlag, {}};
  if (split.port) {
    out.port = parse_port(*split.port);
    if (!out.port) return {Reason::kPort, {}};
  }
  if (split.host == "*") {
    out.pattern.kind = HostPattern::Kind::kAny;
    return out;
  }
  std::string_view name = split.host;
  if (name.starts_with("*.")) {
    out.pattern.kind = HostPattern::Kind::kWildcard;
    name.remove_prefix(2);
  }
  if (name.find('*') != std::string_view::npos) return {Reason::kWildcardPosition, {}};
  const bool wild = out.pattern.kind == HostPattern::Kind::kWildcard;
  if (wild && strictness == Strictness::kGrant && is_suffix_of_strangers(name)) {
    return {Reason::kPublicSuffix, {}};
  }
  if (std::any_of(name.begin(), name.end(), is_upper)) return {Reason::kNotCanonical, {}};
  ParsedHost host = parse_host(name);
  if (host.reason != Reason::kOk) return {host.reason, {}};
  if (wild && host.host.literal) return {Reason::kHostIpAmbiguous, {}};
  out.pattern.host = std::move(host.host);
  return out;
}

}  // namespace

bool HostPattern::covers(const Host& other) const noexcept {
  if (kind == Kind::kAny) return true;
  if (kind == Kind::kExact) return host == other;
  if (!other.is_name()) return false;
  const std::size_t dot = other.text.find('.');
  return dot != std::string::npos && dot > 0 &&
         std::string_view(other.text).substr(dot + 1) == host.text;
}

bool HostPattern::grants(const Host& other) const noexcept {
  if (!covers(other)) return false;
  return kind == Kind::kExact || (other.is_name() && kind_of(other.text) == NameKind::kOrdinary);
}

std::string print(const HostPattern& pattern) {
  if (pattern.kind == HostPattern::Kind::kAny) return "*";
  return (pattern.kind == HostPattern::Kind::kWildcard ? "*." : "") + pattern.host.text;
}

ParsedHostPattern parse_host_pattern(std::string_view text, Author author, AnyHost any_host) {
  ParsedHostPattern out = parse(text, any_host, Strictness::kGrant);
  if (out.reason != Reason::kOk || out.pattern.kind == HostPattern::Kind::kAny) return out;
  out.reason = check_leave(out.pattern, author);
  return out;
}

ParsedHostPattern parse_deny_pattern(std::string_view text) {
  return parse(text, AnyHost::kAllowed, Strictness::kDeny);
}

std::string print(const PathPattern& pattern) {
  return pattern.text + (pattern.kind == PathPattern::Kind::kBelow ? "*" : "");
}

ParsedPathPattern parse_path_pattern(std::string_view text) {
  if (!text.starts_with('/')) return {Reason::kPathRelative, {}};
  if (text.size() > kUrlMax) return {Reason::kUrlTooLong, {}};
  PathPattern pattern;
  if (text.ends_with("/*")) text.remove_suffix(1);
  if (text.ends_with('/')) pattern.kind = PathPattern::Kind::kBelow;
  ParsedPath path = parse_path(text);
  if (path.reason != Reason::kOk) return {path.reason, {}};
  if (text.find('*') != std::string_view::npos) return {Reason::kWildcardPosition, {}};
  pattern.text = std::move(path.normal);
  return {Reason::kOk, std::move(pattern)};
}

std::optional<cap::Method> find_method(std::string_view name) noexcept {
  const auto* found = std::find(std::begin(kMethods), std::end(kMethods), name);
  if (found == std::end(kMethods)) return std::nullopt;
  return static_cast<cap::Method>(found - std::begin(kMethods));
}

std::string_view word(cap::Method method) noexcept {
  return kMethods[static_cast<std::size_t>(method)];
}

cap::Reason parse_methods(const std::vector<std::string>& names, Methods& methods) noexcept {
  if (names.empty()) return Reason::kEmpty;
  for (const std::string& name : names) {
    const auto method = find_method(name);
    if (!method) return Reason::kMethod;
    methods.add(*method);
  }
  return Reason::kOk;
}

}  // namespace warrant::fetch
