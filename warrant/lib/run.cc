// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/run.h"

#include "warrant/codec/text.h"
#include "warrant/host/limit_reason.h"
#include "warrant/lib/run_impl.h"
#include "warrant/lib/validity.h"
#include "warrant/os/identity.h"

namespace warrant {
Run::Impl::~Impl() {
  if (thread != nullptr) {
    if (live != nullptr) live->cancel();
    thread->join();
  }
}

void Run::Impl::body() noexcept {
  result = live->execute(*program, entry, std::move(call));
  live->log().conclude(result);
  host->remove(live.get());
  live->close();
  program.reset();
  tool.reset();
  host->leave();
}

void Run::cancel() const noexcept { impl_->live->cancel(); }

const std::vector<std::string>& Run::listening() const noexcept { return impl_->live->listening(); }

RunResult Run::wait() {
  impl_->thread->join();
  return std::move(impl_->result);
}

namespace lib {
namespace {

Outcome<std::shared_ptr<Run::Impl>> try_to_start(Host::Impl& host, const Tool& tool,
                                                 const Warrant& warrant, Launch launch,
                                                 std::optional<ExportCall> call) {
  if (auto problem = host.check_host_functions(tool, warrant)) return *std::move(problem);
  if (auto problem = check_hardening(warrant)) return *std::move(problem);
  if (auto problem = check_start_sizes(tool.info(), warrant.limits())) return *std::move(problem);
  auto program = host.program_for(*tool.impl(), warrant.limits());
  if (!program) return program.problem();
  auto id = os::random_id(host.ambient);
  if (!id) return Problem{Problem::Kind::kRefused, "no random number can be had", {}, {}};
  std::vector<std::string> own_places = host.options.own_places;
  for (const std::string* each : {&host.options.cache_dir, &host.options.state_dir,
                                  &host.options.log_dir, &host.options.log_state}) {
    own_places.push_back(*each);
  }
  auto live = LiveRun::open(host.ambient, warrant, std::move(launch),
                            {std::move(own_places), host.log.get(), *std::move(id)});
  if (!live) return live.problem();
  if (!host.enter()) {
    return Problem{Problem::Kind::kRefused,
                   "busy: as many calls as this host allows are running",
                   "try again later, or raise HostOptions::concurrency",
                   {}};
  }
  if (auto problem = take_use(host.ambient, host.options.state_dir, warrant.terms())) {
    host.leave();
    return *std::move(problem);
  }
  if (auto problem =
          (*live)->record_start((*program)->module_sha256(), tool.impl()->bytes.size())) {
    host.leave();
    return *std::move(problem);
  }
  auto run = std::make_shared<Run::Impl>();
  run->host = &host;
  run->live = *std::move(live);
  run->program = *std::move(program);
  run->tool = tool.impl();
  run->entry = tool.impl()->entry;
  run->call = std::move(call);
  host.add(run->live.get());
  auto thread = os::Thread::start(warrant.limits().get(policy::LimitKey::kStack) + kHostFrames,
                                  [impl = run.get()] { impl->body(); });
  if (!thread) {
    host.remove(run->live.get());
    host.leave();
    return Problem{Problem::Kind::kRefused,
                   "no thread can be started for the run",
                   "raise the process's limits, or run fewer calls at once",
                   {}};
  }
  run->thread = *std::move(thread);
  return run;
}

}  // namespace

Outcome<std::shared_ptr<Run::Impl>> start_run(Host::Impl& host, const Tool& tool,
                                              const Warrant& warrant, Launch launch,
                                              std::optional<ExportCall> call) {
  Recording recording = launch.recording;
  keep_out(launch.variables, recording);
  auto started = try_to_start(host, tool, warrant, std::move(launch), std::move(call));
  if (!started) host.record_refusal(std::move(recording), warrant, started.problem());
  return started;
}

namespace {

wasm::HostResult call_embedder(const wasm::HostFunction& self, wasm::HostCall& call,
                               wasm::Slot* slots) noexcept {
  const auto& binding = *static_cast<const EmbedderFunction*>(self.data);
  auto& state = *static_cast<EmbedderState*>(call.state);
  HostArguments arguments(call, slots);
  try {
    binding.function->body(arguments, state.user);
  } catch (...) {
    call.exit = {.kind = wasm::ExitRecord::Kind::kBug, .function = "a host function"};
    return wasm::HostResult::kEnd;
  }
  if (arguments.trapped()) return wasm::HostResult::kEnd;
  audit::Event event{.kind = audit::Kind::kEmbedder,
                     .decision = audit::Decision::kAllow,
                     .operation = binding.name};
  if (const auto& error = arguments.error()) {
    event.decision =
        error->code == Errc::kNotCapable ? audit::Decision::kDeny : audit::Decision::kError;
    event.reason = cap::reason_of(*error);
  }
  state.sink->record(event);
  return wasm::HostResult::kReturn;
}

}  // namespace

wasm::HostFunction bind(const EmbedderFunction& function) {
  return {.module = function.module,
          .name = function.name,
          .params = function.function->params,
          .results = function.function->results,
          .slot = wasm::StateSlot::kEmbedder,
          .call = call_embedder,
          .data = &function};
}

Problem file_problem(const std::string& path, const Error& error, const policy::Limits& limits) {
  Problem problem{Problem::Kind::kNotFound, codec::escape_text(path), {}, {}};
  const auto say = [&](const std::string& what, const std::string& hint) {
    problem.what += what;
    problem.hint = hint;
  };
  if (error.code == Errc::kNoEntry) {
    // The descriptors that a shell hands over, <(...), are closed before anything is read.
    const bool descriptor = path.starts_with("/dev/fd/") || path.starts_with("/proc/self/fd/");
    say(": there is no such file",
        descriptor ? "what a shell hands over by a descriptor is not read: write the module to a "
                     "file and name that"
                   : "check the name; a relative one starts at the working directory");
  } else if (error.code == Errc::kIsDir) {
    say(": is a directory, not a module", "name the .wasm file in it");
  } else if (error.code == Errc::kNotSupported) {
    say(": is no regular file", "write the module to a file first");
  } else if (error.code == Errc::kFileTooBig) {
    const auto key = policy::LimitKey::kModuleBytes;
    say(": is larger than the limit module-bytes = " + policy::print_limit(key, limits.get(key)),
        host::how_to_raise(key, limits));
  } else {
    say(": cannot be read", "check its permissions and those of the directories on the way");
  }
  return problem;
}

}  // namespace lib
}  // namespace warrant
