// SPDX-License-Identifier: Apache-2.0
#pragma once
// Keeps the events of one run in memory: denials and effects under separate caps, then counts.
//
// Flooding one kind hides nothing of another: beyond its cap an event is counted by kind, reason
// and operation. Kinds that their own budgets bound are never counted away. Strings are copied,
// guest strings cut at 256 bytes on a character boundary. Storage grows in blocks, so that
// recording does not allocate event by event. One thread. Spec: audit.md section 1.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "warrant/audit/sink.h"

namespace warrant::audit {

struct Caps {
  std::uint32_t denials = 1'000;
  std::uint32_t effects = 10'000;
};

struct Suppressed {
  Kind kind;
  Decision decision;
  cap::Reason reason;
  std::string_view operation;
  std::uint64_t count;
};

class Ledger final : public Sink {
 public:
  explicit Ledger(const Caps& caps = {}) : caps_(caps) {}
  // Also told each event, kept or not, before record() returns, and asked about each intent;
  // outlives the ledger.
  void forward_to(Sink* next) noexcept {
    next_ = next;
    waits_ = next != nullptr;
  }
  void record(const Event& event) override;
  bool intend(const Event& event) override { return next_ == nullptr || next_->intend(event); }

  // In the order in which they happened; the views live as long as the ledger.
  std::span<const Event> events() const noexcept { return events_; }
  std::span<const Suppressed> suppressed() const noexcept { return suppressed_; }
  // Denials, kept and suppressed.
  std::uint64_t denials() const noexcept { return denials_seen_ + closed_fetches_; }

 private:
  void tick_late() override { next_->tick(); }
  bool is_kept(const Event& event) noexcept;
  void count_away(const Event& event);
  std::string_view keep(std::string_view text);
  std::string_view keep_whole(std::string_view cut);

  Caps caps_;
  Sink* next_ = nullptr;
  std::vector<Event> events_;
  std::vector<Suppressed> suppressed_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_used_ = 0;
  std::uint64_t denials_seen_ = 0;
  std::uint64_t closed_fetches_ = 0;
  std::uint64_t effects_seen_ = 0;
};

}  // namespace warrant::audit
