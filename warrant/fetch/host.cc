// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/host.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "warrant/fetch/a_label.h"
#include "warrant/fetch/address_text.h"

namespace warrant::fetch {
namespace {

using cap::Reason;

constexpr std::size_t kNameMax = 253;
constexpr std::size_t kLabelMax = 63;

constexpr std::string_view kSpecialUse[] = {
    "localhost", "localdomain", "local", "internal", "corp",    "home",    "lan", "mail",
    "home.arpa", "arpa",        "onion", "test",     "invalid", "example", "alt", "svc",
};

bool is_label_byte(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

Reason check_label(std::string_view label) noexcept {
  const bool bytes =
      label.size() <= kLabelMax && std::all_of(label.begin(), label.end(), is_label_byte);
  if (!bytes) return Reason::kHostSyntax;
  if (label.starts_with("xn--")) return is_a_label(label) ? Reason::kOk : Reason::kHostIdna;
  return label.starts_with('-') || label.ends_with('-') ? Reason::kHostSyntax : Reason::kOk;
}

// A label that some readers take for a number: all digits, or "0x" with nothing but hex behind it.
bool is_numeric(std::string_view label) noexcept {
  if (label.starts_with("0x")) {
    return std::all_of(label.begin() + 2, label.end(),
                       [](char c) { return detail::hex_digit(c).has_value(); });
  }
  return std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool has_empty_label(std::string_view name) noexcept {
  return name.empty() || name.front() == '.' || name.back() == '.' ||
         name.find("..") != std::string_view::npos;
}

Reason check_labels(std::string_view name) noexcept {
  for (;;) {
    const std::size_t dot = name.find('.');
    if (const Reason reason = check_label(name.substr(0, dot)); reason != Reason::kOk) {
      return reason;
    }
    if (dot == std::string_view::npos) return Reason::kOk;
    name.remove_prefix(dot + 1);
  }
}

ParsedHost parse_bracketed(std::string_view text) {
  const std::size_t close = text.find(']');
  if (close == std::string_view::npos || close + 1 != text.size()) return {Reason::kHostSyntax, {}};
  const std::string_view inner = text.substr(1, close - 1);
  if (inner.find('%') != std::string_view::npos) return {Reason::kHostZoneId, {}};
  const auto address = parse_ipv6(inner);
  if (!address) return {Reason::kHostSyntax, {}};
  return {Reason::kOk, {std::string(text), address}};
}

}  // namespace

ParsedHost parse_host(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (lower.starts_with('[')) return parse_bracketed(lower);
  if (lower.find('%') != std::string::npos) return {Reason::kHostPercent, {}};
  const bool dot = lower.ends_with('.');
  if (dot) lower.pop_back();
  if (lower.size() > kNameMax || has_empty_label(lower)) return {Reason::kHostSyntax, {}};
  if (const Reason reason = check_labels(lower); reason != Reason::kOk) return {reason, {}};
  if (dot) return {Reason::kHostTrailingDot, {}};
  const std::string_view name = lower;
  const auto literal = parse_ipv4(name);
  const std::size_t last = name.rfind('.') + 1;  // 0 where there is none
  if (!literal && is_numeric(name.substr(last))) return {Reason::kHostIpAmbiguous, {}};
  return {Reason::kOk, {std::move(lower), literal}};
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  const auto value = detail::parse_decimal(text, 65'535);
  if (!value || *value == 0) return std::nullopt;
  return static_cast<std::uint16_t>(*value);
}

NameKind kind_of(std::string_view name) noexcept {
  const bool special =
      std::any_of(std::begin(kSpecialUse), std::end(kSpecialUse), [&](auto suffix) {
        if (!name.ends_with(suffix)) return false;
        return name.size() == suffix.size() || name[name.size() - suffix.size() - 1] == '.';
      });
  if (special) return NameKind::kSpecialUse;
  return name.find('.') == std::string_view::npos ? NameKind::kSingleLabel : NameKind::kOrdinary;
}

}  // namespace warrant::fetch
