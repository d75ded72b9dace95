// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/ledger.h"

#include <algorithm>
#include <cstring>

#include "warrant/audit/closed_fetch.h"
#include "warrant/codec/text.h"

namespace warrant::audit {
namespace {

constexpr std::size_t kBlockBytes = 64U << 10;
constexpr std::size_t kMaxTextBytes = 256;
constexpr std::size_t kMaxMembersBytes = 2'048;

bool is_bounded_elsewhere(Kind kind) noexcept {
  switch (kind) {
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
    case Kind::kFs:
    case Kind::kNet:
    case Kind::kEnv:
    case Kind::kClock:
    case Kind::kEntropy:
    case Kind::kConsole:
    case Kind::kEmbedder:
    case Kind::kImport:
    case Kind::kLimit:
      return false;
  }
  return false;
}

}  // namespace

bool Ledger::is_kept(const Event& event) noexcept {
  // A limit is told when it is first touched, and counted from then on: a guest can touch it a
  // million times a second.
  if (event.kind == Kind::kLimit) {
    if (event.decision == Decision::kDeny) ++denials_seen_;
    return std::none_of(events_.begin(), events_.end(), [&](const Event& kept) {
      return kept.kind == Kind::kLimit && kept.reason == event.reason &&
             kept.operation == event.operation;
    });
  }
  if (is_of_closed_fetch(event)) return closed_fetches_++ < kClosedFetchesKept;
  const bool denial = event.decision == Decision::kDeny;
  const std::uint64_t nth = denial ? denials_seen_++ : effects_seen_++;
  return is_bounded_elsewhere(event.kind) || nth < (denial ? caps_.denials : caps_.effects);
}

void Ledger::count_away(const Event& event) {
  const auto same = [&](const Suppressed& entry) {
    return entry.kind == event.kind && entry.decision == event.decision &&
           entry.reason == event.reason && entry.operation == event.operation;
  };
  const auto found = std::find_if(suppressed_.begin(), suppressed_.end(), same);
  if (found != suppressed_.end()) {
    ++found->count;
    return;
  }
  suppressed_.push_back({event.kind, event.decision, event.reason, event.operation, 1});
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

void Ledger::record(const Event& event) {
  if (next_ != nullptr) next_->record(event);
  if (!is_kept(event)) {
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
