// SPDX-License-Identifier: Apache-2.0
#pragma once
// Addresses as bits, never as text: an IPv4 or IPv6 address, a block of them, an address with a
// port.
//
// The two families never compare equal, whatever one is embedded in the other. VettedEndpoint is
// what a connection can be made to; only fetch::Vetter makes one, after the address table and the
// grant allowed it, so holding one is the proof. Text is read by address_text.h. Spec: egress.md
// sections 6 to 8, house-style.md section 4.
#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace warrant::fetch {
class Vetter;
}  // namespace warrant::fetch

namespace warrant::cap {

enum class IpFamily : std::uint8_t { kV4, kV6 };

class IpAddress {
 public:
  static constexpr IpAddress v4(std::array<std::uint8_t, 4> bytes) noexcept {
    IpAddress made(IpFamily::kV4);
    std::copy(bytes.begin(), bytes.end(), made.bytes_.begin());
    return made;
  }
  static constexpr IpAddress v6(const std::array<std::uint8_t, 16>& bytes) noexcept {
    IpAddress made(IpFamily::kV6);
    made.bytes_ = bytes;
    return made;
  }

  constexpr IpFamily family() const noexcept { return family_; }
  // 4 or 16, first byte first.
  constexpr std::span<const std::uint8_t> bytes() const noexcept {
    return std::span(bytes_).first(family_ == IpFamily::kV4 ? 4 : 16);
  }
  constexpr unsigned bits() const noexcept { return family_ == IpFamily::kV4 ? 32 : 128; }
  friend constexpr bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  explicit constexpr IpAddress(IpFamily family) noexcept : family_(family) {}
  IpFamily family_;
  std::array<std::uint8_t, 16> bytes_{};
};

// All addresses that share the first `prefix` bits with `first`; prefix <= first.bits().
struct IpNetwork {
  IpAddress first;
  unsigned prefix;

  constexpr bool contains(const IpAddress& address) const noexcept {
    if (address.family() != first.family()) return false;
    const auto mine = first.bytes();
    const auto other = address.bytes();
    for (std::size_t i = 0; i * 8 < prefix; ++i) {
      const unsigned kept = std::min<unsigned>(8, prefix - static_cast<unsigned>(i) * 8);
      const unsigned mask = 0xFF00U >> kept;
      if (((mine[i] ^ other[i]) & mask & 0xFFU) != 0) return false;
    }
    return true;
  }
  constexpr bool is_single() const noexcept { return prefix == first.bits(); }
  friend constexpr bool operator==(const IpNetwork&, const IpNetwork&) = default;
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port;
  friend constexpr bool operator==(const Endpoint&, const Endpoint&) = default;
};

// An endpoint that may be connected to.
class VettedEndpoint {
 public:
  class Key {
    friend class fetch::Vetter;
    Key() noexcept = default;
  };
  VettedEndpoint(Key, const Endpoint& endpoint) noexcept : endpoint_(endpoint) {}
  const Endpoint& endpoint() const noexcept { return endpoint_; }
  friend bool operator==(const VettedEndpoint&, const VettedEndpoint&) = default;

 private:
  Endpoint endpoint_;
};

// "192.0.2.1", "2001:db8::1" (RFC 5952), "10.0.0.0/8", "[2001:db8::1]:443".
std::string print(const IpAddress& address);
std::string print(const IpNetwork& network);
std::string print(const Endpoint& endpoint);

}  // namespace warrant::cap
