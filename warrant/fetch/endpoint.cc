// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/endpoint.h"

#include <algorithm>
#include <cstddef>

#include "warrant/fetch/address_text.h"

namespace warrant::fetch {
namespace {

constexpr std::size_t kMaxName = 253;
constexpr std::size_t kMaxLabel = 63;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_hex(char c) noexcept { return detail::hex_digit(c).has_value(); }
bool is_visible(char c) noexcept { return c > 0x20 && c < 0x7F && c != '\\' && c != '/'; }
bool is_label_byte(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

template <typename Test>
bool all_of(std::string_view text, Test test) {
  return std::all_of(text.begin(), text.end(), test);
}

bool is_label(std::string_view label) noexcept {
  return !label.empty() && label.size() <= kMaxLabel && all_of(label, is_label_byte) &&
         !label.starts_with('-') && !label.ends_with('-');
}

bool is_name(std::string_view host) noexcept {
  if (host.size() > kMaxName) return false;
  while (true) {
    const std::size_t dot = host.find('.');
    if (!is_label(host.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    host.remove_prefix(dot + 1);
  }
}

// All digits, or "0x" and hex digits: readers of inet_aton's kind take the whole for an address.
bool looks_like_number(std::string_view label) noexcept {
  if (!label.empty() && all_of(label, is_digit)) return true;
  const bool hex = label.starts_with("0x") || label.starts_with("0X");
  return hex && all_of(label.substr(2), is_hex);
}

struct Host {
  std::optional<cap::IpAddress> address;
  EndpointFault fault = EndpointFault::kSyntax;
};

Host judge_bracketed(std::string_view inner) noexcept {
  if (inner.find('%') != std::string_view::npos) return {{}, EndpointFault::kHostZoneId};
  return {parse_ipv6(inner), EndpointFault::kHostSyntax};
}

Host judge_plain(std::string_view host) noexcept {
  if (host.empty()) return {};
  if (host.find('%') != std::string_view::npos) return {{}, EndpointFault::kHostPercent};
  const bool dotted = host.ends_with('.');
  if (dotted) host.remove_suffix(1);
  if (!is_name(host)) return {{}, EndpointFault::kHostSyntax};
  if (dotted) return {{}, EndpointFault::kHostTrailingDot};
  if (const auto address = parse_ipv4(host)) return {address};
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return {{}, looks_like_number(last) ? EndpointFault::kHostIpAmbiguous : EndpointFault::kName};
}

ParsedEndpoint fault(EndpointFault what) noexcept { return {{}, what}; }

}  // namespace

ParsedEndpoint parse_endpoint(std::string_view text, PortZero zero) noexcept {
  if (text.empty() || !all_of(text, is_visible)) return fault(EndpointFault::kSyntax);
  if (text.find('@') != std::string_view::npos) return fault(EndpointFault::kUserinfo);
  Host host;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return fault(EndpointFault::kHostSyntax);
    rest = text.substr(end + 1);
    if (!rest.empty() && rest[0] != ':') return fault(EndpointFault::kHostSyntax);
    host = judge_bracketed(text.substr(1, end - 1));
  } else {
    const auto in_ipv6 = [](char c) { return is_hex(c) || c == '.' || c == ':'; };
    if (std::count(text.begin(), text.end(), ':') >= 2 && all_of(text, in_ipv6)) {
      return fault(EndpointFault::kHostSyntax);
    }
    const std::size_t colon = std::min(text.find(':'), text.size());
    rest = text.substr(colon);
    host = judge_plain(text.substr(0, colon));
  }
  if (!host.address && host.fault != EndpointFault::kName) return fault(host.fault);
  const auto port =
      detail::parse_decimal(rest.substr(std::min<std::size_t>(1, rest.size())), 65535);
  if (!port || (*port == 0 && zero == PortZero::kRefused)) return fault(EndpointFault::kPort);
  if (!host.address) return fault(EndpointFault::kName);
  return {cap::Endpoint{*host.address, static_cast<std::uint16_t>(*port)}};
}

std::string_view word(EndpointFault fault) noexcept {
  switch (fault) {
    case EndpointFault::kSyntax:
      return "syntax";
    case EndpointFault::kUserinfo:
      return "userinfo";
    case EndpointFault::kHostSyntax:
      return "host_syntax";
    case EndpointFault::kHostPercent:
      return "host_percent";
    case EndpointFault::kHostZoneId:
      return "host_zone_id";
    case EndpointFault::kHostTrailingDot:
      return "host_trailing_dot";
    case EndpointFault::kHostIpAmbiguous:
      return "host_ip_ambiguous";
    case EndpointFault::kPort:
      return "port";
    case EndpointFault::kName:
      return "name";
  }
  return "syntax";
}

}  // namespace warrant::fetch
