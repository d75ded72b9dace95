// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/text_checks.h"

#include <algorithm>
#include <array>

#include "warrant/base/utf8.h"
#include "warrant/cap/address_text.h"
#include "warrant/policy/guest_name.h"

namespace warrant::policy {
namespace {

using Text = std::string_view;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_lower(char c) noexcept { return (c >= 'a' && c <= 'z') || is_digit(c); }

template <typename Predicate>
bool all_of(Text text, Predicate fits) {
  return std::all_of(text.begin(), text.end(), fits);
}

bool has_nul(Text text) { return text.find('\0') != Text::npos; }

std::size_t characters(Text text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool is_part(Text text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         all_of(text, [](char c) { return is_lower(c) || c == '-'; });
}

bool is_name(Text host) {
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
         all_of(host, [](char c) { return is_lower(c) || c == '-' || c == '.'; });
}

// Digits and dots, or a leading "0x": an address to some readers.
bool looks_like_address(Text host) {
  return host.starts_with("0x") || all_of(host, [](char c) { return is_digit(c) || c == '.'; });
}

Fault check_endpoint(Text text, Text example) {
  const auto split = split_host_port(text);
  if (!split) return "is not " + std::string(example) + "; an IPv6 address stands in brackets";
  if (cap::parse_ip(split->host)) return std::nullopt;
  if (looks_like_address(split->host)) {
    return "is an address to some readers only; write four numbers without leading zeros";
  }
  if (!is_name(split->host)) return "names no host";
  return std::nullopt;
}

}  // namespace

Fault check_not_empty(Text text) {
  if (text.empty()) return "is empty";
  return check_argument(text);
}

Fault check_argument(Text text) {
  if (has_nul(text)) return "holds a NUL byte";
  return std::nullopt;
}

Fault check_id(Text text) {
  const bool fits = text.size() >= 16 && text.size() <= 64 && all_of(text, [](char c) {
                      return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
                    });
  if (fits) return std::nullopt;
  return "is not 16 to 64 letters, digits, dots, underscores and dashes";
}

Fault check_digest(Text text) {
  constexpr Text kPrefix = "sha256:";
  const Text digits = text.substr(std::min(text.size(), kPrefix.size()));
  const bool fits = text.starts_with(kPrefix) && digits.size() == 64 &&
                    all_of(digits, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
  if (fits) return std::nullopt;
  return "is not sha256: and 64 hexadecimal digits in lower case";
}

Fault check_identity(Text text) {
  const std::size_t slash = text.find('/');
  if (slash != Text::npos && is_part(text.substr(0, slash)) && is_part(text.substr(slash + 1))) {
    return std::nullopt;
  }
  return "is not publisher/name";
}

Fault check_label(Text text) {
  if (text.size() > 64) return "is longer than 64 bytes";
  if (!all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; })) {
    return "holds a control character";
  }
  return std::nullopt;
}

Fault check_guest(Text text) {
  if (text.empty()) return "is empty; \"/\" names the root";
  const auto problem = check_guest_name(text);
  if (!problem) return std::nullopt;
  return "is no name for a directory: " + std::string(*problem);
}

Fault check_host_path(Text text) {
  if (text.empty()) return "is empty; \".\" is the directory of the document";
  if (has_nul(text)) return "holds a NUL byte";
  if (text.front() == '~' || text.front() == '$') {
    return "is not expanded by anybody; write the absolute path, or ./" + std::string(text) +
           " for a directory of that name";
  }
  return std::nullopt;
}

Fault check_absolute(Text text) {
  if (has_nul(text)) return "holds a NUL byte";
  if (!text.starts_with('/')) return "is not an absolute path";
  return std::nullopt;
}

Fault check_import(Text text) {
  const std::size_t dot = text.find('.');
  if (dot == Text::npos || dot == 0 || dot + 1 == text.size()) {
    return "is not MODULE.NAME or MODULE.*";
  }
  return check_argument(text);
}

Fault check_variable_name(Text text) {
  if (text.empty() || text.find('=') != Text::npos || has_nul(text)) {
    return "is no name of a variable: it is empty or holds '=' or NUL";
  }
  return std::nullopt;
}

Fault check_variable_value(Text text) { return check_argument(text); }

Fault check_network(Text text) {
  if (cap::parse_network(text)) return std::nullopt;
  return "is no address and no CIDR such as 10.0.0.0/8 or fd00::/8";
}

Fault check_listen(Text text) {
  if (auto fault = check_endpoint(text, "ADDR:PORT")) return fault;
  if (cap::parse_ip(split_host_port(text)->host)) return std::nullopt;
  return "is a name; a listener needs an address, 127.0.0.1:8080";
}

Fault check_connect(Text text) {
  if (auto fault = check_endpoint(text, "HOST:PORT")) return fault;
  if (split_host_port(text)->port == 0) return "has port 0";
  return std::nullopt;
}

Fault check_origin(Text text) {
  if (split_origin(text)) return std::nullopt;
  return "is not https://HOST or https://HOST:PORT with nothing after it";
}

Fault check_method(Text text) {
  constexpr std::array<Text, 7> kMethods = {"GET",   "HEAD",   "POST",   "PUT",
                                            "PATCH", "DELETE", "OPTIONS"};
  if (std::find(kMethods.begin(), kMethods.end(), text) != kMethods.end()) return std::nullopt;
  return "is not one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
}

Fault check_pattern(Text text) {
  if (!text.starts_with('/')) return "does not begin with '/'";
  const std::size_t star = text.find('*');
  if (star != Text::npos && (star + 1 != text.size() || text[star - 1] != '/')) {
    return "has a '*' that is not the whole last part";
  }
  return check_argument(text);
}

Fault check_header(Text text) {
  constexpr Text kMarks = "!#$%&'*+-.^_`|~";
  const bool fits = !text.empty() && text.size() <= 256 && all_of(text, [&](char c) {
    return is_letter(c) || is_digit(c) || kMarks.find(c) != Text::npos;
  });
  if (fits) return std::nullopt;
  return "is no name of a header";
}

Fault check_secret_value(Text text) {
  const std::size_t open = text.find("${");
  const std::size_t close = open == Text::npos ? open : text.find('}', open);
  if (close == Text::npos) {
    return "holds no reference ${name}: a secret itself never stands in a grant";
  }
  if (text.find("${", close) != Text::npos) return "holds more than one reference";
  return check_secret_name(text.substr(open + 2, close - open - 2));
}

Fault check_secret_name(Text text) {
  const bool fits = !text.empty() && text.size() <= 64 && all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
  });
  if (fits) return std::nullopt;
  return "is no name of a secret: letters, digits, '-', '_' and '.', at most 64";
}

Fault check_command(Text text) {
  if (text.empty() || text.find('/') != Text::npos || has_nul(text)) {
    return "is no name of a command";
  }
  return std::nullopt;
}

Fault check_why(Text text) {
  if (text.empty() || characters(text) > 200) return "is not 1 to 200 characters";
  return std::nullopt;
}

std::optional<HostPort> split_host_port(Text text) {
  std::size_t colon = text.rfind(':');
  if (colon == Text::npos) return std::nullopt;
  Text host = text.substr(0, colon);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return std::nullopt;
    host = host.substr(1, host.size() - 2);
    if (!cap::parse_ipv6(host)) return std::nullopt;
  } else if (host.find(':') != Text::npos) {
    return std::nullopt;
  }
  const auto port = cap::detail::parse_decimal(text.substr(colon + 1), 65'535);
  if (!port || host.empty()) return std::nullopt;
  return HostPort{std::string(host), static_cast<std::uint16_t>(*port)};
}

std::optional<SplitOrigin> split_origin(Text text) {
  SplitOrigin split{.scheme = {}, .host = {}, .port = 443};
  if (text.starts_with("https://")) {
    split.scheme = "https";
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    split.scheme = "http";
    split.port = 80;
    text.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == Text::npos) return std::nullopt;
  const std::size_t colon = text.find(':', bracket);
  split.host = text.substr(0, colon);
  if (split.host.empty() || split.host.find_first_of("/?#@\\") != std::string::npos) {
    return std::nullopt;
  }
  if (colon == Text::npos) return split;
  const auto port = cap::detail::parse_decimal(text.substr(colon + 1), 65'535);
  if (!port || *port == 0) return std::nullopt;
  split.port = static_cast<std::uint16_t>(*port);
  return split;
}

}  // namespace warrant::policy
