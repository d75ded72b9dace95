// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/one_run.h"

#include "warrant/codec/json.h"
#include "warrant/engine/stack.h"
#include "warrant/host/failure.h"
#include "warrant/host/hardening.h"
#include "warrant/lib/compile_outside.h"
#include "warrant/lib/run_impl.h"
#include "warrant/lib/validity.h"
#include "warrant/netfetch/functions.h"
#include "warrant/os/identity.h"
#include "warrant/os/load_file.h"
#include "warrant/os/lockdown/lockdown.h"
#include "warrant/os/process.h"
#include "warrant/os/run_timer.h"
#include "warrant/wasi_p1/functions.h"

namespace warrant {
namespace {

using policy::LimitKey;

constexpr int kLimited = 124;
constexpr int kAuditFailed = 74;

Problem refused(std::string what, std::string hint) {
  return {Problem::Kind::kRefused, std::move(what), std::move(hint), {}};
}

// What is not of one run but of its process.
std::optional<Problem> prepare_process(const os::Ambient& ambient,
                                       cap::HardeningProfile hardening) {
  // Before the first engine: its handlers chain to those that stand already.
  if (!os::RunTimer::install(ambient)) {
    return refused("the handlers of timers and signals cannot be set", "`warrant doctor` may tell");
  }
  os::ignore_broken_pipes(ambient);
  if (hardening != cap::HardeningProfile::kOff && !os::lockdown::shed_inherited(ambient)) {
    return refused("hardening_failed: descriptors of the caller cannot be closed",
                   "`warrant doctor` says what is missing here");
  }
  return std::nullopt;
}

// What a run and a compilation for later have in common: code must come out the same. Called when
// all else of `wanted` is set, which the compiling process is told. `limits` outlives the engine.
void set_compilation(const os::Ambient& ambient, const policy::Limits& limits,
                     engine::CodeStore* store, os::CompileWatcher* watcher,
                     engine::Options& wanted) {
  wanted.fuel = limits.is_written(LimitKey::kFuel) ? engine::Fuel::kCounted : engine::Fuel::kOff;
  wanted.store = store;
  wanted.before_compile = [&limits](std::span<const std::byte> module, wasm::Failure& failure) {
    return lib::check_before_compile(module, limits, failure);
  };
  lib::compile_outside(ambient, {}, limits, wanted, watcher);
}

}  // namespace

OneRun::~OneRun() = default;

Outcome<std::unique_ptr<OneRun>> OneRun::open(const os::Ambient& ambient, OneRunOptions options,
                                              const policy::Warrant& warrant, Launch launch) {
  if (auto problem = prepare_process(ambient, options.hardening)) {
    // What stands in the way of its record as well is not told: the refusal is.
    if (!options.log_dir.empty()) {
      (void)record_refused_run(ambient, options.log_dir, options.log_state, launch.recording,
                               *problem);
    }
    return *std::move(problem);
  }
  std::unique_ptr<OneRun> run(new OneRun(ambient, std::move(options), warrant));
  run->open_store();
  if (auto problem = run->open_log()) return *std::move(problem);
  std::vector<std::string> own_places = run->options_.own_places;
  own_places.push_back(run->options_.cache_dir);
  own_places.push_back(run->options_.state_dir);
  own_places.push_back(run->options_.log_dir);
  if (run->options_.log_state != run->options_.state_dir) {
    own_places.push_back(run->options_.log_state);
  }
  Recording recording = launch.recording;
  keep_out(launch.variables, recording);
  if (run->is_strict()) run->executor_plan_ = run->plan_of(launch);
  auto live = lib::LiveRun::open(ambient, warrant, std::move(launch),
                                 {std::move(own_places), run->log_.get(), run->run_id_});
  if (!live) {
    run->refuse_unopened(std::move(recording), live.problem());
    return live.problem();
  }
  run->live_ = *std::move(live);
  return run;
}

// Before the roots: its directories must be there to be kept from the guest.
void OneRun::open_store() {
  if (options_.cache_dir.empty()) return;
  store_ = engine::CodeStore::open({.cache_directory = options_.cache_dir,
                                    .state_directory = options_.state_dir,
                                    .observer = options_.doubts});
}

std::optional<Problem> OneRun::open_log() {
  auto id = os::random_id(ambient_);
  if (!id) return refused("no random number can be had", "`warrant doctor` may tell");
  run_id_ = *std::move(id);
  if (options_.log_dir.empty()) return std::nullopt;
  const bool sync = warrant_.terms().audit.flush == policy::Flush::kSync;
  auto opened =
      lib::Log::open(ambient_,
                     {.directory = options_.log_dir,
                      .state_dir = options_.log_state,
                      .durability = sync ? audit::Durability::kDisk : audit::Durability::kKernel},
                     run_id_);
  if (!opened) return opened.problem();
  log_ = *std::move(opened);
  return std::nullopt;
}

// The run's own objects could not be made: only its record is.
void OneRun::refuse_unopened(Recording recording, const Problem& problem) {
  if (log_ == nullptr) return;
  lib::RunLog record(ambient_, std::move(recording), warrant_, run_id_, log_.get());
  record.refuse(problem);
  (void)log_->close();
}

void OneRun::record_refusal(const Problem& problem) {
  live_->log().refuse(problem);
  if (log_ != nullptr) (void)log_->close();  // else incomplete, which is what it then is
}

std::optional<Problem> OneRun::record_start() {
  live_->log().facts().hardening = codec::print_canonical(host::json_of(hardening_));
  return live_->record_start(module_sha256_, tool_->bytes.size());
}

lib::ExecutorPlan OneRun::plan_of(const Launch& launch) const {
  return {.argv = launch.argv,
          .variables = launch.variables,
          .closed = launch.closed,
          .escapes = {launch.output.escape_controls, launch.error_output.escape_controls},
          .surface = launch.surface,
          .traced = options_.trace != nullptr,
          .backtrace_frames = options_.backtrace_frames};
}

Outcome<std::vector<std::byte>> OneRun::read_file(const std::string& path) {
  const policy::Limits& limits = warrant_.limits();
  auto bytes = os::load_file(ambient_, path, limits.get(LimitKey::kModuleBytes));
  if (!bytes) return lib::file_problem(path, bytes.error(), limits);
  if (auto problem = lib::check_module(*bytes, warrant_)) return *std::move(problem);
  return *std::move(bytes);
}

std::optional<Problem> OneRun::take_tool(std::vector<std::byte> bytes, Walk walk) {
  const policy::Limits& limits = warrant_.limits();
  auto read = lib::read_tool(std::move(bytes), limits, functions(),
                             warrant_.terms().optional_imports, lib::Imports::kChecked);
  if (!read) return read.problem();
  tool_ = *std::move(read);
  if (auto problem = lib::check_start_sizes(tool_->info, limits)) return problem;
  if (walk == Walk::kAlways || lib::asks_for_walk(limits)) {
    wasm::Failure failure;
    if (!lib::check_before_compile(tool_->bytes, limits, failure)) {
      return lib::problem_of(host::exit_of_failure(failure, limits));
    }
  }
  if (tool_->entry == host::Entry::kCommand) return std::nullopt;
  return refused("exports no _start: it is a library (a reactor), not a command",
                 "call its exports from a program: docs/guide/embedding.md");
}

std::optional<Problem> OneRun::load(const std::string& path) {
  auto bytes = read_file(path);
  if (!bytes) return bytes.problem();
  return take_tool(*std::move(bytes), Walk::kWhereAsked);
}

std::optional<Problem> OneRun::prepare() {
  const policy::Limits& limits = warrant_.limits();
  engine::Options wanted =
      lib::engine_options(limits, options_.backtrace_frames, functions(), tool_->stubs);
  set_compilation(ambient_, limits, store_.get(), options_.compiling, wanted);
  wasm::Failure failure;
  auto engine = engine::Engine::create(wanted, failure);
  if (!engine) return lib::problem_of(host::exit_of_failure(failure, limits));
  engine_ = *std::move(engine);
  if (is_strict()) {
    auto code = engine_->code(tool_->bytes, failure);
    if (!code) return lib::problem_of(host::exit_of_failure(failure, limits));
    executor_code_ = *std::move(code);
    module_sha256_ = executor_code_->module_sha256;
  } else {
    auto program = engine_->prepare(tool_->bytes, failure);
    if (!program) return lib::problem_of(host::exit_of_failure(failure, limits));
    program_ = *std::move(program);
    code_ = program_->code_range();
    module_sha256_ = program_->module_sha256();
  }
  if (!os::raise_stack_limit(ambient_, wanted.stack + lib::kHostFrames)) {
    return refused("the stack cannot be as large as --stack asks",
                   "raise `ulimit -s`, or --stack less");
  }
  return std::nullopt;
}

std::optional<Problem> OneRun::lock_down() {
  if (options_.hardening == cap::HardeningProfile::kOff) return std::nullopt;
  const policy::Limits& limits = warrant_.limits();
  const Nanoseconds cpu = limits.duration(LimitKey::kCpu);
  (void)engine::stack_left();  // asks for a limit once
  os::lockdown::Plan plan;
  live_->plan(plan);
  plan.bounds = lib::bounds_of(limits);
  if (is_strict()) {
    if (auto problem = begin_executor()) return problem;
    plan.role = os::lockdown::Role::kBroker;
    plan.roots = {};
    plan.use.broker = true;
    plan.bounds.cpu = kForever;
  }
  if (!os::RunTimer::make(is_strict() ? kForever : cpu)) {
    return refused("the timer of the deadline cannot be made", {});
  }
  const auto locked = os::lockdown::lock_down(ambient_, plan);
  hardening_ = locked.hardening;
  if (locked.failed.empty() && broker_ == nullptr) return std::nullopt;
  std::optional<Problem> executor;
  if (locked.failed.empty()) {
    executor = broker_->await(hardening_);
    if (!executor) return std::nullopt;
  }
  const std::string failed = executor ? executor->what : std::string(locked.failed);
  const auto& shut = live_->by_privilege();
  if (failed.find("directory") != std::string::npos && !shut.empty()) {
    return refused("hardening_failed: directory " + shut.front() +
                       " belongs to another user and its mode shuts out everybody else; a process "
                       "that is locked down has no rights of root to enter it",
                   "let it be read by group or others, run as its owner, or --hardening=off, for "
                   "development");
  }
  if (executor) return executor;
  return refused("hardening_failed: " + std::string(locked.failed),
                 "`warrant doctor` says what is missing here; --hardening=off runs without "
                 "protection, for development");
}

std::optional<Problem> OneRun::begin_executor() {
  auto broker = lib::Broker::start(ambient_, *live_, warrant_, executor_plan_, tool_->bytes,
                                   executor_code_->file);
  if (!broker) return broker.problem();
  broker_ = *std::move(broker);
  executor_code_->file = {};
  return std::nullopt;
}

void OneRun::leave(RunResult result) {
  os::RunTimer::disarm();
  result.exit.signal = static_cast<std::uint32_t>(os::RunTimer::signal());
  if (broker_ == nullptr) result.timings.until_guest = guest_start_;
  result.hardening = hardening_;
  live_->log().conclude(result);
  if (log_ != nullptr && result.exit.kind != host::ExitKind::kAuditFailed) (void)log_->close();
  finish_(finish_self_, result);
  os::leave_process(70);
}

void OneRun::speak_last(os::RunEnd cause, int signal) noexcept {
  if (broker_ != nullptr) broker_->kill();
  const std::string& words = cause == os::RunEnd::kWall  ? last_words_.wall
                             : cause == os::RunEnd::kCpu ? last_words_.cpu
                                                         : last_words_.cancelled;
  const auto limit = cause == os::RunEnd::kWall  ? std::optional(LimitKey::kWall)
                     : cause == os::RunEnd::kCpu ? std::optional(LimitKey::kCpu)
                                                 : std::nullopt;
  const auto kind = limit ? host::ExitKind::kLimited : host::ExitKind::kCancelled;
  int status = cause == os::RunEnd::kSignal ? 128 + signal : kLimited;
  if (!live_->log().conclude_abruptly(kind, limit, signal)) status = kAuditFailed;
  os::leave_with_words(words, status);
}

void OneRun::execute(Finish finish, void* self, LastWords last_words) {
  last_words_ = std::move(last_words);
  finish_ = finish;
  finish_self_ = self;
  live_->on_guest_start(
      [](void* run) { static_cast<OneRun*>(run)->guest_start_ = os::host_monotonic(); }, this);
  os::RunTimerHooks hooks;
  hooks.self = this;
  hooks.raise = [](void* run, os::RunEnd cause, int signal) noexcept {
    auto& one = *static_cast<OneRun*>(run);
    one.live_->raise(lib::interruption_of(cause));
    one.live_->wake();
    if (one.broker_ != nullptr && cause == os::RunEnd::kSignal) one.broker_->forward(signal);
  };
  hooks.code_begin = code_.begin;
  hooks.code_end = code_.end;
  hooks.last_words = [](void* run, os::RunEnd cause, int signal) noexcept {
    static_cast<OneRun*>(run)->speak_last(cause, signal);
  };
  hooks.end_now = [](void* run) noexcept {
    auto& one = *static_cast<OneRun*>(run);
    one.leave(one.live_->interrupted());
  };
  const policy::Limits& limits = warrant_.limits();
  const Nanoseconds cpu = broker_ == nullptr ? limits.duration(LimitKey::kCpu) : kForever;
  if (!os::RunTimer::arm(hooks, limits.duration(LimitKey::kWall), cpu)) {
    RunResult result;
    result.exit.kind = host::ExitKind::kRefused;
    result.exit.message = "the timer of the deadline cannot be set";
    leave(std::move(result));
  }
  if (broker_ == nullptr) leave(live_->execute(*program_, tool_->entry, std::nullopt));
  RunResult result = broker_->serve(options_.trace);
  const engine::Timings& times = executor_code_->timings;
  result.timings.load = times.load;
  result.timings.compile = times.compile;
  result.timings.from_store = times.from_store;
  leave(std::move(result));
}

std::optional<Problem> record_refused_run(const os::Ambient& ambient, const std::string& log_dir,
                                          const std::string& state_dir, Recording recording,
                                          const Problem& problem) {
  return lib::record_refusal(ambient, {.directory = log_dir, .state_dir = state_dir},
                             std::move(recording), problem);
}

std::optional<Problem> compile_file(const os::Ambient& ambient, const StorePlace& place,
                                    const policy::Limits& limits, const std::string& path,
                                    os::CompileWatcher* watcher) {
  auto bytes = os::load_file(ambient, path, limits.get(LimitKey::kModuleBytes));
  if (!bytes) return lib::file_problem(path, bytes.error(), limits);
  auto read = lib::read_tool(*std::move(bytes), limits, {}, {}, lib::Imports::kIgnored);
  if (!read) return read.problem();
  const auto store = engine::CodeStore::open(
      {.cache_directory = place.cache_dir, .state_directory = place.state_dir});
  if (!store->on()) {
    return refused("the store of compiled code may not be trusted",
                   "`warrant cache list` says why");
  }
  engine::Options wanted;
  wanted.backtrace_frames = OneRunOptions{}.backtrace_frames;
  set_compilation(ambient, limits, store.get(), watcher, wanted);
  wasm::Failure failure;
  auto engine = engine::Engine::create(wanted, failure);
  if (!engine) return lib::problem_of(host::exit_of_failure(failure, limits));
  const Status kept = (*engine)->keep((*read)->bytes, failure);
  if (!kept) {
    return lib::problem_of(host::exit_of_failure(failure, limits));
  }
  return std::nullopt;
}

}  // namespace warrant
