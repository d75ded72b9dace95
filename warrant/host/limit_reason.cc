// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/limit_reason.h"

#include <array>

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

}  // namespace warrant::host
