// SPDX-License-Identifier: Apache-2.0
#pragma once
// The console of one run: opens what a launch asks for, owns it, and tells afterwards what was kept
// and what was dropped; internal to lib.
#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "warrant/host/console.h"
#include "warrant/host/scrubbed_output.h"
#include "warrant/lib/run.h"
#include "warrant/os/ambient.h"
#include "warrant/os/waiter.h"
#include "warrant/policy/limits.h"
#include "warrant/policy/warrant.h"

namespace warrant::lib {

class Console {
 public:
  Console() = default;
  std::uint64_t dropped(policy::LimitKey key) const noexcept;
  std::string take_output(policy::LimitKey key);
  // After the guest's last write: what was held back goes on.
  void finish();
  // Whether an output shows no secrets.
  bool is_scrubbed(policy::LimitKey key) const noexcept;

 private:
  friend class Streams;
  struct Slot {
    policy::LimitKey key;
    host::KeptOutput* kept = nullptr;
    host::CappedOutput* capped = nullptr;
    host::ScrubbedOutput* scrubbed = nullptr;
  };
  std::vector<std::unique_ptr<cap::Stream>> streams_;
  std::vector<Slot> outputs_;
};

class Streams {
 public:
  Streams(os::Ambient ambient, const os::Waiter& waiter, BufferAccess& access,
          const policy::Warrant& warrant);
  // Outputs of a run that has secrets show none; it outlives them.
  void scrub_with(const audit::KnownSecrets& secrets) noexcept { secrets_ = &secrets; }
  // Of outputs 1 and 2, those that another process writes, as the run asks of it; nullptr: none.
  void write_to(std::span<cap::Stream* const, 2> elsewhere) noexcept {
    std::copy(elsewhere.begin(), elsewhere.end(), elsewhere_.begin());
  }

  // Null: there is nothing there (a closed descriptor), as if it were not granted.
  cap::Stream* input(const Launch& launch);
  cap::Stream* output(Output& wanted, int number, policy::LimitKey key);
  Console take() { return std::move(console_); }

 private:
  cap::Stream* own(std::unique_ptr<cap::Stream> stream);
  std::unique_ptr<cap::Stream> inherited(int number);
  cap::Stream* scrubbed(cap::Stream* stream, Console::Slot& slot);
  cap::Stream* capped(cap::Stream* stream, Console::Slot& slot);

  os::Ambient ambient_;
  const os::Waiter& waiter_;
  BufferAccess& access_;
  const policy::Limits& limits_;
  const host::Excess excess_;
  const audit::KnownSecrets* secrets_ = nullptr;
  std::array<cap::Stream*, 2> elsewhere_{};
  Console console_;
};

}  // namespace warrant::lib
