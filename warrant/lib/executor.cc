// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/executor.h"

#include <algorithm>

#include "warrant/base/bytes.h"
#include "warrant/engine/stack.h"
#include "warrant/host/failure.h"
#include "warrant/lib/broker.h"
#include "warrant/lib/executor_talk.h"
#include "warrant/lib/remote_fetch.h"
#include "warrant/lib/remote_output.h"
#include "warrant/lib/remote_sink.h"
#include "warrant/lib/run_engine.h"
#include "warrant/lib/tool_impl.h"
#include "warrant/os/console.h"
#include "warrant/os/identity.h"
#include "warrant/os/process.h"
#include "warrant/os/run_timer.h"

namespace warrant::lib {
namespace {

using policy::LimitKey;

constexpr std::size_t kOwnFiles = 3;  // plan, module, code; then those of the warrant
constexpr std::uint64_t kMostPlan = 16ULL << 20;

class Executor {
 public:
  Executor(os::Ambient ambient, os::ExecutorChild child, ReadPlan read)
      : ambient_(ambient),
        child_(std::move(child)),
        plan_(std::move(read.plan)),
        warrant_(std::move(read.warrant)),
        sink_(child_.channel(), warrant_.terms().audit.flush),
        tracer_(*this) {}

  // The layer or the step that failed; empty: none.
  std::string prepare();
  std::string lock_down();
  [[noreturn]] void run();
  void report(const ExecutorReport& report) { send(Wire::kReady, print_report(report)); }

 private:
  // Tells the broker, whose terminal it is.
  class Tracer final : public host::TraceObserver {
   public:
    explicit Tracer(Executor& self) : self_(self) {}
    void called(const wasm::HostFunction& function, std::span<const std::uint64_t> arguments,
                const std::uint64_t* answer, wasm::HostResult result) override;

   private:
    Executor& self_;
  };

  std::optional<Problem> open();
  Launch launch() const;
  void send(Wire kind, std::string_view bytes) {
    (void)child_.channel().send(static_cast<std::uint32_t>(kind), bytes).has_value();
  }
  [[noreturn]] void leave(const RunResult& result);

  os::Ambient ambient_;
  os::ExecutorChild child_;
  ExecutorPlan plan_;
  policy::Warrant warrant_;
  RemoteSink sink_;
  Tracer tracer_;
  Given given_;
  std::unique_ptr<cap::Fetch> fetch_;
  std::unique_ptr<cap::Fetch> narrowed_;
  std::array<std::unique_ptr<cap::Stream>, 2> outputs_;
  os::LocatedAccess access_{&engine::locate};
  std::shared_ptr<Tool::Impl> tool_;
  OfferedFunctions functions_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<engine::Program> program_;
  std::unique_ptr<LiveRun> live_;
  Nanoseconds guest_start_{0};
};

void Executor::Tracer::called(const wasm::HostFunction& function,
                              std::span<const std::uint64_t> arguments, const std::uint64_t* answer,
                              wasm::HostResult result) {
  for (std::uint8_t set = 0; set < kTraceSets; ++set) {
    const auto functions = traceable(set);
    const auto found = std::find_if(functions.begin(), functions.end(), [&](const auto& each) {
      return each.module == function.module && each.name == function.name;
    });
    if (found == functions.end()) continue;
    WireWriter to;
    to.u8(set);
    to.u16(static_cast<std::uint16_t>(found - functions.begin()));
    to.u8(static_cast<std::uint8_t>(arguments.size()));
    for (const std::uint64_t each : arguments) to.u64(each);
    to.u8(answer == nullptr ? 0 : 1);
    to.u64(answer == nullptr ? 0 : *answer);
    to.u8(static_cast<std::uint8_t>(result));
    self_.send(Wire::kTrace, to.view());
    return;
  }
}

Launch Executor::launch() const {
  Launch launch;
  launch.argv = plan_.argv;
  launch.variables = plan_.variables;
  launch.closed = plan_.closed;
  launch.inherit_input = true;
  launch.output.to = launch.error_output.to = Output::To::kInherited;
  launch.output.escape_controls = plan_.escapes[0];
  launch.error_output.escape_controls = plan_.escapes[1];
  launch.surface = plan_.surface;
  return launch;
}

// Every object of the run, from what the broker opened.
std::optional<Problem> Executor::open() {
  const policy::Grant& terms = warrant_.terms();
  std::vector<os::OwnedFd>& files = child_.files();
  const std::size_t sockets = terms.listen.size() + terms.connect.size();
  if (files.size() != kOwnFiles + terms.directories.size() + sockets) {
    return Problem{Problem::Kind::kBug, "descriptors", {}, {}};
  }
  auto next = files.begin() + kOwnFiles;
  for (std::size_t i = 0; i < terms.directories.size(); ++i) {
    given_.directories.push_back(std::move(*next++));
  }
  for (std::size_t i = 0; i < sockets; ++i) given_.sockets.push_back(std::move(*next++));
  given_.sink = &sink_;
  given_.hand_over = [](void* self) { static_cast<RemoteSink*>(self)->hand_over(); };
  given_.self = &sink_;
  fetch_ = make_remote_fetch(child_.channel(), sink_, kWholeFetch);
  narrowed_ = make_remote_fetch(child_.channel(), sink_, kNarrowedFetch);
  given_.fetch = {fetch_.get(), narrowed_.get(), !terms.fetch.empty()};
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (!plan_.told[i]) continue;
    outputs_[i] = make_remote_output({child_.channel(), sink_}, access_,
                                     static_cast<std::uint8_t>(i + 1), *plan_.told[i]);
    given_.outputs[i] = outputs_[i].get();
  }
  // Not the run's own id, which is the broker's to know: here it only keys the marks of cut names.
  const auto key = os::random_id(ambient_);
  if (!key) return Problem{Problem::Kind::kBug, "random", {}, {}};
  auto live = LiveRun::open(ambient_, warrant_, launch(), {{}, nullptr, *key, &given_});
  if (!live) return live.problem();
  live_ = *std::move(live);
  sink_.on_end([](void* self,
                  wasm::Interruption cause) noexcept { static_cast<LiveRun*>(self)->raise(cause); },
               live_.get());
  return std::nullopt;
}

std::string Executor::prepare() {
  const policy::Limits& limits = warrant_.limits();
  auto bytes =
      os::read_whole(ambient_, child_.files()[1].borrow(), limits.get(LimitKey::kModuleBytes));
  if (!bytes) return "module";
  child_.files()[1].reset();
  const auto functions = functions_.get(plan_.traced ? &tracer_ : nullptr);
  auto read = read_tool(*std::move(bytes), limits, functions, warrant_.terms().optional_imports,
                        Imports::kChecked);
  if (!read) return "module: " + read.problem().what;
  tool_ = *std::move(read);
  engine::Options wanted = engine_options(limits, plan_.backtrace_frames, functions, tool_->stubs);
  wanted.compiler = [this](std::span<const std::byte>, wasm::Failure&) {
    return Result<engine::File>(engine::File(child_.files()[2].release()));
  };
  wasm::Failure failure;
  auto engine = engine::Engine::create(wanted, failure);
  if (!engine) return "engine: " + host::exit_of_failure(failure, limits).message;
  engine_ = *std::move(engine);
  auto program = engine_->prepare(tool_->bytes, failure);
  if (!program) return "code: " + host::exit_of_failure(failure, limits).message;
  program_ = *std::move(program);
  if (const auto problem = open()) return problem->what;
  return {};
}

std::string Executor::lock_down() {
  const policy::Limits& limits = warrant_.limits();
  (void)engine::stack_left();  // asks for a limit once
  os::lockdown::Plan plan;
  live_->plan(plan);
  plan.role = os::lockdown::Role::kExecutor;
  plan.spaces = child_.spaces();
  plan.bounds = bounds_of(limits);
  plan.bounds.file_bytes = largest_file(ambient_, warrant_);
  if (!os::RunTimer::make(limits.duration(LimitKey::kCpu))) return "timer";
  const auto locked = os::lockdown::lock_down(ambient_, plan);
  if (!locked.failed.empty()) return std::string(locked.failed);
  // Told to die with a broker that was gone already, it would not.
  if (!child_.channel().is_connected()) os::leave_process(1);
  report({{},
          locked.hardening.landlock_abi,
          child_.spaces() == os::lockdown::Spaces::kOwn,
          locked.hardening.mdwe,
          *locked.hardening.limits});
  return {};
}

void Executor::leave(const RunResult& result) {
  os::RunTimer::disarm();
  sink_.hand_over();
  RunResult told = result;
  told.timings.until_guest = guest_start_;
  WireWriter to;
  to.u8(os::is_error_line_open() ? 1 : 0);
  write_result(to, told);
  send(Wire::kEnd, to.view());
  os::leave_process(0);
}

void Executor::run() {
  const auto go = child_.channel().receive(0);
  if (!go || go->kind != static_cast<std::uint32_t>(Wire::kGo)) os::leave_process(1);
  live_->on_guest_start(
      [](void* self) { static_cast<Executor*>(self)->guest_start_ = os::host_monotonic(); }, this);
  os::RunTimerHooks hooks;
  hooks.self = this;
  hooks.raise = [](void* self, os::RunEnd cause, int) noexcept {
    static_cast<Executor*>(self)->live_->raise(interruption_of(cause));
    static_cast<Executor*>(self)->live_->wake();
  };
  hooks.code_begin = program_->code_range().begin;
  hooks.code_end = program_->code_range().end;
  hooks.last_words = [](void*, os::RunEnd cause, int) noexcept {
    const int left = cause == os::RunEnd::kCpu ? kLeftCpu : kLeftWall;
    os::leave_process(os::is_error_line_open() ? left + kLeftInLine : left);
  };
  hooks.end_now = [](void* self) noexcept {
    auto& executor = *static_cast<Executor*>(self);
    executor.leave(executor.live_->interrupted());
  };
  const policy::Limits& limits = warrant_.limits();
  if (!os::RunTimer::arm(hooks, limits.duration(LimitKey::kWall),
                         limits.duration(LimitKey::kCpu))) {
    os::leave_process(1);
  }
  leave(live_->execute(*program_, tool_->entry, std::nullopt));
}

}  // namespace

void execute_for_broker(os::Ambient ambient, std::span<const std::string> words) {
  auto child = os::ExecutorChild::begin(ambient, words);
  if (!child || child->files().size() < kOwnFiles ||
      !os::RunTimer::install(ambient, os::RunTimer::Signals::kBroker)) {
    os::leave_process(os::lockdown::kNoSpaces);
  }
  os::ignore_broken_pipes(ambient);
  const auto text = os::read_whole(ambient, child->files()[0].borrow(), kMostPlan);
  if (!text) os::leave_process(1);
  auto read = read_plan(text_of(*text));
  child->files()[0].reset();
  if (!read) os::leave_process(1);
  Executor executor(ambient, *std::move(child), *std::move(read));
  std::string failed = executor.prepare();
  if (failed.empty()) failed = executor.lock_down();
  if (!failed.empty()) {
    ExecutorReport report;
    report.failed = std::move(failed);
    executor.report(report);
    os::leave_process(1);
  }
  executor.run();
}

}  // namespace warrant::lib
