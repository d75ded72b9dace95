// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which events of a run are kept, and which only counted: the one place that says so.
//
// Never counted away: fetches, outgoing connections and what goes through them, children, secrets,
// limits when they are first touched, traps, and what the records say of themselves; their own
// budgets bound them. Denials and other effects have a cap each. Allocates nothing. One thread.
// Spec: audit.md section 1.
#include <array>
#include <cstdint>
#include <string_view>

#include "warrant/audit/event.h"

namespace warrant::audit {

struct Caps {
  std::uint64_t denials = 1'000;
  std::uint64_t effects = 10'000;
  std::int32_t listeners = 0;  // sockets of grants below this index are incoming ones
};

class CapCounter {
 public:
  explicit CapCounter(const Caps& caps) noexcept : caps_(caps) {}
  // Counts the event; false: it is over its cap, or a limit that was told before.
  bool is_kept(const Event& event) noexcept;
  // Kept and others.
  std::uint64_t denials() const noexcept { return denials_ + closed_fetches_; }

 private:
  struct Limit {
    cap::Reason reason;
    std::string_view operation;
  };
  bool is_bounded_elsewhere(const Event& event) const noexcept;
  bool is_first(const Event& limit) noexcept;

  Caps caps_;
  std::uint64_t denials_ = 0;
  std::uint64_t effects_ = 0;
  std::uint64_t closed_fetches_ = 0;
  std::array<Limit, 32> limits_ = {};  // more than there are
  std::size_t limits_seen_ = 0;
};

}  // namespace warrant::audit
