// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/redirect.h"

#include <algorithm>

namespace warrant::fetch {
namespace {

using cap::Reason;

// Literal "." and ".." of a merged path, as RFC 3986 section 5.2.4 removes them; escapes of dots
// stay and are judged later.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    path.remove_prefix(1);  // its "/"
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    const bool last = end == path.size();
    path.remove_prefix(end);
    if (segment == "..") out.resize(out.empty() ? 0 : out.rfind('/'));
    if (segment == "." || segment == "..") {
      if (last) out += '/';
      continue;
    }
    out += '/';
    out += segment;
  }
  return out.empty() ? "/" : out;
}

bool has_scheme(std::string_view location) noexcept {
  const std::size_t first = location.find_first_of(":/?#");
  return first != std::string_view::npos && location[first] == ':';
}

}  // namespace

bool is_redirect(std::uint16_t status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string resolve(const Url& current, std::string_view location) {
  if (has_scheme(location)) return std::string(location);
  if (location.starts_with("//")) {
    return std::string(word(current.scheme)) + ":" + std::string(location);
  }
  if (location.empty() || location.front() == '#') return print(current) + std::string(location);
  const std::string origin = print_origin(current);
  if (location.front() == '/') return origin + std::string(location);
  if (location.front() == '?') return origin + current.path + std::string(location);
  const std::size_t path = std::min(location.find_first_of("?#"), location.size());
  const std::string merged =
      current.path.substr(0, current.path.rfind('/') + 1) + std::string(location.substr(0, path));
  return origin + without_dots(merged) + std::string(location.substr(path));
}

NextHop next_hop(const Url& current, const Grant& grant, std::uint16_t status,
                 std::span<const std::string> locations, std::uint32_t followed) {
  if (!is_redirect(status)) return {Reason::kNotFollowed, {}};
  if (grant.redirect == policy::Redirect::kManual) return {Reason::kNotFollowed, {}};
  if (grant.redirect == policy::Redirect::kError) return {Reason::kRedirectNotAllowed, {}};
  if (locations.empty()) return {Reason::kNoLocation, {}};
  if (locations.size() > 1) return {Reason::kAmbiguousLocation, {}};
  const std::string& location = locations.front();
  if (location.size() > kUrlMax) return {Reason::kUrlTooLong, {}};
  if (const Reason reason = check_bytes(location); reason != Reason::kOk) return {reason, {}};
  if (followed >= grant.redirects) return {Reason::kTooManyRedirects, {}};
  return {Reason::kOk, resolve(current, location)};
}

NextMethod next_method(cap::Method method, std::uint16_t status) noexcept {
  const bool rewritten =
      status == 303 || ((status == 301 || status == 302) && method == cap::Method::kPost);
  if (!rewritten) return {method};
  return {method == cap::Method::kHead ? method : cap::Method::kGet, NextMethod::Body::kDropped};
}

}  // namespace warrant::fetch
