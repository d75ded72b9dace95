// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/host.h"

#include <algorithm>

#include "warrant/codec/text.h"
#include "warrant/host/failure.h"
#include "warrant/lib/compile_outside.h"
#include "warrant/lib/host_impl.h"
#include "warrant/lib/run_impl.h"
#include "warrant/lib/validity.h"
#include "warrant/netfetch/functions.h"
#include "warrant/os/identity.h"
#include "warrant/os/load_file.h"
#include "warrant/wasi_p1/functions.h"

namespace warrant {
namespace {

using policy::LimitKey;

constexpr std::size_t kMaxEngines = 16;

Problem refused(std::string what, std::string hint) {
  return {Problem::Kind::kRefused, std::move(what), std::move(hint), {}};
}

Problem problem_of_findings(const std::vector<policy::Finding>& findings) {
  Problem problem =
      refused(codec::escape_text(findings.front().what), codec::escape_text(findings.front().fix));
  for (std::size_t i = 1; i < findings.size(); ++i) {
    problem.more.push_back(codec::escape_text(findings[i].what + "; " + findings[i].fix));
  }
  return problem;
}

std::array<std::uint64_t, 3> compile_limits(const policy::Limits& limits) {
  return {limits.get(LimitKey::kCompileWall), limits.get(LimitKey::kCompileCpu),
          limits.get(LimitKey::kCompileMemory)};
}

// A limit that nobody would enforce.
std::optional<Problem> check_compile_limits(const policy::Limits& limits,
                                            const std::string& compiler) {
  if (!compiler.empty()) return std::nullopt;
  for (const LimitKey key :
       {LimitKey::kCompileWall, LimitKey::kCompileCpu, LimitKey::kCompileMemory}) {
    if (!limits.is_written(key)) continue;
    return refused("this host compiles in its own process, where " +
                       std::string(policy::row_of(key).word) + " cannot be held",
                   "name a warrant command in HostOptions::compiler");
  }
  return std::nullopt;
}

RunResult refusal(const Problem& problem) {
  RunResult result;
  result.exit.kind =
      problem.kind == Problem::Kind::kBug ? host::ExitKind::kBug : host::ExitKind::kRefused;
  result.exit.message = problem.what;
  for (const std::string& more : problem.more) result.exit.message += "; " + more;
  result.exit.hint = problem.hint;
  return result;
}

}  // namespace

Outcome<Host> Host::create(const Ambient& ambient, HostOptions options) {
  if (options.concurrency == 0 || options.concurrency > 1'024) {
    return refused("concurrency is " + std::to_string(options.concurrency),
                   "choose 1 to 1024 runs at once");
  }
  if (!options.cache_dir.empty() && options.state_dir.empty()) {
    return refused("a cache_dir needs a state_dir", "name where the key of the cache may lie");
  }
  auto impl = std::make_unique<Impl>(ambient, std::move(options));
  if (auto problem = impl->open_log()) return *std::move(problem);
  auto engine = impl->engine_for(policy::Limits{});
  if (!engine) return engine.problem();
  return Host(std::move(impl));
}

std::optional<Problem> Host::Impl::open_log() {
  if (options.log_dir.empty()) {
    const bool required = std::any_of(options.ceilings.begin(), options.ceilings.end(),
                                      [](const policy::Ceiling& each) {
                                        return each.restrictions.log == policy::LogRule::kRequired;
                                      });
    if (required) return refused("a ceiling requires the log", "name where it lies in log_dir");
    return std::nullopt;
  }
  if (options.log_state.empty()) options.log_state = options.state_dir;
  if (options.log_state.empty()) {
    return refused("a log_dir needs a state_dir", "name where the key of the log may lie");
  }
  auto id = os::random_id(ambient);
  if (!id) return refused("no random number can be had", "`warrant doctor` may tell");
  auto opened = lib::Log::open(
      ambient, {.directory = options.log_dir, .state_dir = options.log_state, .rolls = true},
      *std::move(id));
  if (!opened) return opened.problem();
  log = *std::move(opened);
  return std::nullopt;
}

void Host::Impl::record_refusal(Recording recording, const Warrant& warrant,
                                const Problem& problem) {
  if (log == nullptr && recording.shared_copy == nullptr) return;
  auto id = os::random_id(ambient);
  if (!id) return;
  lib::RunLog(ambient, std::move(recording), warrant, *std::move(id), log.get()).refuse(problem);
}

void Host::record_refusal(Recording recording, const Problem& problem) const {
  const policy::Admitted nothing = policy::admit(policy::Grant{});
  impl_->record_refusal(std::move(recording), *nothing.warrant, problem);
}

Host::Host(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Host::Host(Host&&) noexcept = default;
Host& Host::operator=(Host&&) noexcept = default;
Host::~Host() = default;

std::span<const policy::Ceiling> Host::ceilings() const noexcept { return impl_->options.ceilings; }

BufferAccess& Host::memory() const noexcept { return impl_->memory; }

Outcome<Tool> Host::load(std::span<const std::byte> wasm, const LoadOptions& options) const {
  return impl_->make_tool(std::vector<std::byte>(wasm.begin(), wasm.end()), options);
}

Outcome<Tool> Host::load_file(const std::string& path, const LoadOptions& options) const {
  auto bytes = os::load_file(impl_->ambient, path, options.limits.get(LimitKey::kModuleBytes));
  if (!bytes) return lib::file_problem(path, bytes.error(), options.limits);
  return impl_->make_tool(*std::move(bytes), options);
}

Outcome<Warrant> Host::admit(const Tool& tool, const policy::Grant& grant) const {
  policy::Findings narrowed;
  return admit(tool, grant, narrowed);
}

Outcome<Warrant> Host::admit(const Tool& tool, const policy::Grant& grant,
                             policy::Findings& narrowed) const {
  policy::Grant counted = grant;
  if (auto problem = lib::judge_validity(impl_->ambient, impl_->options.state_dir, counted)) {
    return *std::move(problem);
  }
  policy::Admitted admitted = lib::admit_here(impl_->ambient, counted, impl_->options.ceilings);
  narrowed = std::move(admitted.narrowed);
  if (!admitted.warrant) return problem_of_findings(admitted.refused);
  if (auto problem = check_compile_limits(grant.limits, impl_->options.compiler)) {
    return *std::move(problem);
  }
  if (auto problem = lib::check_module(tool.impl()->bytes, *admitted.warrant)) {
    return *std::move(problem);
  }
  if (auto problem = lib::check_hardening(*admitted.warrant)) return *std::move(problem);
  if (auto problem = impl_->check_host_functions(tool, *admitted.warrant)) {
    return *std::move(problem);
  }
  return *std::move(admitted.warrant);
}

Outcome<Run> Host::start(const Tool& tool, const Warrant& warrant, Launch launch) const {
  auto started = lib::start_run(*impl_, tool, warrant, std::move(launch), std::nullopt);
  if (!started) return started.problem();
  return Run(*std::move(started));
}

RunResult Host::run(const Tool& tool, const Warrant& warrant, Launch launch) const {
  auto started = start(tool, warrant, std::move(launch));
  return started ? started->wait() : refusal(started.problem());
}

RunResult Host::call(const Tool& tool, const Warrant& warrant, Launch launch,
                     const std::string& name, std::span<wasm::Slot> slots) const {
  auto started =
      lib::start_run(*impl_, tool, warrant, std::move(launch), lib::ExportCall{name, slots});
  return started ? Run(*std::move(started)).wait() : refusal(started.problem());
}

Host::Impl::Impl(const Ambient& given, HostOptions chosen)
    : ambient(given), options(std::move(chosen)) {
  if (!options.cache_dir.empty()) {
    store = engine::CodeStore::open(
        {.cache_directory = options.cache_dir, .state_directory = options.state_dir});
  }
  for (const HostModule& module : options.modules) {
    for (const HostModule::Function& function : module.functions()) {
      bindings.push_back(std::make_unique<EmbedderFunction>(
          EmbedderFunction{&function, module.name(), function.name}));
      embedder.push_back(lib::bind(*bindings.back()));
    }
  }
}

Host::Impl::~Impl() {
  std::unique_lock lock(mutex);
  for (lib::LiveRun* run : live) run->cancel();
  changed.wait(lock, [&] { return active == 0; });
  // An index that cannot be written leaves the log incomplete, and says so when it is verified.
  if (log != nullptr) (void)log->close();
}

engine::Options Host::Impl::engine_options(const policy::Limits& limits) const {
  engine::Options made;
  made.profile = engine::Profile::kPooled;
  made.stack = limits.get(LimitKey::kStack);
  made.fuel = limits.is_written(LimitKey::kFuel) ? engine::Fuel::kCounted : engine::Fuel::kOff;
  made.pool.instances = options.concurrency;
  made.pool.memories = options.concurrency * 4;
  made.pool.tables = options.concurrency * 4;
  made.pool.max_memory = policy::row_of(LimitKey::kMemory).ceiling;
  made.functions = functions();
  made.store = store.get();
  if (!options.compiler.empty()) lib::compile_outside(ambient, options.compiler, limits, made);
  return made;
}

std::vector<std::span<const wasm::HostFunction>> Host::Impl::functions() const {
  return {wasi_p1::functions(), netfetch::functions(), embedder};
}

Outcome<engine::Engine*> Host::Impl::engine_for(const policy::Limits& limits) {
  engine::Options wanted = engine_options(limits);
  const std::array<std::uint64_t, 3> compile = compile_limits(limits);
  const std::scoped_lock lock(mutex);
  for (EngineSlot& slot : engines) {
    if (slot.stack == wanted.stack && slot.fuel == wanted.fuel && slot.compile == compile) {
      return slot.engine.get();
    }
  }
  if (engines.size() == kMaxEngines) {
    return refused("this host serves 16 different stack sizes and limits of compilation",
                   "use fewer different values of them");
  }
  wasm::Failure failure;
  auto made = engine::Engine::create(wanted, failure);
  if (!made) return lib::problem_of(host::exit_of_failure(failure, limits));
  engines.push_back({wanted.stack, wanted.fuel, compile, *std::move(made)});
  return engines.back().engine.get();
}

Outcome<std::shared_ptr<engine::Program>> Host::Impl::program_for(Tool::Impl& tool,
                                                                  const policy::Limits& limits) {
  engine::Engine* engine = tool.own_engine.get();
  if (engine == nullptr) {
    auto shared = engine_for(limits);
    if (!shared) return shared.problem();
    engine = *shared;
  }
  const std::scoped_lock lock(tool.mutex);
  for (const auto& [made_for, program] : tool.programs) {
    if (made_for == engine) return program;
  }
  wasm::Failure failure;
  // Walked when it was loaded; an engine of other settings compiles the same bytes.
  auto program = engine->prepare(tool.bytes, failure);
  if (!program) return lib::problem_of(host::exit_of_failure(failure, limits));
  std::shared_ptr<engine::Program> shared = *std::move(program);
  tool.programs.emplace_back(engine, shared);
  return shared;
}

Outcome<Tool> Host::Impl::make_tool(std::vector<std::byte> bytes, const LoadOptions& load) {
  if (auto problem = check_compile_limits(load.limits, options.compiler)) {
    return *std::move(problem);
  }
  auto read = lib::read_tool(std::move(bytes), load.limits, functions(), load.optional_imports,
                             lib::Imports::kChecked);
  if (!read) return read.problem();
  Tool::Impl& tool = **read;
  wasm::Failure failure;
  if (!lib::check_before_compile(tool.bytes, load.limits, failure)) {
    return lib::problem_of(host::exit_of_failure(failure, load.limits));
  }
  if (!tool.stubs.empty()) {
    engine::Options wanted = engine_options(load.limits);
    wanted.functions.push_back(tool.stubs);
    auto made = engine::Engine::create(wanted, failure);
    if (!made) return lib::problem_of(host::exit_of_failure(failure, load.limits));
    tool.own_engine = *std::move(made);
  }
  auto program = program_for(tool, load.limits);
  if (!program) return program.problem();
  return Tool(*std::move(read));
}

std::optional<Problem> Host::Impl::check_host_functions(const Tool& tool,
                                                        const Warrant& warrant) const {
  const std::vector<std::string>& granted = warrant.terms().host_functions;
  Problem problem = refused("", "name it in the grant's host_functions");
  for (const wasm::Import& import : tool.imports()) {
    const bool ours = std::any_of(bindings.begin(), bindings.end(), [&](const auto& binding) {
      return binding->module == import.module && binding->name == import.name;
    });
    const bool covered = std::any_of(granted.begin(), granted.end(), [&](const std::string& each) {
      return each == import.module + "." + import.name || each == import.module + ".*";
    });
    if (ours && !covered) {
      problem.more.push_back("imports " + codec::escape_text(import.module + "." + import.name) +
                             ", which the grant does not name");
    }
  }
  if (problem.more.empty()) return std::nullopt;
  problem.what = std::move(problem.more.front());
  problem.more.erase(problem.more.begin());
  return problem;
}

bool Host::Impl::enter() noexcept {
  const std::scoped_lock lock(mutex);
  if (active == options.concurrency) return false;
  ++active;
  return true;
}

void Host::Impl::leave() noexcept {
  const std::scoped_lock lock(mutex);
  --active;
  changed.notify_all();
}

void Host::Impl::add(lib::LiveRun* run) {
  const std::scoped_lock lock(mutex);
  live.push_back(run);
}

void Host::Impl::remove(lib::LiveRun* run) {
  const std::scoped_lock lock(mutex);
  live.remove(run);
}

}  // namespace warrant
