// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/patterns.h"

#include <algorithm>
#include <array>

#include "warrant/cap/address_text.h"
#include "warrant/policy/text_checks.h"

namespace warrant::policy {
namespace {

constexpr std::string_view kSpecial[] = {
    "localhost", "localdomain", "local", "internal", "corp",    "home",    "lan", "mail",
    "home.arpa", "arpa",        "onion", "test",     "invalid", "example", "alt", "svc"};

bool is_literal(std::string_view host) {
  if (host.starts_with('[')) return true;
  return cap::parse_ipv4(host).has_value();
}

bool is_wildcard(std::string_view host) { return host.starts_with("*."); }

// Whether a wildcard or "*" matches this exact host.
bool matches(std::string_view pattern, std::string_view host) {
  if (is_literal(host) || is_special_name(host)) return false;
  if (pattern == "*") return true;
  const std::size_t dot = host.find('.');
  return is_wildcard(pattern) && dot != 0 && dot != std::string_view::npos &&
         host.substr(dot + 1) == pattern.substr(2);
}

std::string_view directory_of(std::string_view path) {
  if (path.ends_with("/*")) path.remove_suffix(1);
  return path;
}

bool is_directory(std::string_view path) { return directory_of(path).ends_with('/'); }

// One address is written without its full prefix.
std::string shortest(const cap::IpNetwork& network) {
  return network.is_single() ? cap::print(network.first) : cap::print(network);
}

bool is_unspecified(const cap::IpAddress& address) {
  const auto bytes = address.bytes();
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

// Without what another element covers; of equal ones the first stays.
std::vector<std::string> without_covered(const std::vector<std::string>& texts, MeetTexts meet) {
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    bool covered = false;
    for (std::size_t j = 0; j < texts.size() && !covered; ++j) {
      if (i == j) continue;
      const auto common = meet(texts[i], texts[j]);
      covered = common && *common == texts[i] && (texts[i] != texts[j] || j < i);
    }
    if (!covered) kept.push_back(texts[i]);
  }
  return kept;
}

}  // namespace

bool is_special_name(std::string_view host) {
  if (host.find('.') == std::string_view::npos) return true;
  return std::any_of(std::begin(kSpecial), std::end(kSpecial), [&](std::string_view suffix) {
    return host == suffix || (host.size() > suffix.size() && host.ends_with(suffix) &&
                              host[host.size() - suffix.size() - 1] == '.');
  });
}

std::optional<std::string> meet_hosts(const std::string& a, const std::string& b) {
  if (a == b) return a;
  const bool open_a = a == "*" || is_wildcard(a);
  const bool open_b = b == "*" || is_wildcard(b);
  if (a == "*" && open_b) return b;
  if (b == "*" && open_a) return a;
  if (open_a && !open_b && matches(a, b)) return b;
  if (open_b && !open_a && matches(b, a)) return a;
  return std::nullopt;
}

std::optional<std::string> meet_paths(const std::string& a, const std::string& b) {
  const std::string_view left = directory_of(a);
  const std::string_view right = directory_of(b);
  if (left == right) return std::string(left);
  if (is_directory(a) && right.starts_with(left)) return std::string(right);
  if (is_directory(b) && left.starts_with(right)) return std::string(left);
  return std::nullopt;
}

std::optional<std::string> meet_networks(const std::string& a, const std::string& b) {
  const auto left = cap::parse_network(a);
  const auto right = cap::parse_network(b);
  if (!left || !right) return std::nullopt;
  if (left->prefix >= right->prefix && right->contains(left->first)) return shortest(*left);
  if (right->prefix >= left->prefix && left->contains(right->first)) return shortest(*right);
  return std::nullopt;
}

std::optional<std::string> meet_imports(const std::string& a, const std::string& b) {
  if (a == b) return a;
  const auto covers = [](std::string_view pattern, std::string_view name) {
    return pattern.ends_with(".*") && name.starts_with(pattern.substr(0, pattern.size() - 1));
  };
  if (covers(a, b)) return b;
  if (covers(b, a)) return a;
  return std::nullopt;
}

std::optional<std::string> meet_listeners(const std::string& a, const std::string& b) {
  const auto left = split_host_port(a);
  const auto right = split_host_port(b);
  if (!left || !right) return std::nullopt;
  const auto here = cap::parse_ip(left->host);
  const auto there = cap::parse_ip(right->host);
  if (!here || !there || here->family() != there->family()) return std::nullopt;
  if (!(*here == *there) && !is_unspecified(*here) && !is_unspecified(*there)) return std::nullopt;
  if (left->port != right->port && left->port != 0 && right->port != 0) return std::nullopt;
  return cap::print(cap::Endpoint{is_unspecified(*here) ? *there : *here,
                                  left->port == 0 ? right->port : left->port});
}

std::vector<std::string> meet_lists(const std::vector<std::string>& a,
                                    const std::vector<std::string>& b, MeetTexts meet) {
  std::vector<std::string> made;
  for (const std::string& left : a) {
    for (const std::string& right : b) {
      if (auto common = meet(left, right)) made.push_back(*std::move(common));
    }
  }
  return without_covered(made, meet);
}

void normalize(std::string& text, MeetTexts meet) {
  if (auto same = meet(text, text)) text = *std::move(same);
}

void normalize(std::vector<std::string>& texts, MeetTexts meet) {
  for (std::string& text : texts) normalize(text, meet);
  texts = without_covered(texts, meet);
}

std::optional<std::string> meet_equal(const std::string& a, const std::string& b) {
  if (a == b) return a;
  return std::nullopt;
}

}  // namespace warrant::policy
