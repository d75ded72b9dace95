// SPDX-License-Identifier: Apache-2.0
#pragma once
// One run in a process that exists for it: what the `warrant` command is made of.
//
// The steps stand in the order in which authority is gathered and given up (limits.md 7.1): open()
// makes every live object, load() reads and checks the module, prepare() brings its code,
// lock_down() gives up the process's powers, execute() runs it on this thread and never comes back.
// By profile `strict` lock_down() starts a second process, in which execute() lets the guest run.
// Changes the process: its signal handlers for timers and SIGINT, SIGTERM, SIGHUP, its stack limit,
// and SIGPIPE, which is ignored. One in a process. Programs with more than one run use Host.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warrant/audit/ledger.h"
#include "warrant/cap/hardening.h"
#include "warrant/engine/code_store.h"
#include "warrant/host/trace.h"
#include "warrant/lib/broker.h"
#include "warrant/lib/live_run.h"
#include "warrant/lib/outcome.h"
#include "warrant/lib/run_engine.h"
#include "warrant/lib/tool_impl.h"
#include "warrant/os/compile_child.h"
#include "warrant/os/run_timer.h"

namespace warrant {

struct OneRunOptions {
  std::string cache_dir;  // empty: compile
  std::string state_dir;
  std::string log_dir;                       // empty: no log is kept
  std::string log_state;                     // where its key lies
  std::vector<std::string> own_places = {};  // further directories that no grant may reach
  engine::DoubtObserver* doubts = nullptr;   // outlives it
  host::TraceObserver* trace = nullptr;      // told every host call; outlives it
  os::CompileWatcher* compiling = nullptr;   // outlives it
  std::uint32_t backtrace_frames = 16;
  cap::HardeningProfile hardening = cap::HardeningProfile::kBasic;
};

class OneRun {
 public:
  static Outcome<std::unique_ptr<OneRun>> open(const os::Ambient& ambient, OneRunOptions options,
                                               const policy::Warrant& warrant, Launch launch);
  ~OneRun();

  std::optional<Problem> load(const std::string& path);
  std::optional<Problem> prepare();
  // Gives up whatever this process can do beyond its run: the last thing before execute(). A layer
  // that the profile requires and that is not there, or does not hold, is a refusal that names it.
  std::optional<Problem> lock_down();
  // Puts the start on record; nothing of the guest's has run.
  std::optional<Problem> record_start();
  // Says why it will not start, instead.
  void record_refusal(const Problem& problem);

  // For a runner other than our own, instead of load() and prepare(): every check of the module,
  // and nothing compiled. A component is no fault.
  std::optional<Problem> load_elsewhere(const std::string& path);
  // What the records say of it; before begin_elsewhere().
  host::RunFacts& facts() noexcept { return live_->log().facts(); }
  std::optional<Problem> begin_elsewhere();
  // Passes bytes on to stream 1 or 2, as the grant has it.
  void pass_on(std::size_t stream, std::span<const std::byte> bytes);
  void conclude_elsewhere(RunResult& result);
  std::span<const std::byte> module() const noexcept { return tool_->bytes; }

  // Arms the deadline, runs, and calls `finish` with the result, which leaves the process. It may
  // be called from a signal handler that interrupted guest code.
  using Finish = void (*)(void* self, const RunResult& result);
  // What is said where there is no time left to report: the guest was in the middle of one long
  // instruction or host call when its time was up, and 250 ms later. Whole lines.
  struct LastWords {
    std::string wall;
    std::string cpu;
    std::string cancelled;
  };
  [[noreturn]] void execute(Finish finish, void* self, LastWords last_words);

  // What no text that anybody is shown may hold.
  const audit::KnownSecrets& secrets() const noexcept { return live_->log().secrets(); }
  const cap::Hardening& hardening() const noexcept { return hardening_; }
  const audit::Ledger& ledger() const noexcept { return live_->ledger(); }
  const wasm::ModuleInfo& info() const noexcept { return tool_->info; }
  const std::vector<std::string>& remarks() const noexcept { return live_->remarks(); }
  const std::vector<std::string>& listening() const noexcept { return live_->listening(); }

 private:
  OneRun(const os::Ambient& ambient, OneRunOptions options, const policy::Warrant& warrant)
      : ambient_(ambient), options_(std::move(options)), warrant_(warrant) {}
  [[noreturn]] void leave(RunResult result);
  enum class Walk : std::uint8_t { kWhereAsked, kAlways };  // of the instructions, before compiling
  Outcome<std::vector<std::byte>> read_file(const std::string& path);
  std::optional<Problem> take_tool(std::vector<std::byte> bytes, Walk walk);
  bool is_strict() const noexcept { return options_.hardening == cap::HardeningProfile::kStrict; }
  lib::ExecutorPlan plan_of(const Launch& launch) const;
  std::optional<Problem> begin_executor();
  [[noreturn]] void speak_last(os::RunEnd cause, int signal) noexcept;  // async-signal-safe
  std::vector<std::span<const wasm::HostFunction>> functions() {
    return functions_.get(options_.trace);
  }
  void open_store();
  std::optional<Problem> open_log();
  void refuse_unopened(Recording recording, const Problem& problem);

  const os::Ambient ambient_;
  OneRunOptions options_;
  policy::Warrant warrant_;
  std::unique_ptr<lib::Log> log_;  // outlives the run
  std::string run_id_;
  std::unique_ptr<lib::LiveRun> live_;
  lib::OfferedFunctions functions_;
  std::shared_ptr<Tool::Impl> tool_;
  std::unique_ptr<engine::CodeStore> store_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<engine::Program> program_;
  engine::Program::CodeRange code_{};
  codec::Digest module_sha256_{};
  // Of profile `strict`: what the executor is told, and its code.
  lib::ExecutorPlan executor_plan_;
  std::optional<engine::Engine::Code> executor_code_;
  std::unique_ptr<lib::Broker> broker_;
  Nanoseconds guest_start_{0};
  Finish finish_ = nullptr;
  void* finish_self_ = nullptr;
  LastWords last_words_;
  cap::Hardening hardening_;
};

// Puts a run on record that was refused before it had a warrant; what stands in the way of that.
std::optional<Problem> record_refused_run(const os::Ambient& ambient, const std::string& log_dir,
                                          const std::string& state_dir, Recording recording,
                                          const Problem& problem);

// Reads, checks and compiles a module into the store, for runs to come; what it imports is not
// looked at. Nothing: it is there.
struct StorePlace {
  std::string cache_dir;
  std::string state_dir;
};
std::optional<Problem> compile_file(const os::Ambient& ambient, const StorePlace& place,
                                    const policy::Limits& limits, const std::string& path,
                                    os::CompileWatcher* watcher = nullptr);

}  // namespace warrant
