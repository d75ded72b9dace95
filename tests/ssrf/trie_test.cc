// SPDX-License-Identifier: Apache-2.0
// The address table against a trie of its own, typed from the tables of egress.md section 6: ten
// million addresses, most of them near a border.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "warrant/fetch/address_class.h"
#include "warrant/fetch/address_text.h"

namespace warrant::ssrf {
namespace {

struct Row {
  const char* network;
  const char* reason;
};

constexpr Row kRows[] = {
    {"0.0.0.0/8", "this_network"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "cgnat"},
    {"127.0.0.0/8", "loopback"},
    {"168.63.129.16/32", "cloud_metadata"},
    {"169.254.0.0/16", "link_local"},
    {"172.16.0.0/12", "private"},
    {"192.0.0.0/24", "ietf_protocol"},
    {"192.0.2.0/24", "documentation"},
    {"192.31.196.0/24", "as112"},
    {"192.52.193.0/24", "amt"},
    {"192.88.99.0/24", "6to4_relay"},
    {"192.168.0.0/16", "private"},
    {"192.175.48.0/24", "as112"},
    {"198.18.0.0/15", "benchmark"},
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved"},
    {"::/128", "unspecified"},
    {"::1/128", "loopback"},
    {"::ffff:0:0/96", "v4_mapped"},
    {"::/96", "v4_compatible"},
    {"::ffff:0:0:0/96", "v4_translated"},
    {"64:ff9b::/96", "nat64"},
    {"64:ff9b:1::/48", "nat64_local"},
    {"100::/64", "discard"},
    {"100:0:0:1::/64", "dummy_prefix"},
    {"2001::/32", "teredo"},
    {"2001:2::/48", "benchmark"},
    {"2001:3::/32", "amt"},
    {"2001:4:112::/48", "as112"},
    {"2001:10::/28", "orchid"},
    {"2001:20::/28", "orchidv2"},
    {"2001:30::/28", "drone_rid"},
    {"2001::/23", "ietf_protocol"},
    {"2001:db8::/32", "documentation"},
    {"3fff::/20", "documentation"},
    {"2002::/16", "6to4"},
    {"2620:4f:8000::/48", "as112"},
    {"3ffe::/16", "6bone"},
    {"5f00::/16", "srv6_sid"},
    {"fc00::/7", "ula"},
    {"fe80::/10", "link_local"},
    {"fec0::/10", "site_local"},
    {"ff00::/8", "multicast"},
};

bool bit_of(std::span<const std::uint8_t> bytes, unsigned at) {
  return ((unsigned{bytes[at / 8]} >> (7 - at % 8)) & 1U) != 0;
}

class Trie {
 public:
  void add(std::span<const std::uint8_t> bytes, unsigned length, const char* reason) {
    std::size_t node = 0;
    for (unsigned at = 0; at < length; ++at) {
      const std::size_t side = bit_of(bytes, at) ? 1 : 0;
      if (nodes_[node].next[side] == 0) {
        nodes_[node].next[side] = nodes_.size();
        nodes_.push_back({});
      }
      node = nodes_[node].next[side];
    }
    nodes_[node].reason = reason;
  }
  const char* find(std::span<const std::uint8_t> bytes) const {
    const char* best = nullptr;
    std::size_t node = 0;
    for (unsigned at = 0;; ++at) {
      if (nodes_[node].reason != nullptr) best = nodes_[node].reason;
      if (at == bytes.size() * 8) return best;
      node = nodes_[node].next[bit_of(bytes, at) ? 1 : 0];
      if (node == 0) return best;
    }
  }

 private:
  struct Node {
    std::array<std::size_t, 2> next{};
    const char* reason = nullptr;
  };
  std::vector<Node> nodes_ = std::vector<Node>(1);
};

std::string expected(const Trie& trie, std::span<const std::uint8_t> bytes) {
  if (const char* found = trie.find(bytes)) return found;
  if (bytes.size() == 4) return "public";
  if ((bytes[0] & 0xE0U) != 0x20) return "not_global_unicast";
  const bool isatap =
      (bytes[8] == 0 || bytes[8] == 2) && bytes[9] == 0 && bytes[10] == 0x5E && bytes[11] == 0xFE;
  return isatap ? "isatap" : "public";
}

class Addresses : public testing::Test {
 protected:
  Addresses() {
    for (const Row& row : kRows) {
      const auto network = fetch::parse_network(row.network);
      EXPECT_TRUE(network) << row.network;
      if (!network) continue;
      const auto bytes = network->first.bytes();
      (bytes.size() == 4 ? v4_ : v6_).add(bytes, network->prefix, row.reason);
      borders_.push_back(*network);
    }
  }
  void same(const cap::IpAddress& address) {
    const auto bytes = address.bytes();
    const std::string wanted = expected(bytes.size() == 4 ? v4_ : v6_, bytes);
    if (fetch::word(fetch::class_of(address)) == wanted) return;
    if (++wrong_ <= 5) {
      ADD_FAILURE() << cap::print(address) << ": " << fetch::word(fetch::class_of(address))
                    << ", the trie says " << wanted;
    }
  }
  template <std::size_t kSize>
  std::array<std::uint8_t, kSize> noise() {
    std::array<std::uint8_t, kSize> bytes{};
    for (std::size_t at = 0; at < kSize; at += 4) {
      const auto word = static_cast<std::uint32_t>(random_());
      for (std::size_t i = 0; i < 4; ++i)
        bytes[at + i] = static_cast<std::uint8_t>(word >> (8 * i));
    }
    return bytes;
  }
  // Inside a network of the table, or one bit beside it.
  template <std::size_t kSize>
  std::array<std::uint8_t, kSize> near(const cap::IpNetwork& network) {
    auto bytes = noise<kSize>();
    const auto first = network.first.bytes();
    for (unsigned at = 0; at < network.prefix; ++at) {
      const auto mask = static_cast<std::uint8_t>(0x80U >> (at % 8));
      const bool flip = at + 1 == network.prefix && random_() % 2 == 0;
      const bool set = bit_of(first, at) != flip;
      bytes[at / 8] = static_cast<std::uint8_t>(set ? bytes[at / 8] | mask : bytes[at / 8] & ~mask);
    }
    return bytes;
  }

  Trie v4_, v6_;
  std::vector<cap::IpNetwork> borders_;
  std::mt19937_64 random_{20261121};
  int wrong_ = 0;
};

TEST_F(Addresses, TenMillionAreAsTheTrieSays) {
  for (int i = 0; i < 5'000'000; ++i) {
    const cap::IpNetwork& border = borders_[random_() % borders_.size()];
    if (border.first.family() == cap::IpFamily::kV4) {
      same(cap::IpAddress::v4(near<4>(border)));
      same(cap::IpAddress::v4(noise<4>()));
      continue;
    }
    same(cap::IpAddress::v6(near<16>(border)));
    auto other = noise<16>();
    if (i % 2 == 0) other[0] = static_cast<std::uint8_t>(0x20U | (other[0] & 0x1FU));
    if (i % 8 == 0) {
      other[8] = static_cast<std::uint8_t>(other[8] & 2U);
      other[9] = 0;
      other[10] = 0x5E;
      other[11] = 0xFE;
    }
    same(cap::IpAddress::v6(other));
  }
  EXPECT_EQ(wrong_, 0);
}

}  // namespace
}  // namespace warrant::ssrf
