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

bool CapCounter::changes_a_file(std::string_view call) noexcept {
  Call& known = calls_[call.size() % calls_.size()];
  if (call.data() != known.name || call.size() != known.size) [[unlikely]] {
    known = {call.data(), call.size(), audit::changes_a_file(call)};
  }
  return known.changes;
}

bool CapCounter::is_plain_use(const Event& event) noexcept {
  return event.kind == Kind::kFs && event.decision == Decision::kAllow &&
         event.reason == cap::Reason::kNone && event.error == 0 && event.second_path.empty() &&
         event.fields.empty() && !changes_a_file(event.operation);
}

std::uint64_t& CapCounter::effects_like(const Event& event) noexcept {
  if (event.kind == Kind::kFs && changes_a_file(event.operation)) return changes_;
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
