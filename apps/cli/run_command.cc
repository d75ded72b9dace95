// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>

#include "apps/cli/admission.h"
#include "apps/cli/commands.h"
#include "apps/cli/external_run.h"
#include "apps/cli/help.h"
#include "apps/cli/log_place.h"
#include "apps/cli/run_report.h"
#include "apps/cli/run_request.h"
#include "apps/cli/terminal.h"
#include "warrant/codec/text.h"
#include "warrant/host/hardening.h"
#include "warrant/host/limit_reason.h"
#include "warrant/lib/one_run.h"
#include "warrant/lib/validity.h"
#include "warrant/os/curl_library.h"
#include "warrant/os/loading.h"
#include "warrant/os/places.h"
#include "warrant/os/process.h"
#include "warrant/os/sensitive.h"
#include "warrant/policy/print.h"

namespace warrant::cli {
namespace {

// What the engine's store and the tracer have to say while a run is prepared and goes on.
class Listener final : public engine::DoubtObserver, public host::TraceObserver {
 public:
  explicit Listener(Voice& voice) : voice_(voice) {}
  void doubted(engine::Doubt doubt, std::string_view text) override {
    voice_.note("the store of compiled code is not used (" + std::string(engine::word(doubt)) +
                "): " + codec::escape_text(text));
  }
  void called(const wasm::HostFunction& function, std::span<const std::uint64_t> arguments,
              const std::uint64_t* answer, wasm::HostResult result) override {
    voice_.line("  " + host::print_call(function, arguments, answer, result));
  }

 private:
  Voice& voice_;
};

// One `warrant run`, from its request to the end of the process.
class Command {
 public:
  Command(const Process& process, RunRequest request)
      : process_(process),
        ambient_(process.ambient),
        closed_(process.closed),
        start_(os::host_monotonic()),
        here_(shell_directory()),
        request_(std::move(request)),
        voice_(request_.color, request_.verbosity),
        listener_(voice_) {}

  int run() {
    if (request_.print_grant) return print_grant();
    if (const int status = check_name(); status != kDone) return status;
    auto standing = load_standing(ambient_, request_.documents);
    if (!standing) return refuse(standing.problem());
    standing_ = *std::move(standing);
    log_ = log_place(standing_);
    auto joined = join_documents(ambient_, request_, standing_.sources);
    if (!joined) return refuse(joined.problem());
    set_grant(*std::move(joined));
    if (auto problem = lib::judge_validity(ambient_, standing_.places.state, request_.grant)) {
      return refuse(*problem);
    }
    auto whole = absolute(ambient_, request_.grant);
    if (!whole) return refuse(whole.problem());
    policy::Admitted admitted = lib::admit_here(ambient_, *whole, standing_.ceilings);
    if (!request_.no_log && log_.directory.empty()) return refuse(no_place_for_log());
    if (!admitted.warrant) return refuse(problem_of(admitted.refused));
    if (request_.no_log && admitted.warrant->restrictions().log == policy::LogRule::kRequired) {
      return refuse(
          {Problem::Kind::kRefused, "a ceiling requires the log", "leave out --no-log", {}});
    }
    if (auto problem = find_libraries(ambient_, admitted.warrant->terms())) return refuse(*problem);
    os::stay(ambient_);
    tell_narrowed(admitted);
    settle(*admitted.warrant);
    terms_ = shown_terms(*admitted.warrant, request_.grant);
    tell_sensitive(admitted.warrant->terms());
    if (runs_elsewhere()) return run_by_name(external(*admitted.warrant));
    if (!request_.grant.fetch.empty()) os::scrub_network_environment(ambient_);
    auto opened = OneRun::open(ambient_, options(), *admitted.warrant, launch());
    if (!opened) return tell(opened.problem());  // it has put that on record
    if (request_.hardening == cap::HardeningProfile::kOff) {
      voice_.note("this process is not locked down: --hardening=off is for development");
    }
    run_ = *std::move(opened);
    voice_.guard_with(run_->secrets());
    for (const std::string& remark : run_->remarks()) voice_.note(remark);
    if (auto problem = run_->load(request_.file)) {
      if (!request_.grant.runner) {
        if (auto status = run_component(external(*admitted.warrant), run_)) return *status;
      }
      return refuse(named(*std::move(problem)));
    }
    if (auto problem = run_->prepare()) return refuse(named(*std::move(problem)));
    for (const std::string& address : run_->listening()) voice_.line("listening " + address);
    describe_grant();
    if (auto problem = lib::take_use(ambient_, standing_.places.state, admitted.warrant->terms())) {
      return refuse(*problem);
    }
    if (!request_.no_log) prune_afterwards(ambient_, log_);
    if (auto problem = run_->lock_down()) return refuse(named(*std::move(problem)));
    if (request_.hardening != cap::HardeningProfile::kOff) {
      voice_.verbose(host::describe(run_->hardening()));
    }
    if (auto problem = run_->record_start()) return refuse(named(*std::move(problem)));
    run_->execute(
        [](void* self, const RunResult& result) { static_cast<Command*>(self)->finish(result); },
        this, last_words());
  }

 private:
  bool runs_elsewhere() const {
    return request_.grant.runner && *request_.grant.runner != "native";
  }

  ExternalRun external(const policy::Warrant& warrant) {
    if (!request_.no_log) prune_afterwards(ambient_, log_);
    return {process_,  request_, terms_, warrant, standing_.config.wasmtime_cli.value_or(""),
            options(), launch(), start_, voice_};
  }

  void tell_narrowed(const policy::Admitted& admitted) {
    for (const policy::Finding& finding : admitted.narrowed) {
      voice_.note(codec::escape_text(policy::print_line(finding)));
      narrowed_.push_back(policy::print_line(finding));
    }
    if (!admitted.lowered.empty()) voice_.note(lowered_line(admitted.lowered));
  }

  // What grants and ceilings together say of the process itself; its own choice is `basic`.
  void settle(const policy::Warrant& warrant) {
    request_.grant.runner = warrant.terms().runner;
    const policy::Hardening door =
        std::max(policy::Hardening::kBasic, warrant.restrictions().hardening_minimum);
    switch (warrant.terms().hardening.value_or(door)) {
      case policy::Hardening::kOff:
        request_.hardening = cap::HardeningProfile::kOff;
        break;
      case policy::Hardening::kBasic:
        request_.hardening = cap::HardeningProfile::kBasic;
        break;
      case policy::Hardening::kStrict:
        request_.hardening = cap::HardeningProfile::kStrict;
        break;
    }
  }

  int print_grant() {
    auto joined = join_documents(ambient_, request_);
    if (!joined) return refuse(joined.problem());
    auto whole = absolute(ambient_, *std::move(joined));
    if (!whole) return refuse(whole.problem());
    tell_unprinted();
    return write_all(STDOUT_FILENO, policy::print_toml(*whole)) ? kDone : kOutputFailed;
  }

  // What belongs to other documents than a grant.
  void tell_unprinted() {
    for (const policy::SecretSource& each : request_.secrets) {
      voice_.note("--secret " + codec::escape_text(each.name) +
                  " is no part of a grant: write it under [secrets] of the configuration, or give "
                  "the flag again");
    }
    if (!request_.documents.ceilings.empty()) {
      voice_.note(
          "--ceiling is no part of a grant, which stands here as it was given: `warrant check "
          "GRANT --ceiling FILE` says what is left of it");
    }
  }

  // For someone who sits there and can still stop it.
  void tell_sensitive(const policy::Grant& terms) {
    if (terms.directories.empty() || !is_terminal(STDERR_FILENO)) return;
    const os::SensitiveSources sources = os::sensitive_sources(ambient_);
    for (const policy::DirectoryGrant& each : terms.directories) {
      for (const std::string& place : os::sensitive_places(ambient_, each.host, sources)) {
        voice_.note("careful: " + codec::escape_text(each.host) + " is granted, and " +
                    codec::escape_text(place));
      }
    }
  }

  int check_name() {
    const std::string& file = request_.file;
    if (file.find('/') != std::string::npos || file.ends_with(".wasm")) return kDone;
    std::string hint = "a file is named with a slash: ./" + file;
    if (!request_.file_hint.empty()) {
      hint = request_.file_hint;
    } else if (::access(file.c_str(), F_OK) == 0) {
      hint = "a file of that name is here: warrant run ./" + file;
    }
    return refuse({Problem::Kind::kRefused,
                   "\"" + codec::escape_text(file) +
                       "\" is a name, and names are bundles, which are not in this build yet",
                   codec::escape_text(hint),
                   {}});
  }

  // Someone at a terminal, or a server, is not cut off by limits that nobody wrote.
  void set_grant(policy::Grant grant) {
    request_.grant = std::move(grant);
    policy::Limits& limits = request_.grant.limits;
    const bool attended = request_.grant.console.stdin_stream && is_terminal(STDIN_FILENO);
    if (!attended && request_.grant.listen.empty()) return;
    for (const auto key : {policy::LimitKey::kWall, policy::LimitKey::kCpu}) {
      limits.set_default(key, policy::row_of(key).ceiling);
    }
  }

  OneRunOptions options() {
    const os::Places& places = standing_.places;
    OneRunOptions options;
    options.own_places = own_places(standing_);
    options.state_dir = places.state;
    if (!places.cache.empty() && !places.state.empty()) {
      options.cache_dir = places.cache;
    } else {
      voice_.verbose("no home directory: compiled code is not kept");
    }
    if (!request_.no_log) options.log_dir = log_.directory;
    options.log_state = log_.state;
    options.doubts = &listener_;
    progress_ = voice_.progress(request_.file);
    options.compiling = progress_.get();
    options.hardening = request_.hardening;
    if (request_.trace) options.trace = &listener_;
    return options;
  }

  Launch launch() {
    Launch launch;
    launch.variables = host_variables(request_.grant);
    launch.argv.push_back(request_.grant.argv0.value_or(base_name(request_.file)));
    launch.argv.insert(launch.argv.end(), request_.guest_words.begin(), request_.guest_words.end());
    launch.recording = recording();
    // A flag's source stands before the configuration's.
    launch.secrets = request_.secrets;
    const auto& configured = standing_.config.secrets;
    launch.secrets.insert(launch.secrets.end(), configured.begin(), configured.end());
    launch.inherit_input = true;
    launch.closed = closed_;
    launch.output.to = Output::To::kInherited;
    launch.error_output.to = Output::To::kInherited;
    if (!request_.raw_terminal) {
      launch.output.escape_controls = is_terminal(STDOUT_FILENO);
      launch.error_output.escape_controls = is_terminal(STDERR_FILENO);
    }
    return launch;
  }

  Recording recording() const {
    Recording recording;
    recording.sources = standing_.sources;
    recording.module_name = base_name(request_.file);
    recording.narrowed = narrowed_;
    recording.copy = request_.audit_copy;
    recording.receipt = request_.receipt;
    return recording;
  }

  static std::string base_name(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
  }

  static Problem problem_of(const std::vector<policy::Finding>& findings) {
    Problem problem = lib::problem_of(findings);
    problem.kind = Problem::Kind::kRefused;
    return problem;
  }

  Problem named(Problem problem) const {
    if (problem.kind != Problem::Kind::kNotFound) {
      problem.what = codec::escape_text(request_.file) + ": " + problem.what;
    }
    return problem;
  }

  void describe_grant() {
    const policy::Grant& grant = terms_;
    for (const policy::DirectoryGrant& each : grant.directories) {
      voice_.verbose("grants " + codec::escape_text(each.host) + " as " +
                     codec::escape_text(each.guest) +
                     (each.access == policy::Access::kRead ? ", to read" : ", to read and write"));
    }
    for (const auto& [name, value] : grant.environment) {
      voice_.verbose("grants the variable " + codec::escape_text(name));
    }
    for (const policy::EnvironmentReference& each : grant.host_environment) {
      voice_.verbose("grants the variable " + codec::escape_text(each.name) + ", as it is here");
    }
    const std::string clocks = std::string(grant.clock.wall ? " wall" : "") +
                               (grant.clock.monotonic ? " monotonic" : "") +
                               (grant.clock.cpu ? " cpu" : "");
    if (!clocks.empty()) voice_.verbose("grants clocks:" + clocks);
    if (grant.entropy.source != policy::EntropyGrant::Source::kNone)
      voice_.verbose("grants entropy");
    for (const policy::LimitRow& row : policy::limit_rows()) {
      if (!grant.limits.is_written(row.key)) continue;
      voice_.verbose("limits " + std::string(row.word) + " to " +
                     policy::print_limit(row.key, grant.limits.get(row.key)));
    }
  }

  // For an end in the middle of something that does not come back.
  OneRun::LastWords last_words() const {
    const auto limit = [&](policy::LimitKey key) {
      const std::string word(policy::row_of(key).word);
      return "warrant: error: " + codec::escape_text(request_.file) + ": ended by the limit " +
             word + " = " + policy::print_limit(key, terms_.limits.get(key)) +
             ", in the middle of one long operation\n  hint: " +
             host::how_to_raise(key, terms_.limits) + "\n";
    };
    return {limit(policy::LimitKey::kWall), limit(policy::LimitKey::kCpu),
            "warrant: " + codec::escape_text(request_.file) + ": cancelled\n"};
  }

  // On record as well, where it is known what place that is.
  int refuse(const Problem& problem) {
    if (run_ != nullptr) {
      run_->record_refusal(problem);
    } else if (!request_.print_grant) {
      record_refusal(problem);
    }
    return tell(problem);
  }

  void record_refusal(const Problem& problem) {
    if (request_.no_log) return;
    if (log_.directory.empty()) {
      const auto settings = load_settings(ambient_, request_.documents);
      if (!settings) return;
      standing_.sources = settings->sources;
      log_ = log_place(*settings);
      if (log_.directory.empty()) return;
    }
    Recording refused = recording();
    keep_out(host_variables(request_.grant), refused);
    const auto trouble =
        record_refused_run(ambient_, log_.directory, log_.state, std::move(refused), problem);
    if (trouble) voice_.note("the refusal is not on record: " + trouble->what);
  }

  int tell(const Problem& problem) {
    voice_.error(problem.what, problem.more, problem.hint);
    return problem.kind == Problem::Kind::kBug ? kBug : kRefused;
  }

  [[noreturn]] void finish(const RunResult& result) {
    const auto own_place = [this] { return own_place_in(here_, own_places(standing_)); };
    report_run({request_, terms_, run_->ledger(), run_->info(), start_, own_place}, result, voice_);
    os::leave_process(host::status_of(result.exit));
  }

  const Process& process_;
  os::Ambient ambient_;
  os::ClosedStreams closed_;
  Nanoseconds start_;
  std::string here_;  // for the words after the run, when the environment is gone
  LogPlace log_;
  RunRequest request_;
  Standing standing_;
  policy::Grant terms_;  // in force, once admitted
  std::vector<std::string> narrowed_;
  Voice voice_;
  Listener listener_;
  std::unique_ptr<Progress> progress_;
  std::unique_ptr<OneRun> run_;
};

}  // namespace

int run_command(const Process& process, Words words) {
  ParsedRun parsed = parse_run(words, host_variable);
  if (!parsed.request) {
    Voice(When::kAuto, Verbosity::kNormal).usage(parsed.error);
    return kUsage;
  }
  if (parsed.request->help) {
    return write_all(STDOUT_FILENO, run_help()) ? kDone : kOutputFailed;
  }
  Command command(process, *std::move(parsed.request));
  return command.run();
}

}  // namespace warrant::cli
