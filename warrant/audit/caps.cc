// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/caps.h"

#include <algorithm>
#include <span>

#include "warrant/audit/closed_fetch.h"
#include "warrant/audit/tally.h"
#include "warrant/audit/uses.h"

namespace warrant::audit {

bool CapCounter::is_bounded_elsewhere(const Event& event) const noexcept {
  switch (event.kind) {
    case Kind::kFetch:
    case Kind::kProcess:
    case Kind::kSecret:
    case Kind::kTrap:
    case Kind::kRunStart:
    case Kind::kRunRefused:
    case Kind::kRunEnd:
    case Kind::kBlock:
    case Kind::kSuppressed:
    case Kind::kCache:
      return true;
    case Kind::kNet:
      return event.decision != Decision::kDeny &&
             static_cast<std::int32_t>(event.grant) >= caps_.listeners;
    case Kind::kLimit:  // judged by is_first()
    case Kind::kFs:
    case Kind::kEnv:
    case Kind::kClock:
    case Kind::kEntropy:
    case Kind::kConsole:
    case Kind::kEmbedder:
    case Kind::kImport:
      return false;
  }
  return false;
}

bool CapCounter::is_first(const Event& limit) noexcept {
  const std::span<const Limit> seen(limits_.data(), limits_seen_);
  const bool known = std::any_of(seen.begin(), seen.end(), [&](const Limit& each) {
    return each.reason == limit.reason && each.operation == limit.operation;
  });
  if (known || limits_seen_ == limits_.size()) return false;
  limits_[limits_seen_++] = {limit.reason, limit.operation};
  return true;
}

std::uint64_t& CapCounter::effects_like(const Event& event) noexcept {
  if (event.kind == Kind::kFs) {
    if (!is_same_word(event.operation, last_call_)) {
      last_call_ = event.operation;
      last_changes_ = changes_a_file(event.operation);
    }
    if (last_changes_) return changes_;
  }
  return effects_of_[static_cast<std::size_t>(event.kind)];
}

bool CapCounter::is_kept(const Event& event) noexcept {
  const bool denial = event.decision == Decision::kDeny;
  if (event.kind == Kind::kLimit) {
    // Told when it is first touched; a guest can touch it a million times a second.
    denials_ += denial ? 1 : 0;
    return is_first(event);
  }
  if (is_of_closed_fetch(event)) return closed_fetches_++ < kClosedFetchesKept;
  if (denial) {
    ++denials_;
    const std::uint64_t nth = denials_of_[static_cast<std::size_t>(event.kind)]++;
    return nth < caps_.denials || is_bounded_elsewhere(event);
  }
  // Nothing to tell apart where none of them is kept.
  if (caps_.effects == 0) return is_bounded_elsewhere(event);
  return effects_like(event)++ < caps_.effects || is_bounded_elsewhere(event);
}

}  // namespace warrant::audit
