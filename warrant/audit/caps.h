// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which events of a run are kept, and which only counted: the one place that says so.
//
// Never counted away: fetches, outgoing connections and what goes through them, children, secrets,
// limits when they are first touched, traps, and what the records say of themselves; their own
// budgets bound them. Of every other kind denials and effects have a cap each, and of files what
// changes something and what only looks: flooding one hides nothing of another. Allocates nothing.
// One thread.
// Spec: audit.md section 1.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "warrant/audit/event.h"

namespace warrant::audit {

struct Caps {
  std::uint64_t denials = 1'000;   // of each kind
  std::uint64_t effects = 10'000;  // of each kind; of files, changes and others
  std::int32_t listeners = 0;      // sockets of grants below this index are incoming ones
};

class CapCounter {
 public:
  explicit CapCounter(const Caps& caps) noexcept : caps_(caps) {}
  // Counts the event; false: it is over its cap, or a limit that was told before.
  bool is_kept(const Event& event) noexcept;
  // Looks at a file, and changes nothing.
  bool is_plain_use(const Event& event) noexcept;
  // Kept and others.
  std::uint64_t denials() const noexcept { return denials_ + closed_fetches_; }

 private:
  struct Limit {
    cap::Reason reason;
    std::string_view operation;
  };
  bool is_bounded_elsewhere(const Event& event) const noexcept;
  bool is_first(const Event& limit) noexcept;
  std::uint64_t& effects_like(const Event& event) noexcept;

  Caps caps_;
  std::uint64_t denials_ = 0;
  std::array<std::uint64_t, kKinds> denials_of_ = {};
  std::array<std::uint64_t, kKinds> effects_of_ = {};
  std::uint64_t changes_ = 0;  // of files
  struct Call {
    const char* name = nullptr;
    std::size_t size = 0;
    bool changes = true;
  };
  bool changes_a_file(std::string_view call) noexcept;
  std::array<Call, 4> calls_ = {};  // of files, some that were asked about lately
  std::uint64_t closed_fetches_ = 0;
  std::array<Limit, 32> limits_ = {};  // more than there are
  std::size_t limits_seen_ = 0;
};

}  // namespace warrant::audit
