// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/netfetch_bounds.h"

#include <algorithm>

namespace warrant::host {

cap::FetchBounds netfetch_bounds(const policy::NetfetchGrant& grant) {
  constexpr std::uint64_t kAny = ~std::uint64_t{0};
  const auto small = [](std::uint64_t value) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, ~std::uint32_t{0}));
  };
  cap::FetchBounds bounds;
  bounds.requests = small(grant.requests.value_or(200));
  bounds.parallel = small(grant.parallel.value_or(4));
  bounds.response = grant.response.value_or(1'000'000);
  bounds.delivered = grant.total.value_or(50'000'000);
  bounds.total = kAny;
  bounds.timeout = grant.timeout.value_or(Nanoseconds{30'000'000'000});
  bounds.denials = ~std::uint32_t{0};
  bounds.names = ~std::uint32_t{0};
  bounds.request_body = kAny;
  bounds.dns = kForever;
  bounds.connect = kForever;
  bounds.first_byte = kForever;
  return bounds;
}

}  // namespace warrant::host
