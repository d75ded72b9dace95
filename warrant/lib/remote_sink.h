// SPDX-License-Identifier: Apache-2.0
#pragma once
// Events of an executor on their way to its broker, which keeps the log.
//
// Collected, and handed over where the broker itself would write them: at an intent that cannot be
// taken back, at the first denial of each reason, before a wait, when 50 ms or 48 KiB have come
// together. Handed over means written as far as the run's mode asks: the broker answers. Once it
// has refused, failed() stays true and nothing that was intended may happen. One thread.
// Internal to lib. Spec: audit.md section 2, limits.md section 7.
#include <bitset>
#include <optional>
#include <vector>

#include "warrant/audit/sink.h"
#include "warrant/base/time.h"
#include "warrant/lib/wire.h"
#include "warrant/os/channel.h"
#include "warrant/policy/grant.h"
#include "warrant/wasm/exit.h"

namespace warrant::lib {

class RemoteSink final : public audit::Sink {
 public:
  RemoteSink(os::Channel& channel, policy::Flush flush) : channel_(channel), flush_(flush) {}
  void record(const audit::Event& event) override;
  bool intend(const audit::Event& event) override;
  void hand_over();
  bool failed() const noexcept { return failed_; }
  // An answer of the broker; nothing: it is gone, or made no sense.
  std::optional<std::vector<char>> receive();
  // The log refused something, or the broker says that the run is over.
  using OnEnd = void (*)(void* self, wasm::Interruption cause) noexcept;
  void on_end(OnEnd hook, void* self) noexcept {
    hook_ = hook;
    hook_self_ = self;
  }

 private:
  void tick_late() override;
  os::Channel& channel_;
  policy::Flush flush_;
  WireWriter held_;
  Nanoseconds oldest_{0};
  std::bitset<512> denied_;  // reasons
  bool failed_ = false;
  OnEnd hook_ = nullptr;
  void* hook_self_ = nullptr;
};

}  // namespace warrant::lib
