// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/limit_reason.h"

#include <array>

#include "warrant/codec/text.h"

namespace warrant::host {
namespace {

using cap::Reason;
using policy::LimitKey;

struct Pair {
  Reason reason;
  LimitKey key;
};

constexpr auto kPairs = std::to_array<Pair>({{Reason::kQuotaBytes, LimitKey::kWritten},
                                             {Reason::kQuotaInodes, LimitKey::kInodes},
                                             {Reason::kFileSize, LimitKey::kFileBytes},
                                             {Reason::kFdLimit, LimitKey::kOpenFiles},
                                             {Reason::kEntropyQuota, LimitKey::kRandom},
                                             {Reason::kListLimit, LimitKey::kPoll},
                                             {Reason::kMemory, LimitKey::kMemory},
                                             {Reason::kTable, LimitKey::kTable},
                                             {Reason::kWall, LimitKey::kWall},
                                             {Reason::kCpu, LimitKey::kCpu},
                                             {Reason::kFuel, LimitKey::kFuel},
                                             {Reason::kStack, LimitKey::kStack},
                                             {Reason::kOutputLimit, LimitKey::kStdout}});

}  // namespace

std::optional<LimitKey> limit_of(Reason reason) noexcept {
  for (const Pair& pair : kPairs) {
    if (pair.reason == reason) return pair.key;
  }
  return std::nullopt;
}

std::string flag_of(LimitKey key) {
  if (key == LimitKey::kRandom) return "--limit-random";
  return "--" + std::string(policy::row_of(key).word);
}

std::string limit_line(LimitKey key, std::uint64_t value) {
  const policy::LimitRow& row = policy::row_of(key);
  const std::string text = policy::print_limit(key, value);
  return std::string(row.word) + " = " +
         (row.unit == policy::LimitUnit::kCount ? text : codec::toml_quote(text));
}

std::string capped_by(const policy::Origin& ceiling, std::string_view verdict) {
  return "the ceiling " + ceiling.print() + " " + std::string(verdict);
}

std::string how_to_raise(LimitKey key, const policy::Limits& limits) {
  const policy::Origin* place = limits.place_of(key);
  if (place != nullptr && place->author == policy::Author::kCeiling) {
    return capped_by(*place, "allows no more");
  }
  const std::string most = ", up to " + policy::print_limit(key, policy::row_of(key).ceiling);
  if (place == nullptr || !place->is_text()) return flag_of(key) + " raises it" + most;
  return "raise " + limit_line(key, limits.get(key)) + " at " + place->print() + most;
}

}  // namespace warrant::host
