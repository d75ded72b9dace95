// SPDX-License-Identifier: Apache-2.0
#pragma once
// Keeps the events of one run in memory: denials and effects under separate caps, then counts.
//
// Flooding one kind hides nothing of another: beyond its cap an event is counted by kind, reason
// and operation. Kinds that their own budgets bound are never counted away. Strings are copied,
// guest strings cut on a character boundary, a character behind the 256 bytes that are shown.
// Storage grows in blocks, so that recording does not allocate event by event. One thread. Spec:
// audit.md section 1.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "warrant/audit/caps.h"
#include "warrant/audit/sink.h"

namespace warrant::audit {

struct Suppressed {
  Kind kind;
  Decision decision;
  cap::Reason reason;
  std::string_view operation;
  std::uint64_t count;
};

class Ledger final : public Sink {
 public:
  explicit Ledger(const Caps& caps = {}) : counter_(caps) {}
  // Also told each event, kept or not, before record() returns, asked about each intent and told
  // the time; outlives the ledger.
  void forward_to(Sink* next) noexcept { next_ = next; }
  void record(const Event& event) override;
  bool intend(const Event& event) override;

  // In the order in which they happened; the views live as long as the ledger.
  std::span<const Event> events() const noexcept { return events_; }
  std::span<const Suppressed> suppressed() const noexcept { return suppressed_; }
  // Denials, kept and suppressed.
  std::uint64_t denials() const noexcept { return counter_.denials(); }

 private:
  void tick_late() override;
  void count_away(const Event& event);
  std::string_view keep(std::string_view text);
  std::string_view keep_whole(std::string_view cut);

  CapCounter counter_;
  Sink* next_ = nullptr;
  std::vector<Event> events_;
  std::vector<Suppressed> suppressed_;
  std::size_t last_suppressed_ = 0;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_used_ = 0;
};

}  // namespace warrant::audit
