// SPDX-License-Identifier: Apache-2.0
#pragma once
// The broker's side of profile `strict`: starts the executor of an opened run, answers it while it
// runs, and says what the run came to.
//
// Everything was opened by the LiveRun before; the log, its key, secrets and the network stay here.
// What the executor sends is judged: a message that no executor of ours sends ends it. Guest code
// never runs here. One thread. Internal to lib. Spec: limits.md section 7.
#include <array>
#include <memory>
#include <optional>
#include <span>

#include "warrant/engine/engine.h"
#include "warrant/host/trace.h"
#include "warrant/lib/executor_plan.h"
#include "warrant/lib/live_run.h"
#include "warrant/lib/outcome.h"
#include "warrant/lib/wire.h"
#include "warrant/os/executor_process.h"

namespace warrant::lib {

// How an executor leaves that has no time to say more: the cause of its end.
inline constexpr int kLeftWall = 121;
inline constexpr int kLeftCpu = 122;
inline constexpr int kLeftInLine = 2;  // more: its guest left a line unfinished

class Broker {
 public:
  // `live` has handed its descriptors over when this comes back; it outlives the broker.
  static Outcome<std::unique_ptr<Broker>> start(os::Ambient ambient, LiveRun& live,
                                                const policy::Warrant& warrant, ExecutorPlan plan,
                                                std::span<const std::byte> module,
                                                const engine::File& code);
  // Once this process is locked down itself: what the executor is confined by, or a refusal.
  std::optional<Problem> await(cap::Hardening& hardening);
  // Lets the guest start and answers until the end. `trace` may be null.
  RunResult serve(host::TraceObserver* trace);

  void kill() const noexcept { process_.kill(); }                        // async-signal-safe
  void forward(int signal) const noexcept { process_.forward(signal); }  // async-signal-safe

 private:
  Broker(os::ExecutorProcess process, std::optional<os::ControlGroup> group, LiveRun& live,
         const policy::Warrant& warrant)
      : process_(std::move(process)), group_(std::move(group)), live_(live), warrant_(warrant) {}
  bool reply(std::string_view answer);
  void finish_outputs(RunResult& result);
  bool send(Wire kind, std::string_view bytes) {
    return process_.channel().send(static_cast<std::uint32_t>(kind), bytes).has_value();
  }
  RunResult ended_alone();

  os::ExecutorProcess process_;
  std::optional<os::ControlGroup> group_;  // that the executor is in
  LiveRun& live_;
  const policy::Warrant& warrant_;
  EventReader reader_;                     // whose words the results of the run show
  std::array<cap::Stream*, 2> outputs_{};  // those that are written here
};

}  // namespace warrant::lib
