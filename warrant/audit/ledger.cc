// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/ledger.h"

#include <algorithm>
#include <cstring>

#include "warrant/audit/line.h"
#include "warrant/audit/tally.h"
#include "warrant/codec/text.h"

namespace warrant::audit {
namespace {

constexpr std::size_t kBlockBytes = 64U << 10;
// A character more than is shown: whoever shows it sees that it was cut.
constexpr std::size_t kMaxTextBytes = kMaxStrangerBytes + 4;
constexpr std::size_t kMaxMembersBytes = 2'048;

}  // namespace

void Ledger::count_away(const Event& event) {
  const auto same = [&](const Suppressed& entry) {
    return entry.kind == event.kind && entry.decision == event.decision &&
           entry.reason == event.reason && is_same_word(entry.operation, event.operation);
  };
  if (last_suppressed_ >= suppressed_.size() || !same(suppressed_[last_suppressed_])) {
    const auto found = std::find_if(suppressed_.begin(), suppressed_.end(), same);
    last_suppressed_ = static_cast<std::size_t>(found - suppressed_.begin());
    if (found == suppressed_.end()) {
      suppressed_.push_back({event.kind, event.decision, event.reason, event.operation, 0});
    }
  }
  ++suppressed_[last_suppressed_].count;
}

std::string_view Ledger::keep(std::string_view text) {
  return keep_whole(codec::cut_text(text, kMaxTextBytes));
}

std::string_view Ledger::keep_whole(std::string_view cut) {
  if (cut.empty()) return {};
  if (blocks_.empty() || kBlockBytes - block_used_ < cut.size()) {
    blocks_.push_back(std::make_unique<char[]>(kBlockBytes));
    block_used_ = 0;
  }
  char* at = blocks_.back().get() + block_used_;
  std::memcpy(at, cut.data(), cut.size());
  block_used_ += cut.size();
  return {at, cut.size()};
}

// An intent is no event yet: what comes of it is told by record().
bool Ledger::intend(const Event& event) {
  if (next_ == nullptr) return true;
  const bool on_record = next_->intend(event);
  waits_ = next_->waits();
  return on_record;
}

void Ledger::tick_late() {
  next_->tick();
  waits_ = next_->waits();
}

void Ledger::record(const Event& event) {
  if (next_ != nullptr) {
    next_->record(event);
    waits_ = next_->waits();
  }
  if (!counter_.is_kept(event)) {
    count_away(event);
    return;
  }
  Event kept = event;
  kept.path = keep(event.path);
  kept.second_path = keep(event.second_path);
  // Whoever explains a denial needs what was asked for.
  const bool told = event.kind == Kind::kFetch && event.decision == Decision::kDeny &&
                    event.fields.size() <= kMaxMembersBytes;
  kept.fields = told ? keep_whole(event.fields) : std::string_view();
  events_.push_back(kept);
}

}  // namespace warrant::audit
