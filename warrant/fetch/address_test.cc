// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "warrant/fetch/address_class.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/endpoint.h"
#include "warrant/fetch/vet.h"

namespace warrant::fetch {
namespace {

cap::IpAddress ip(std::string_view text) {
  const auto parsed = parse_ip(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(cap::IpAddress::v4({}));
}

cap::IpNetwork network(std::string_view text) {
  const auto parsed = parse_network(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(cap::IpNetwork{cap::IpAddress::v4({}), 32});
}

std::string decided(std::string_view address, const AddressRules& rules) {
  return print(classify(ip(address), rules));
}

std::string vetted(std::string_view endpoint) {
  const auto parsed = parse_endpoint(endpoint, PortZero::kRefused);
  if (!parsed.endpoint) return std::string(word(parsed.fault));
  const Vetting vetting = Vetter::vet_named(*parsed.endpoint, {});
  return vetting.endpoint ? "may connect" : print(vetting.decision);
}

TEST(Ipv4Text, HasOneSpelling) {
  EXPECT_EQ(ip("192.0.2.255"), cap::IpAddress::v4({192, 0, 2, 255}));
  for (const std::string_view odd : {"",
                                     "1",
                                     "1.2.3",
                                     "1.2.3.4.5",
                                     "1.2.3.",
                                     ".1.2.3",
                                     "1..2.3",
                                     "1.2.3.256",
                                     "01.2.3.4",
                                     "1.2.3.00",
                                     "0x7f.0.0.1",
                                     "0177.0.0.1",
                                     "127.1",
                                     "2130706433",
                                     " 1.2.3.4",
                                     "1.2.3.4 ",
                                     "+1.2.3.4",
                                     "1.2.3.-4",
                                     "1.2.3.4/32",
                                     "1.2.3.99999999999999999999",
                                     "\xef\xbc\x91.2.3.4"}) {
    EXPECT_FALSE(parse_ipv4(odd)) << odd;
  }
}

TEST(Ipv6Text, IsRfc4291AndNothingElse) {
  const auto one = cap::IpAddress::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  for (const std::string_view same :
       {"2001:db8::1", "2001:DB8::1", "2001:0db8:0000:0000:0000:0000:0000:0001",
        "2001:db8:0:0:0:0:0:1", "2001:db8:0:0::0:1", "2001:db8::0.0.0.1"}) {
    EXPECT_EQ(ip(same), one) << same;
  }
  EXPECT_EQ(ip("::"), cap::IpAddress::v6({}));
  EXPECT_EQ(ip("1::").bytes()[1], 1);
  EXPECT_EQ(ip("1:2:3:4:5:6:7::").bytes()[13], 7);
  EXPECT_EQ(ip("::ffff:1.2.3.4").bytes()[15], 4);
  for (const std::string_view odd : {":",
                                     ":::",
                                     "1",
                                     "1:",
                                     ":1",
                                     "1::2::3",
                                     "1:2:3:4:5:6:7",
                                     "1:2:3:4:5:6:7:8:9",
                                     "1:2:3:4:5:6:7:8::",
                                     "::1:2:3:4:5:6:7:8",
                                     "12345::",
                                     "g::",
                                     "fe80::1%eth0",
                                     "[::1]",
                                     "::1/128",
                                     "1:2:3:4:5:6:7:1.2.3.4",
                                     "::1.2.3.4:1",
                                     "::1.2.3",
                                     "::01.2.3.4",
                                     "1:::2",
                                     " ::1",
                                     "::1 ",
                                     "::-1",
                                     "::0x1"}) {
    EXPECT_FALSE(parse_ipv6(odd)) << odd;
  }
}

TEST(AddressText, ComesBackFromPrintInTheShortForm) {
  for (const std::string_view text :
       {"0.0.0.0", "255.255.255.255", "::", "::1", "1::", "2001:db8::1", "2001:db8:0:1:1:1:1:1",
        "2001:0:0:1::1", "1:2:3:4:5:6:7:8", "1::8", "ff02::1:ff00:0", "fe80::1:0:0:1"}) {
    EXPECT_EQ(cap::print(ip(text)), text);
  }
  EXPECT_EQ(cap::print(ip("2001:DB8:0:0:1:0:0:1")), "2001:db8::1:0:0:1");
  EXPECT_EQ(cap::print(cap::Endpoint{ip("::1"), 80}), "[::1]:80");
  EXPECT_EQ(cap::print(cap::Endpoint{ip("127.0.0.1"), 0}), "127.0.0.1:0");
  EXPECT_EQ(cap::print(network("10.0.0.0/8")), "10.0.0.0/8");
}

TEST(NetworkText, HoldsNoBitsBeyondItsPrefix) {
  EXPECT_EQ(network("127.0.0.1").prefix, 32U);
  EXPECT_EQ(network("::1").prefix, 128U);
  EXPECT_EQ(network("0.0.0.0/0").prefix, 0U);
  EXPECT_EQ(network("fc00::/7").prefix, 7U);
  for (const std::string_view odd : {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "/8",
                                     "10.0.0.0/-1", "10.0.0.0/8/8", "::1/64", "::/129", "10/8"}) {
    EXPECT_FALSE(parse_network(odd)) << odd;
  }
}

TEST(Network, HoldsItsFirstAndLastAddressAndNoOther) {
  const auto twelve = network("172.16.0.0/12");
  EXPECT_TRUE(twelve.contains(ip("172.16.0.0")));
  EXPECT_TRUE(twelve.contains(ip("172.31.255.255")));
  EXPECT_FALSE(twelve.contains(ip("172.15.255.255")));
  EXPECT_FALSE(twelve.contains(ip("172.32.0.0")));
  EXPECT_FALSE(twelve.contains(ip("::ffff:172.16.0.1")));
  EXPECT_TRUE(network("0.0.0.0/0").contains(ip("255.1.2.3")));
  EXPECT_FALSE(network("0.0.0.0/0").contains(ip("::")));
  EXPECT_TRUE(network("::1").contains(ip("::1")));
  EXPECT_FALSE(network("::1").contains(ip("::")));
}

struct EndpointRow {
  std::string_view text;
  std::string_view reason;  // empty: an endpoint
};
// Reasons: egress.md section 2.
constexpr EndpointRow kEndpointRows[] = {
    {"127.0.0.1:80", ""},
    {"[::1]:65535", ""},
    {"[::ffff:1.2.3.4]:1", ""},
    {"db.internal:5432", "name"},
    {"localhost:80", "name"},
    {"xn--bcher-kva.example:443", "name"},
    {"", "syntax"},
    {":80", "syntax"},
    {"127.0.0.1:80 ", "syntax"},
    {"127.0.0.1:80\n", "syntax"},
    {"http://127.0.0.1:80", "syntax"},
    {"b\xc3\xbc.example:80", "syntax"},
    {"a@127.0.0.1:80", "userinfo"},
    {"[::1:80", "host_syntax"},
    {"[::1]80", "host_syntax"},
    {"[127.0.0.1]:80", "host_syntax"},
    {"[db]:80", "host_syntax"},
    {"::1:80", "host_syntax"},
    {"fe80::1", "host_syntax"},
    {"a..b:80", "host_syntax"},
    {"-a.b:80", "host_syntax"},
    {"[fe80::1%eth0]:80", "host_zone_id"},
    {"127.0.0.1%251:80", "host_percent"},
    {"127.0.0.1.:80", "host_trailing_dot"},
    {"db.internal.:80", "host_trailing_dot"},
    {"127.1:80", "host_ip_ambiguous"},
    {"0x7f.1:80", "host_ip_ambiguous"},
    {"0x7f000001:80", "host_ip_ambiguous"},
    {"2130706433:80", "host_ip_ambiguous"},
    {"0177.0.0.1:80", "host_ip_ambiguous"},
    {"1.2.3.4.5:80", "host_ip_ambiguous"},
    {"1.2.3.256:80", "host_ip_ambiguous"},
    {"a.0x:80", "host_ip_ambiguous"},
    {"127.0.0.1", "port"},
    {"127.0.0.1:", "port"},
    {"127.0.0.1:0", "port"},
    {"127.0.0.1:080", "port"},
    {"127.0.0.1:+80", "port"},
    {"127.0.0.1:65536", "port"},
    {"127.0.0.1:80:80", "host_syntax"},
    {"db.internal:80:80", "port"},
    {"127.0.0.1:http", "port"},
    {"[::1]", "port"},
    {"[::1]:", "port"},
    {"db.internal", "port"},
};

TEST(EndpointText, NamesAndMistypedAddressesAreToldApart) {
  for (const EndpointRow& row : kEndpointRows) {
    const auto parsed = parse_endpoint(row.text, PortZero::kRefused);
    EXPECT_EQ(parsed.endpoint ? "" : word(parsed.fault), row.reason) << row.text;
  }
  const auto any = parse_endpoint("[::1]:0", PortZero::kAllowed);
  ASSERT_TRUE(any.endpoint);
  EXPECT_EQ(any.endpoint->port, 0);
}

TEST(AddressRules, ExtraDenyComesFirst) {
  const cap::IpNetwork deny[] = {network("8.8.8.0/24"), network("10.1.2.3")};
  const cap::IpNetwork granted[] = {network("10.0.0.0/8")};
  const AddressRules rules{.extra_deny = deny, .granted = granted};
  EXPECT_EQ(decided("8.8.8.8", rules), "operator_denied");
  EXPECT_EQ(decided("10.1.2.3", rules), "operator_denied");
  EXPECT_EQ(decided("10.1.2.4", rules), "granted_private");
  EXPECT_EQ(decided("8.8.4.4", rules), "public");
}

TEST(AddressRules, AListedAddressIsNotListedInAnotherForm) {
  const cap::IpNetwork granted[] = {network("10.1.2.3"), network("::ffff:10.1.2.3"),
                                    network("64:ff9b::a01:203"), network("2002:a01:203::1")};
  const cap::IpNetwork nat64[] = {network("64:ff9b::/96")};
  const AddressRules rules{.granted = granted};
  EXPECT_EQ(decided("10.1.2.3", rules), "granted_private");
  EXPECT_EQ(decided("::ffff:10.1.2.3", rules), "v4_mapped");
  EXPECT_EQ(decided("64:ff9b::a01:203", rules), "nat64");
  EXPECT_EQ(decided("2002:a01:203::1", rules), "6to4");
  const AddressRules decoding{.granted = granted, .nat64 = nat64};
  EXPECT_EQ(decided("64:ff9b::a01:203", decoding), "nat64_decoded_private");
}

TEST(AddressRules, LoopbackAndOwnAddressesMustBeListedThemselves) {
  const cap::IpAddress own[] = {ip("10.0.0.5"), ip("203.0.112.5"), ip("2001:db9::5"),
                                ip("127.0.0.1")};
  const cap::IpNetwork wide[] = {network("10.0.0.0/8"), network("::/32")};
  const AddressRules ranges{.granted = wide, .own = own};
  EXPECT_EQ(decided("10.0.0.6", ranges), "granted_private");
  EXPECT_EQ(decided("10.0.0.5", ranges), "self_address");
  EXPECT_EQ(decided("203.0.112.5", ranges), "self_address");
  EXPECT_EQ(decided("2001:db9::5", ranges), "self_address");
  EXPECT_EQ(decided("127.0.0.1", ranges), "loopback");
  EXPECT_EQ(decided("::1", ranges), "loopback");
  const cap::IpNetwork single[] = {network("10.0.0.5"), network("127.0.0.0/8"), network("::1")};
  const AddressRules themselves{.granted = single, .own = own};
  EXPECT_EQ(decided("10.0.0.5", themselves), "granted_private");
  EXPECT_EQ(decided("127.0.0.1", themselves), "granted_private");
  EXPECT_EQ(decided("::1", themselves), "granted_private");
  EXPECT_EQ(decided("203.0.112.5", themselves), "self_address");
}

TEST(AddressRules, WithoutIpv6ItIsAnotherFamily) {
  const AddressRules rules{.ipv6 = AddressRules::Ipv6::kOff};
  EXPECT_EQ(decided("2606:4700:4700::1111", rules), "family");
  EXPECT_EQ(decided("1.1.1.1", rules), "public");
}

TEST(Nat64, DecodesEveryPrefixLengthOfRfc6052) {
  // The examples of RFC 6052 section 2.4, for 192.0.2.33, with prefixes of the operator.
  struct Row {
    std::string_view prefix;
    std::string_view address;
  };
  for (const Row& row : {Row{"2001:db8::/32", "2001:db8:c000:221::"},
                         Row{"2001:db8:100::/40", "2001:db8:1c0:2:21::"},
                         Row{"2001:db8:122::/48", "2001:db8:122:c000:2:2100::"},
                         Row{"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"},
                         Row{"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"},
                         Row{"2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"}}) {
    const cap::IpNetwork prefix[] = {network(row.prefix)};
    EXPECT_EQ(decided(row.address, {.nat64 = prefix}), "nat64_decoded_documentation") << row.prefix;
  }
  const cap::IpNetwork no_such_length[] = {network("2001:db8::/33")};
  EXPECT_EQ(decided("2001:db8::1", {.nat64 = no_such_length}), "documentation");
  const cap::IpNetwork known[] = {network("64:ff9b::/96")};
  const cap::IpNetwork deny[] = {network("9.9.9.9")};
  EXPECT_EQ(decided("64:ff9b::9.9.9.9", {.extra_deny = deny, .nat64 = known}),
            "nat64_decoded_operator_denied");
  EXPECT_EQ(decided("64:ff9b::9.9.9.8", {.extra_deny = deny, .nat64 = known}),
            "nat64_decoded_public");
}

TEST(NamedLiteral, CountsAsListedUnlessItStandsForAnotherAddress) {
  for (const std::string_view named :
       {"127.0.0.1:5432", "[::1]:80", "10.0.0.1:1", "8.8.8.8:53", "169.254.169.254:80",
        "[fd00::1]:80", "224.0.0.251:5353", "[2606:4700:4700::1111]:443"}) {
    EXPECT_EQ(vetted(named), "may connect") << named;
  }
  EXPECT_EQ(vetted("0.0.0.0:80"), "this_network");
  EXPECT_EQ(vetted("[::]:80"), "unspecified");
  EXPECT_EQ(vetted("[::ffff:127.0.0.1]:80"), "v4_mapped");
  EXPECT_EQ(vetted("[::127.0.0.1]:80"), "v4_compatible");
  EXPECT_EQ(vetted("[64:ff9b::7f00:1]:80"), "nat64");
  EXPECT_EQ(vetted("[2002:7f00:1::1]:80"), "6to4");
}

TEST(Vetter, RefusesWhatNoGrantLists) {
  EXPECT_FALSE(Vetter::vet({ip("127.0.0.1"), 80}, {}).endpoint);
  EXPECT_FALSE(Vetter::vet({ip("8.8.8.8"), 0}, {}).endpoint);
  const Vetting good = Vetter::vet({ip("8.8.8.8"), 53}, {});
  ASSERT_TRUE(good.endpoint);
  EXPECT_EQ(cap::print(good.endpoint->endpoint()), "8.8.8.8:53");
}

TEST(SocketTarget, MustBeOneOfThePinned) {
  const cap::IpAddress set[] = {ip("8.8.8.8"), ip("127.0.0.1")};
  const Pinned pinned{.port = 443, .addresses = set};
  const auto check = [&](std::string_view address, std::uint16_t port) {
    return print(check_target({.address = ip(address), .port = port}, pinned, {}));
  };
  EXPECT_EQ(check("8.8.8.8", 443), "pinned");
  EXPECT_EQ(check("8.8.4.4", 443), "pin_mismatch");
  EXPECT_EQ(check("127.0.0.1", 443), "loopback");
  EXPECT_EQ(check("8.8.8.8", 80), "port");
}

TEST(AddressTable, BearsItsDate) {
  EXPECT_EQ(address_table_date().size(), 10U);
  EXPECT_EQ(address_table_date().substr(0, 2), "20");
}

}  // namespace
}  // namespace warrant::fetch
