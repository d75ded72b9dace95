// SPDX-License-Identifier: Apache-2.0
// Any text is an address or none, exactly as the C library reads it, and comes back from its
// printed form; any text is an endpoint or a fault; any sixteen bytes have a class.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "warrant/base/check.h"
#include "warrant/fetch/address_class.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/endpoint.h"
#include "warrant/fetch/vet.h"

namespace cap = warrant::cap;
namespace fetch = warrant::fetch;

namespace {

void check_against_library(const std::string& text) {
  if (text.find('\0') != std::string::npos) return;
  std::array<std::uint8_t, 16> bytes{};
  const auto v4 = fetch::parse_ipv4(text);
  WARRANT_CHECK((::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) == v4.has_value());
  if (v4) WARRANT_CHECK(std::equal(v4->bytes().begin(), v4->bytes().end(), bytes.begin()));
  const auto v6 = fetch::parse_ipv6(text);
  WARRANT_CHECK((::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) == v6.has_value());
  if (v6) WARRANT_CHECK(std::equal(v6->bytes().begin(), v6->bytes().end(), bytes.begin()));
}

void check_class(const cap::IpAddress& address) {
  WARRANT_CHECK(fetch::parse_ip(cap::print(address)) == address);
  const auto plain = fetch::classify(address, {});
  WARRANT_CHECK(!fetch::print(plain).empty());
  WARRANT_CHECK(plain.is_allowed() == (plain.address_class == fetch::AddressClass::kPublic));
  const auto named = fetch::Vetter::vet_named({address, 1}, {});
  WARRANT_CHECK(named.endpoint.has_value() == named.decision.is_allowed());
  WARRANT_CHECK(named.decision.is_allowed() || !plain.is_allowed());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  check_against_library(text);
  if (const auto network = fetch::parse_network(text)) {
    WARRANT_CHECK(fetch::parse_network(cap::print(*network)) == network);
    WARRANT_CHECK(network->contains(network->first));
  }
  const auto parsed = fetch::parse_endpoint(text, fetch::PortZero::kAllowed);
  if (parsed.endpoint) {
    const std::string printed = cap::print(*parsed.endpoint);
    WARRANT_CHECK(fetch::parse_endpoint(printed, fetch::PortZero::kAllowed).endpoint ==
                  parsed.endpoint);
  }
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(data, std::min(size, bytes.size()), bytes.begin());
  check_class(cap::IpAddress::v6(bytes));
  check_class(cap::IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]}));
  return 0;
}
