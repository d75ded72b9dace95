// SPDX-License-Identifier: Apache-2.0
#pragma once
// A URL that every parser reads in the same way, or the reason why it is none.
//
// Never squashes, trims, repairs or guesses. The normal form is what is matched, audited and sent:
// scheme and host in lower case, the port written, escapes of unreserved bytes decoded, the other
// escapes in upper case, the query as it was, no fragment. parse(print(u)) is u.
// Spec: egress.md section 2.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "warrant/cap/reason.h"
#include "warrant/cap/transport.h"
#include "warrant/fetch/host.h"

namespace warrant::fetch {

inline constexpr std::size_t kUrlMax = 8'192;

enum class Schemes : std::uint8_t { kHttps, kHttpsAndHttp };

struct Url {
  cap::Scheme scheme = cap::Scheme::kHttps;
  Host host;
  std::uint16_t port = 443;
  std::string path = "/";
  bool has_query = false;
  std::string query;

  bool is_same_origin(const Url& other) const noexcept {
    return scheme == other.scheme && port == other.port && host == other.host;
  }
  friend bool operator==(const Url&, const Url&) = default;
};

std::string_view word(cap::Scheme scheme) noexcept;
std::string print_origin(const Url& url);  // "https://api.example.com:443"
std::string print(const Url& url);

struct ParsedUrl {
  cap::Reason reason = cap::Reason::kOk;
  Url url;
};

ParsedUrl parse_url(std::string_view text, Schemes schemes);

// Row 2 alone: the first byte that stands in no URL.
cap::Reason check_bytes(std::string_view text) noexcept;

// Rows 17 to 23, and the normal form. The path begins with "/".
struct ParsedPath {
  cap::Reason reason = cap::Reason::kOk;
  std::string normal;
};
ParsedPath parse_path(std::string_view path);

}  // namespace warrant::fetch
