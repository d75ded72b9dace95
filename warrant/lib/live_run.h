// SPDX-License-Identifier: Apache-2.0
#pragma once
// The live objects of one run, opened from a warrant, and the run itself; internal to lib.
//
// open() makes every capability that the warrant names, and nothing else, before any guest code.
// execute() is called once, on the thread that the guest runs on. cancel() may be called from any
// thread; raise() is async-signal-safe. interrupted() gives the result of a run whose guest was
// stopped where it stood.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warrant/audit/ledger.h"
#include "warrant/cap/directory_options.h"
#include "warrant/engine/engine.h"
#include "warrant/host/session.h"
#include "warrant/lib/network.h"
#include "warrant/lib/outcome.h"
#include "warrant/lib/run.h"
#include "warrant/lib/run_log.h"
#include "warrant/lib/streams.h"
#include "warrant/os/ambient.h"
#include "warrant/os/clock.h"
#include "warrant/os/iovec.h"
#include "warrant/os/lockdown/lockdown.h"
#include "warrant/os/poller.h"
#include "warrant/os/root.h"
#include "warrant/os/run_files.h"
#include "warrant/os/waiter.h"
#include "warrant/policy/warrant.h"

namespace warrant::lib {

// Native stack that a run needs beside its guest's.
inline constexpr std::uint64_t kHostFrames = 1ULL << 20;

// What the functions of an embedder reach their run by.
struct EmbedderState {
  audit::Sink* sink;
  void* user;
};

cap::DirectoryOptions directory_options(const policy::DirectoryGrant& grant,
                                        const policy::Limits& limits);

struct ExportCall {
  std::string name;
  std::span<wasm::Slot> slots;
};

// What a broker opened for an executor, and where that one's questions go; see lib/executor.h.
struct Given {
  std::vector<os::OwnedFd> directories;  // in the order of the warrant
  std::vector<os::OwnedFd> sockets;
  audit::Sink* sink = nullptr;  // instead of a log of the process's own
  void (*hand_over)(void* self) = nullptr;
  void* self = nullptr;
  netfetch::Granted fetch = {};
  std::array<cap::Stream*, 2> outputs = {};  // those that the broker writes
};

class LiveRun {
 public:
  // `own_places`: directories of ours that no grant may reach; an empty name is none. `log`: where
  // the records go, nullptr: nowhere; it outlives the run. `run`: its id.
  struct Surroundings {
    std::vector<std::string> own_places;
    Log* log = nullptr;
    std::string run;
    Given* given = nullptr;  // in an executor; outlives the run
  };
  static Outcome<std::unique_ptr<LiveRun>> open(os::Ambient ambient, const policy::Warrant& warrant,
                                                Launch launch, Surroundings surroundings);
  ~LiveRun();

  // What the process must keep to run this; views into the run.
  void plan(os::lockdown::Plan& plan);

  // The last step before execute(): every check has passed, and the start is put on record.
  std::optional<Problem> record_start(const codec::Digest& module_sha256,
                                      std::uint64_t module_size);
  RunLog& log() noexcept { return *log_; }

  // For a broker: the descriptors of directories, then of sockets; none of them is held any more
  // after hand_off(), and the guest's part of this run is another process's.
  std::vector<os::BorrowedFd> handed() const;
  void hand_off();
  // Waits of a broker end with the run.
  void start_serving();
  wasm::Interruption raised() const noexcept { return interrupt_.cause(); }
  void look_at_clock() const noexcept { (void)waiter_->check(); }  // raised() knows the deadline
  audit::Ledger& events() noexcept { return ledger_; }
  netfetch::Context& fetching() noexcept { return network_->context(); }
  std::uint64_t most_request_body() const noexcept { return network_->most_request_body(); }
  RunResult execute(const engine::Program& program, host::Entry entry,
                    std::optional<ExportCall> call);
  RunResult interrupted();
  // Ends the instance: after this its engine may go. Only cancel() may follow.
  void close() noexcept { session_.reset(); }
  void cancel() noexcept;
  void raise(wasm::Interruption cause) noexcept;
  void wake() noexcept;  // async-signal-safe; every wait ends with kCanceled
  // Called on the run's thread when the guest's first instruction is about to run.
  void on_guest_start(host::Session::Mark mark, void* self) noexcept {
    if (session_ != nullptr) session_->on_guest_start(mark, self);
  }

  // Stream 0, 1 or 2 as the guest has it; nullptr: it has none.
  cap::Stream* stream(std::size_t number) const noexcept { return streams_[number]; }
  Console& console() noexcept { return console_; }

  const audit::Ledger& ledger() const noexcept { return ledger_; }
  // Directories whose owner or names deserve a word; for `-v` and the receipt.
  const std::vector<std::string>& remarks() const noexcept { return remarks_; }
  // Granted directories that only the rights of root open, which a lock-down takes away; escaped.
  const std::vector<std::string>& by_privilege() const noexcept { return by_privilege_; }
  // "ADDR:PORT" of each listener whose port the grant left open.
  const std::vector<std::string>& listening() const noexcept { return listening_; }

 private:
  class Teller final : public audit::Sink {  // hands events on to the embedder
   public:
    explicit Teller(const EventCallback& callback) : callback_(callback) {}
    void record(const audit::Event& event) override { callback_(event); }

   private:
    const EventCallback& callback_;
  };

  LiveRun(os::Ambient ambient, const policy::Warrant& warrant, Launch launch,
          Surroundings surroundings);
  static Recording recording_of(const Launch& launch);
  std::optional<Problem> resolve_variables();
  std::optional<Problem> open_console();
  std::optional<Problem> check_sensitive(const policy::DirectoryGrant& grant);
  void remark(const std::string& host, const os::RootReport& report);
  std::optional<Problem> open_directories();
  std::optional<Problem> adopt_directories();
  std::optional<Problem> open_working_directory();
  std::optional<Problem> open_sockets();
  std::optional<Problem> open_network();
  void open_clock_and_entropy();
  std::optional<Problem> open_outputs();
  std::optional<Problem> make_session();
  OwnDirectory* own_directory(const std::string& guest);
  void start_clocks();
  void plan_network(os::lockdown::Plan& plan);
  RunResult result(host::Exit exit);

  os::Ambient ambient_;
  policy::Warrant warrant_;
  Launch launch_;
  Surroundings surroundings_;
  wasm::Interrupt interrupt_;
  Teller teller_;
  std::unique_ptr<RunLog> log_;
  // What the reports after the run are made of: denials and limits. Effects are in the log alone.
  audit::Ledger ledger_{audit::Caps{.effects = 0}};
  os::LocatedAccess access_{&engine::locate};
  std::unique_ptr<os::Waiter> waiter_;
  std::shared_ptr<os::RunFiles> files_;
  Console console_;
  std::array<cap::Stream*, 3> streams_{};
  std::optional<os::ClockOptions> clock_options_;
  std::unique_ptr<os::Clock> clock_;
  std::unique_ptr<cap::Entropy> entropy_;
  std::unique_ptr<os::Poller> poller_;
  EmbedderState embedder_{};
  std::unique_ptr<Network> network_;
  host::Ports ports_;
  std::unique_ptr<host::Session> session_;
  std::vector<std::string> remarks_;
  std::vector<std::string> by_privilege_;
  std::vector<std::string> listening_;
  std::vector<os::BorrowedFd> sockets_;
  std::vector<std::uint16_t> connect_ports_;  // what plan() shows
  std::vector<os::OwnedFd> certificates_;
  std::vector<os::lockdown::PathRule> readable_;
  Nanoseconds began_{0};
  Nanoseconds cpu_began_{0};
  engine::Timings program_timings_;
};

}  // namespace warrant::lib
