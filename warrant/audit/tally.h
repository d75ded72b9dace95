// SPDX-License-Identifier: Apache-2.0
#pragma once
// How often something happened, by kind, decision, reason, operation and grant: a table of fixed
// size, so that a flood costs a comparison an event and no memory.
//
// What finds no row any more is counted in one last row without operation and reason. One thread.
#include <cstdint>
#include <span>
#include <vector>

#include "warrant/audit/event.h"

namespace warrant::audit {

// Operations are words of ours, and mostly one and the same object: then no byte is looked at.
inline bool is_same_word(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && (a.data() == b.data() || a == b);
}

class Tally {
 public:
  struct Row {
    Kind kind;
    Decision decision;
    cap::Reason reason;
    std::string_view operation;
    cap::GrantIndex grant;
    std::uint64_t count;
  };
  enum class By : std::uint8_t { kReason, kOperation };

  Tally(By by, std::size_t rows);
  void count(const Event& event) noexcept;
  std::span<const Row> rows() const noexcept { return rows_; }

 private:
  bool is_of(const Row& row, const Event& event) const noexcept;
  By by_;
  std::size_t most_;
  std::vector<Row> rows_;
  std::size_t last_ = 0;
};

}  // namespace warrant::audit
