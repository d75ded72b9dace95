// SPDX-License-Identifier: Apache-2.0
#include "warrant/fetch/address_class.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>

#include "warrant/base/check.h"
#include "warrant/fetch/address_text.h"

namespace warrant::fetch {
namespace {

// By value of AddressClass.
constexpr std::string_view kWords[] = {
    "this_network",   "private",
    "cgnat",          "loopback",
    "cloud_metadata", "link_local",
    "ietf_protocol",  "documentation",
    "as112",          "amt",
    "6to4_relay",     "benchmark",
    "multicast",      "reserved",
    "unspecified",    "v4_mapped",
    "v4_compatible",  "v4_translated",
    "nat64",          "nat64_local",
    "discard",        "dummy_prefix",
    "teredo",         "orchid",
    "orchidv2",       "drone_rid",
    "6to4",           "6bone",
    "srv6_sid",       "ula",
    "site_local",     "not_global_unicast",
    "isatap",         "public",
    "self_address",   "operator_denied",
    "family",         "granted_private",
};
static_assert(std::size(kWords) == static_cast<std::size_t>(AddressClass::kGrantedPrivate) + 1);

struct TextRow {
  std::string_view network;
  std::string_view name;
};

// kTableDate and kTextRows.
#include "warrant/fetch/address_rows.inc"

struct Row {
  cap::IpNetwork network = {cap::IpAddress::v4({}), 0};
  AddressClass address_class = AddressClass::kPublic;
};

consteval AddressClass class_named(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    if (kWords[i] == name) return static_cast<AddressClass>(i);
  }
  stop_on_bug();
}

// Those of IPv4, then those of IPv6; of each the most specific first, so that the first row that
// holds an address decides.
consteval auto make_table() {
  std::array<Row, std::size(kTextRows)> rows;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = {parse_network(kTextRows[i].network).value(), class_named(kTextRows[i].name)};
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    const cap::IpFamily family = a.network.first.family();
    if (family != b.network.first.family()) return family == cap::IpFamily::kV4;
    return a.network.prefix > b.network.prefix;
  });
  return rows;
}

constexpr auto kTable = make_table();
constexpr auto kRowsV4 =
    static_cast<std::size_t>(std::count_if(kTable.begin(), kTable.end(), [](const Row& row) {
      return row.network.first.family() == cap::IpFamily::kV4;
    }));
constexpr cap::IpNetwork kGlobalUnicast = parse_network("2000::/3").value();
constexpr cap::IpNetwork kLoopbackV4 = parse_network("127.0.0.0/8").value();

// An interface identifier that carries an IPv4 address.
bool is_isatap(const cap::IpAddress& address) noexcept {
  const auto bytes = address.bytes();
  return (bytes[8] == 0x00 || bytes[8] == 0x02) && bytes[9] == 0x00 && bytes[10] == 0x5e &&
         bytes[11] == 0xfe;
}

bool is_in(std::span<const cap::IpNetwork> networks, const cap::IpAddress& address) noexcept {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const cap::IpNetwork& each) { return each.contains(address); });
}

// The IPv4 address behind a prefix of RFC 6052, whose bits 64 to 71 carry nothing.
std::optional<cap::IpAddress> decode(const cap::IpAddress& address,
                                     const cap::IpNetwork& prefix) noexcept {
  constexpr unsigned kLengths[] = {32, 40, 48, 56, 64, 96};
  if (std::find(std::begin(kLengths), std::end(kLengths), prefix.prefix) == std::end(kLengths)) {
    return std::nullopt;
  }
  std::array<std::uint8_t, 4> inner{};
  std::size_t from = prefix.prefix / 8;
  for (std::uint8_t& octet : inner) {
    if (from == 8) ++from;
    octet = address.bytes()[from++];
  }
  return cap::IpAddress::v4(inner);
}

// What no grant can list: addresses that stand for another one.
bool stands_for_another(AddressClass address_class) noexcept {
  constexpr AddressClass kNever[] = {AddressClass::kThisNetwork,  AddressClass::kUnspecified,
                                     AddressClass::kV4Mapped,     AddressClass::kV4Compatible,
                                     AddressClass::kV4Translated, AddressClass::kNat64,
                                     AddressClass::kNat64Local,   AddressClass::kTeredo,
                                     AddressClass::k6to4,         AddressClass::kIsatap};
  return std::find(std::begin(kNever), std::end(kNever), address_class) != std::end(kNever);
}

// Whether the grant names this address, and not a range that happens to hold it.
bool is_listed_itself(const cap::IpAddress& address,
                      std::span<const cap::IpNetwork> listed) noexcept {
  return std::any_of(listed.begin(), listed.end(), [&](const cap::IpNetwork& each) {
    return each.contains(address) && (each.is_single() || kLoopbackV4.contains(each.first));
  });
}

}  // namespace

AddressClass class_of(const cap::IpAddress& address) noexcept {
  const bool v4 = address.family() == cap::IpFamily::kV4;
  const std::span<const Row> rows(kTable);
  for (const Row& row : v4 ? rows.first(kRowsV4) : rows.subspan(kRowsV4)) {
    if (row.network.contains(address)) return row.address_class;
  }
  if (address.family() == cap::IpFamily::kV4) return AddressClass::kPublic;
  if (!kGlobalUnicast.contains(address)) return AddressClass::kNotGlobalUnicast;
  return is_isatap(address) ? AddressClass::kIsatap : AddressClass::kPublic;
}

AddressDecision classify(const cap::IpAddress& address, const AddressRules& rules) noexcept {
  if (rules.ipv6 == AddressRules::Ipv6::kOff && address.family() == cap::IpFamily::kV6) {
    return {AddressClass::kFamily};
  }
  if (is_in(rules.extra_deny, address)) return {AddressClass::kOperatorDenied};
  for (const cap::IpNetwork& prefix : rules.nat64) {
    if (!prefix.contains(address)) continue;
    const auto inner = decode(address, prefix);
    if (!inner) continue;
    AddressRules of_inner{.extra_deny = rules.extra_deny, .own = rules.own};
    return {classify(*inner, of_inner).address_class, AddressDecision::Of::kDecodedIpv4};
  }
  const AddressClass by_table = class_of(address);
  const bool own = std::find(rules.own.begin(), rules.own.end(), address) != rules.own.end();
  if (own || by_table == AddressClass::kLoopback) {
    if (is_listed_itself(address, rules.granted) && !stands_for_another(by_table)) {
      return {AddressClass::kGrantedPrivate};
    }
    return {by_table == AddressClass::kLoopback ? by_table : AddressClass::kSelfAddress};
  }
  if (by_table != AddressClass::kPublic && !stands_for_another(by_table) &&
      is_in(rules.granted, address)) {
    return {AddressClass::kGrantedPrivate};
  }
  return {by_table};
}

std::string_view word(AddressClass address_class) noexcept {
  return kWords[static_cast<std::size_t>(address_class)];
}

std::string print(const AddressDecision& decision) {
  const bool decoded = decision.of == AddressDecision::Of::kDecodedIpv4;
  return (decoded ? "nat64_decoded_" : "") + std::string(word(decision.address_class));
}

std::string_view address_table_date() noexcept { return kTableDate; }

}  // namespace warrant::fetch
