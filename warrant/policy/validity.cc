// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/validity.h"

#include "warrant/base/bytes.h"

namespace warrant::policy {
namespace {

constexpr Nanoseconds kClockSlack{3'600'000'000'000};
constexpr std::uint64_t kMillisecond = 1'000'000;

Origin origin_of(const Grant& grant, std::string_view key) {
  const Origin* origin = grant.origins.find(key);
  return origin == nullptr ? Origin{} : *origin;
}

}  // namespace

bool needs_clock(const Grant& grant) noexcept {
  return grant.expires || grant.not_before || grant.uses;
}

std::optional<Finding> judge_time(const Grant& grant, const ClockFacts& facts) {
  if (!needs_clock(grant)) return std::nullopt;
  if (facts.now < subtract(facts.latest_seen, kClockSlack)) {
    return Finding{"the clock says " + print_timestamp(facts.now) + ", but " +
                       print_timestamp(facts.latest_seen) + " has been seen already",
                   "set the clock of this machine right",
                   {},
                   "clock.rolled_back"};
  }
  if (grant.expires && facts.now >= *grant.expires) {
    return Finding{"the grant expired at " + print_timestamp(*grant.expires),
                   "ask for a new one, or write a later time in expires",
                   origin_of(grant, "expires"), "grant_expired"};
  }
  if (grant.not_before && facts.now < *grant.not_before) {
    return Finding{"the grant counts from " + print_timestamp(*grant.not_before) + " on",
                   "wait, or write an earlier time in not-before", origin_of(grant, "not-before"),
                   "grant_not_yet"};
  }
  return std::nullopt;
}

Nanoseconds wall_until_expiry(const Grant& grant, Timestamp now) noexcept {
  const Nanoseconds wall = grant.limits.duration(LimitKey::kWall);
  if (!grant.expires) return wall;
  const std::uint64_t left = now >= *grant.expires ? 0 : count(*grant.expires) - count(now);
  const std::uint64_t whole = left / kMillisecond * kMillisecond;
  return whole < count(wall) ? Nanoseconds{whole} : wall;
}

std::string use_file_name(const Grant& grant, std::uint64_t number) {
  const std::string id = grant.id.value_or("");
  const std::string document = grant.uses ? grant.uses->document.hex() : codec::Digest{}.hex();
  const codec::Digest name = codec::sha256(bytes_of("warrant.use\n" + document + "\n" + id));
  return name.hex() + "." + std::to_string(number);
}

std::optional<Finding> judge_uses(const Grant& grant, std::uint64_t used) {
  if (!grant.uses || used < grant.uses->count) return std::nullopt;
  return Finding{"the grant " + grant.id.value_or("") + " was good for " +
                     std::to_string(grant.uses->count) + " runs, and they are used",
                 "ask for a new one", origin_of(grant, "uses"), "grant_used"};
}

}  // namespace warrant::policy
