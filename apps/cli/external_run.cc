// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/external_run.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>

#include "apps/cli/admission.h"
#include "apps/cli/run_report.h"
#include "warrant/codec/hash.h"
#include "warrant/codec/text.h"
#include "warrant/lib/cli_runner.h"
#include "warrant/lib/found_here.h"
#include "warrant/lib/validity.h"
#include "warrant/os/process.h"
#include "warrant/policy/print.h"

namespace warrant::cli {
namespace {

std::atomic<CliRunner*> running{nullptr};
std::atomic<int> caught{0};
static_assert(std::atomic<CliRunner*>::is_always_lock_free);

extern "C" void cancel_running(int signal) {
  if (caught.exchange(signal) != 0) os::leave_process(128 + signal);
  if (CliRunner* runner = running.load()) runner->cancel();
}

class External {
 public:
  explicit External(ExternalRun external)
      : external_(std::move(external)),
        runner_(find()),
        terms_(external_.warrant.terms()),
        voice_(external_.voice) {
    runners_ = {host::native_runner(), runner_.descriptor(), host::browser_runner()};
    ask();
  }

  int run_by_name() {
    if (const auto word = unknown_wish()) {
      return refuse_unopened({Problem::Kind::kRefused,
                              std::string(*word) + " is not something that the runner " +
                                  external_.request.grant.runner.value_or("") + " can do",
                              "leave it out, or run with --runner native",
                              {}});
    }
    if (auto problem = resolve_variables()) return refuse_unopened(*problem);
    // By the warrant alone, before the module is touched; then with what the module says.
    if (auto refusal = choose()) return refuse_unopened(*refusal);
    auto opened =
        OneRun::open(external_.process.ambient, external_.options, external_.warrant, launch());
    if (!opened) return say(opened.problem());
    run_ = *std::move(opened);
    for (const std::string& remark : run_->remarks()) voice_.note(remark);
    if (auto problem = run_->load_elsewhere(external_.request.file)) return refuse(named(*problem));
    info_ = run_->info();
    asked_.module = codec::sha256(run_->module());
    if (auto refusal = choose()) return refuse(*refusal);
    return run_there();
  }

  std::optional<int> run_component(std::unique_ptr<OneRun>& run) {
    if (run->load_elsewhere(external_.request.file)) return std::nullopt;
    info_ = run->info();
    if (info_.kind != wasm::BinaryKind::kComponent) return std::nullopt;
    run_ = std::move(run);
    asked_.module = codec::sha256(run_->module());
    if (const auto word = unknown_wish()) {
      return refuse({Problem::Kind::kRefused,
                     std::string(*word) + " is for our own engine, and this is a component",
                     "leave it out",
                     {}});
    }
    if (auto problem = resolve_variables()) return refuse(*problem);
    if (auto refusal = choose()) return refuse(*refusal);
    return run_there();
  }

 private:
  CliRunner find() const {
    const char* path = std::getenv("PATH");
    return CliRunner::find(external_.process.ambient, external_.program,
                           path == nullptr ? "" : path);
  }

  // What our own engine tells of a run and others cannot.
  std::optional<std::string_view> unknown_wish() const {
    if (external_.request.trace) return "--trace";
    if (external_.request.show_time) return "--time";
    return std::nullopt;
  }

  void ask() {
    const policy::Restrictions& rules = external_.warrant.restrictions();
    asked_.terms = &terms_;
    asked_.info = &info_;
    asked_.warrant = policy::hash(external_.warrant);
    asked_.argv = external_.launch.argv;
    asked_.stdin_form = host::StdinForm::kStream;
    using Form = host::HardeningForm;
    if (external_.options.hardening != cap::HardeningProfile::kOff) {
      const bool written = terms_.hardening || rules.hardening_minimum != policy::Hardening::kOff;
      asked_.hardening = written ? Form::kWritten : Form::kDefault;
    }
    asked_.audit_effects =
        !(terms_.audit == policy::AuditGrant{}) || rules.log == policy::LogRule::kRequired;
    asked_.refuse_unenforced = rules.unenforced == policy::Unenforced::kRefuse;
    policy::ConsoleGrant& console = terms_.console;
    const auto& closed = external_.process.closed;
    console.stdin_stream = console.stdin_stream && !closed[0];
    console.stdout_stream = console.stdout_stream && !closed[1];
    console.stderr_stream = console.stderr_stream && !closed[2];
  }

  // It takes values only.
  std::optional<Problem> resolve_variables() {
    for (const policy::EnvironmentReference& each : terms_.host_environment) {
      const auto& known = external_.launch.variables;
      const auto found = std::find_if(known.begin(), known.end(), [&](const auto& variable) {
        return variable.first == each.variable;
      });
      if (found == known.end()) {
        return lib::unset_variable(each);
      }
      terms_.environment.emplace_back(each.name, found->second);
    }
    terms_.host_environment.clear();
    return std::nullopt;
  }

  // Nothing: `accepted_` is there.
  std::optional<Problem> choose() {
    host::Selection selection = host::select(asked_, runners_, external_.request.grant.runner);
    passed_over_ = std::move(selection.passed_over);
    accepted_ = std::move(selection.accepted);
    if (accepted_) return std::nullopt;
    const host::Refusal& refusal = *selection.refusal;
    const std::string who =
        refusal.runner.empty() ? "no runner here runs this" : refusal.runner + " does not run this";
    return Problem{Problem::Kind::kRefused, std::string(refusal.code) + ": " + who, refusal.help,
                   host::print_lines(refusal)};
  }

  Launch launch() {
    Launch launch = std::move(external_.launch);
    launch.recording.passed_over = passed_over_;
    launch.recording.unenforced = accepted_->unenforced();
    return launch;
  }

  int run_there() {
    host::RunFacts& facts = run_->facts();
    facts.runner = accepted_->runner();
    facts.engine = runner_.descriptor().version;
    facts.passed_over = passed_over_;
    facts.unenforced = accepted_->unenforced();
    facts.audit_scope = "process";
    for (const std::string& each : accepted_->unenforced()) {
      voice_.verbose(accepted_->runner() + " does not enforce the default " + each);
    }
    if (auto problem = lib::take_use(external_.process.ambient, external_.options.state_dir,
                                     external_.warrant.terms())) {
      return refuse(*problem);
    }
    if (auto problem = run_->begin_elsewhere()) return refuse(*problem);
    host::RunResult result = execute();
    run_->conclude_elsewhere(result);
    const auto own_place = [this] {
      return own_place_in(shell_directory(), external_.options.own_places);
    };
    report_run(
        {external_.request, external_.shown, run_->ledger(), info_, external_.start, own_place},
        result, voice_);
    if (const int signal = caught.load(); signal != 0) return 128 + signal;
    return host::status_of(result.exit);
  }

  host::RunResult execute() {
    CliStreams streams;
    streams.inherit_input = terms_.console.stdin_stream;
    streams.output = [this](std::span<const std::byte> bytes) { run_->pass_on(1, bytes); };
    streams.error_output = [this](std::span<const std::byte> bytes) { run_->pass_on(2, bytes); };
    struct sigaction action = {};
    action.sa_handler = &cancel_running;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
    running = &runner_;
    host::RunResult result = runner_.run(*accepted_, asked_, run_->module(), streams);
    running = nullptr;
    result.exit.signal = static_cast<std::uint32_t>(caught.load());
    return result;
  }

  Problem named(Problem problem) const {
    if (problem.kind != Problem::Kind::kNotFound) {
      problem.what = codec::escape_text(external_.request.file) + ": " + problem.what;
    }
    return problem;
  }

  int refuse(const Problem& problem) {
    run_->record_refusal(problem);
    return say(problem);
  }

  // Before there is a run: its refusal is put on record all the same.
  int refuse_unopened(const Problem& problem) {
    if (external_.options.log_dir.empty()) return say(problem);
    Recording refused = external_.launch.recording;
    keep_out(external_.launch.variables, refused);
    const auto trouble =
        record_refused_run(external_.process.ambient, external_.options.log_dir,
                           external_.options.log_state, std::move(refused), problem);
    if (trouble) voice_.note("the refusal is not on record: " + trouble->what);
    return say(problem);
  }

  int say(const Problem& problem) {
    voice_.error(problem.what, problem.more, problem.hint);
    return problem.kind == Problem::Kind::kBug ? kBug : kRefused;
  }

  ExternalRun external_;
  CliRunner runner_;
  policy::Grant terms_;
  Voice& voice_;
  std::vector<host::Descriptor> runners_;
  host::RunnerRequest asked_;
  wasm::ModuleInfo info_;
  std::optional<host::Accepted> accepted_;
  std::vector<host::PassedOver> passed_over_;
  std::unique_ptr<OneRun> run_;
};

}  // namespace

int run_by_name(ExternalRun external) { return External(std::move(external)).run_by_name(); }

std::optional<int> run_component(ExternalRun external, std::unique_ptr<OneRun>& run) {
  return External(std::move(external)).run_component(run);
}

}  // namespace warrant::cli
