// SPDX-License-Identifier: Apache-2.0
#pragma once
// Addresses from text: one spelling for IPv4, RFC 4291 for IPv6, nothing that a resolver would read
// in another way.
//
// Never trims, repairs or guesses: "127.1", "0x7f.0.0.1", "010.0.0.1", "fe80::1%eth0" are no
// addresses. Usable at compile time. Spec: egress.md sections 2 and 5.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "warrant/cap/address.h"

namespace warrant::cap {
namespace detail {

// Decimal, no sign, no leading zero, at most `most`.
constexpr std::optional<unsigned> parse_decimal(std::string_view text, unsigned most) noexcept {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(digit - '0');
  }
  if (value > most) return std::nullopt;
  return value;
}

constexpr std::optional<unsigned> hex_digit(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A') + 10;
  return std::nullopt;
}

constexpr std::optional<unsigned> parse_group(std::string_view text) noexcept {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned value = 0;
  for (const char each : text) {
    const auto digit = hex_digit(each);
    if (!digit) return std::nullopt;
    value = value * 16 + *digit;
  }
  return value;
}

// The groups of an IPv6 text, left to right, and where "::" stood.
struct Groups {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t used = 0;  // groups
  std::optional<std::size_t> gap = {};

  constexpr bool add(unsigned value) noexcept {
    if (used == 8) return false;
    bytes[2 * used] = static_cast<std::uint8_t>(value >> 8);
    bytes[2 * used + 1] = static_cast<std::uint8_t>(value & 0xFFU);
    ++used;
    return true;
  }
  constexpr std::optional<IpAddress> address() const noexcept {
    if (gap ? used == 8 : used != 8) return std::nullopt;
    std::array<std::uint8_t, 16> whole{};
    const std::size_t head = 2 * gap.value_or(used);
    const std::size_t tail = 2 * used - head;
    for (std::size_t i = 0; i < head; ++i) whole[i] = bytes[i];
    for (std::size_t i = 0; i < tail; ++i) whole[16 - tail + i] = bytes[head + i];
    return IpAddress::v6(whole);
  }
};

}  // namespace detail

constexpr std::optional<IpAddress> parse_ipv4(std::string_view text) noexcept {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t dot = text.find('.');
    if ((dot == std::string_view::npos) != (i + 1 == bytes.size())) return std::nullopt;
    const auto octet = detail::parse_decimal(text.substr(0, dot), 255);
    if (!octet) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(*octet);
    text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
  }
  return IpAddress::v4(bytes);
}

// Without brackets; the last two groups may be written as IPv4.
constexpr std::optional<IpAddress> parse_ipv6(std::string_view text) noexcept {
  detail::Groups groups;
  if (text.starts_with("::")) {
    groups.gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    if (part.find('.') != std::string_view::npos) {
      const auto tail = parse_ipv4(part);
      if (!tail || colon != std::string_view::npos) return std::nullopt;
      const auto octets = tail->bytes();
      const auto pair = [&](std::size_t i) { return octets[i] * 256U + octets[i + 1]; };
      if (!groups.add(pair(0)) || !groups.add(pair(2))) return std::nullopt;
      break;
    }
    const auto group = detail::parse_group(part);
    if (!group || !groups.add(*group)) return std::nullopt;
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;
    if (text[0] != ':') continue;
    if (groups.gap) return std::nullopt;
    groups.gap = groups.used;
    text.remove_prefix(1);
  }
  return groups.address();
}

constexpr std::optional<IpAddress> parse_ip(std::string_view text) noexcept {
  const auto v4 = parse_ipv4(text);
  return v4 ? v4 : parse_ipv6(text);
}

// "10.0.0.0/8", "fd00::/8", or one address. No bits may be set beyond the prefix.
constexpr std::optional<IpNetwork> parse_network(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  const auto first = parse_ip(text.substr(0, slash));
  if (!first) return std::nullopt;
  if (slash == std::string_view::npos) return IpNetwork{*first, first->bits()};
  const auto prefix = detail::parse_decimal(text.substr(slash + 1), first->bits());
  if (!prefix) return std::nullopt;
  for (unsigned bit = *prefix; bit < first->bits(); ++bit) {
    const unsigned byte = first->bytes()[bit / 8];
    if (((byte >> (7 - bit % 8)) & 1U) != 0) return std::nullopt;
  }
  return IpNetwork{*first, *prefix};
}

}  // namespace warrant::cap
