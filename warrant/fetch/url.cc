// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/url.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "warrant/fetch/address_text.h"

namespace warrant::fetch {
namespace {

using cap::Reason;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals_lower(std::string_view text, std::string_view word) noexcept {
  return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                    [](char a, char b) { return lower(a) == b; });
}

// Rows 3 and 4.
Reason check_scheme(std::string_view text, Schemes schemes, cap::Scheme& scheme) noexcept {
  const std::size_t first = text.find_first_of(":/?#");
  if (first == std::string_view::npos || text[first] != ':') return Reason::kSyntax;
  const std::string_view name = text.substr(0, first);
  if (equals_lower(name, "https")) return Reason::kOk;
  if (schemes != Schemes::kHttpsAndHttp || !equals_lower(name, "http")) return Reason::kScheme;
  scheme = cap::Scheme::kHttp;
  return Reason::kOk;
}

// Row 8: what is IPv6 to those who forgive the missing brackets.
bool is_bare_ipv6(std::string_view authority) noexcept {
  return std::count(authority.begin(), authority.end(), ':') >= 2 &&
         std::all_of(authority.begin(), authority.end(), [](char c) {
           return c == '.' || c == ':' || detail::hex_digit(c).has_value();
         });
}

// Rows 6 to 16.
Reason parse_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) return Reason::kUserinfo;
  std::size_t colon = authority.find(':');
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return Reason::kHostSyntax;
    colon = close + 1 == authority.size() ? std::string_view::npos : close + 1;
    if (colon != std::string_view::npos && authority[colon] != ':') return Reason::kHostSyntax;
  } else if (is_bare_ipv6(authority)) {
    return Reason::kHostSyntax;
  }
  const std::string_view host = authority.substr(0, colon);
  if (host.empty()) return Reason::kSyntax;
  ParsedHost parsed = parse_host(host);
  if (parsed.reason != Reason::kOk) return parsed.reason;
  url.host = std::move(parsed.host);
  url.port = url.scheme == cap::Scheme::kHttps ? 443 : 80;
  if (colon == std::string_view::npos) return Reason::kOk;
  const auto port = parse_port(authority.substr(colon + 1));
  if (!port) return Reason::kPort;
  url.port = *port;
  return Reason::kOk;
}

bool is_query_byte(char c) noexcept {
  const bool alphanumeric = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
  return alphanumeric ||
         std::string_view("-._~%!$&'()*+,;=:@/?[]").find(c) != std::string_view::npos;
}

}  // namespace

Reason check_bytes(std::string_view text) noexcept {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F) return Reason::kControl;
    if (byte >= 0x80) return Reason::kNonAscii;
    if (byte == '\\') return Reason::kBackslash;
  }
  return Reason::kOk;
}

ParsedUrl parse_url(std::string_view text, Schemes schemes) {
  if (text.size() > kUrlMax) return {Reason::kUrlTooLong, {}};
  if (const Reason reason = check_bytes(text); reason != Reason::kOk) return {reason, {}};
  Url url;
  const Reason scheme = check_scheme(text, schemes, url.scheme);
  if (scheme != Reason::kOk) return {scheme, {}};
  text.remove_prefix(text.find(':') + 1);
  if (!text.starts_with("//")) return {Reason::kSyntax, {}};
  text.remove_prefix(2);
  const std::size_t authority = std::min(text.find_first_of("/?#"), text.size());
  if (authority == 0) return {Reason::kSyntax, {}};
  const Reason host = parse_authority(text.substr(0, authority), url);
  if (host != Reason::kOk) return {host, {}};
  text.remove_prefix(authority);
  text = text.substr(0, text.find('#'));
  const std::size_t mark = text.find('?');
  if (const std::string_view path = text.substr(0, mark); !path.empty()) {
    ParsedPath parsed = parse_path(path);
    if (parsed.reason != Reason::kOk) return {parsed.reason, {}};
    url.path = std::move(parsed.normal);
  }
  if (mark != std::string_view::npos) {
    const std::string_view query = text.substr(mark + 1);
    if (!std::all_of(query.begin(), query.end(), is_query_byte)) return {Reason::kQueryChars, {}};
    url.has_query = true;
    url.query = query;
  }
  return {Reason::kOk, std::move(url)};
}

std::string_view word(cap::Scheme scheme) noexcept {
  return scheme == cap::Scheme::kHttps ? "https" : "http";
}

namespace {

// With room for `more` bytes behind it.
std::string print_origin(const Url& url, std::size_t more) {
  constexpr std::size_t kMost = 8 + 6;  // scheme and port, with what is around them
  std::string text;
  text.reserve(kMost + url.host.text.size() + more);
  text.append(word(url.scheme)).append("://").append(url.host.text).append(":");
  return text.append(std::to_string(url.port));
}

}  // namespace

std::string print_origin(const Url& url) { return print_origin(url, 0); }

std::string print(const Url& url) {
  std::string text = print_origin(url, url.path.size() + 1 + url.query.size());
  text += url.path;
  if (url.has_query) text.append("?").append(url.query);
  return text;
}

}  // namespace warrant::fetch
