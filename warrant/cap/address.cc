// SPDX-License-Identifier: Apache-2.0
#include "warrant/cap/address.h"

namespace warrant::cap {
namespace {

std::string print_v4(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += '.';
    text += std::to_string(byte);
  }
  return text;
}

std::string print_group(unsigned value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int shift = 12; shift >= 0; shift -= 4) {
    const unsigned digit = (value >> shift) & 0xFU;
    if (digit != 0 || !text.empty() || shift == 0) text += kDigits[digit];
  }
  return text;
}

struct Zeros {
  std::size_t at = 8;
  std::size_t length = 0;
};

// The longest run of two zero groups or more, the first of equals.
Zeros longest_zeros(const std::array<unsigned, 8>& groups) {
  Zeros best;
  for (std::size_t at = 0; at < groups.size();) {
    std::size_t end = at;
    while (end < groups.size() && groups[end] == 0) ++end;
    if (end - at >= 2 && end - at > best.length) best = {at, end - at};
    at = end + 1;
  }
  return best;
}

std::string print_v6(std::span<const std::uint8_t> bytes) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] = static_cast<unsigned>(bytes[2 * i] << 8) | bytes[2 * i + 1];
  }
  const Zeros zeros = longest_zeros(groups);
  std::string text;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == zeros.at) {
      text += "::";
      i += zeros.length - 1;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    text += print_group(groups[i]);
  }
  return text;
}

}  // namespace

std::string print(const IpAddress& address) {
  return address.family() == IpFamily::kV4 ? print_v4(address.bytes()) : print_v6(address.bytes());
}

std::string print(const IpNetwork& network) {
  return print(network.first) + "/" + std::to_string(network.prefix);
}

std::string print(const Endpoint& endpoint) {
  const std::string address = print(endpoint.address);
  const std::string host =
      endpoint.address.family() == IpFamily::kV6 ? "[" + address + "]" : address;
  return host + ":" + std::to_string(endpoint.port);
}

}  // namespace warrant::cap
