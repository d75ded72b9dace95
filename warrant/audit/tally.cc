// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/tally.h"

namespace warrant::audit {

Tally::Tally(By by, std::size_t rows) : by_(by), most_(rows) { rows_.reserve(rows); }

bool Tally::is_of(const Row& row, const Event& event) const noexcept {
  if (row.kind != event.kind || row.decision != event.decision || row.reason != event.reason) {
    return false;
  }
  return by_ == By::kReason ||
         (row.grant == event.grant && is_same_word(row.operation, event.operation));
}

void Tally::count(const Event& event) noexcept {
  if (last_ < rows_.size() && is_of(rows_[last_], event)) {
    ++rows_[last_].count;
    return;
  }
  for (std::size_t at = 0; at < rows_.size(); ++at) {
    if (!is_of(rows_[at], event)) continue;
    last_ = at;
    ++rows_[at].count;
    return;
  }
  if (rows_.size() + 1 < most_) {
    last_ = rows_.size();
    const bool by_operation = by_ == By::kOperation;
    rows_.push_back({event.kind, event.decision, event.reason,
                     by_operation ? event.operation : std::string_view{},
                     by_operation ? event.grant : cap::kNoGrant, 1});
    return;
  }
  if (rows_.size() < most_) {
    rows_.push_back({Kind::kSuppressed, Decision::kNone, cap::Reason::kNone, {}, cap::kNoGrant, 0});
  }
  ++rows_.back().count;
}

}  // namespace warrant::audit
