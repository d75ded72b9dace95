// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>

#include "apps/cli/admission.h"
#include "apps/cli/commands.h"
#include "apps/cli/flags.h"
#include "apps/cli/help.h"
#include "apps/cli/log_place.h"
#include "apps/cli/terminal.h"
#include "apps/cli/words.h"
#include "warrant/base/bytes.h"
#include "warrant/codec/text.h"
#include "warrant/host/manifest.h"
#include "warrant/lib/manifest_run.h"
#include "warrant/lib/one_run.h"
#include "warrant/os/beneath.h"
#include "warrant/os/load_file.h"
#include "warrant/os/log_directory.h"
#include "warrant/os/places.h"
#include "warrant/os/process.h"
#include "warrant/policy/print.h"

namespace warrant::cli {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    {"--root", "DIR", Arity::kValue, FlagGroup::kGrant, FlagState::kHere,
     "what the manifest's paths are relative to; its own directory unless given"},
    {"--ceiling", "FILE", Arity::kValue, FlagGroup::kGrant, FlagState::kHere,
     "what no instance may exceed, besides the machine's and your own"},
    {"--config", "FILE", Arity::kValue, FlagGroup::kGrant, FlagState::kHere,
     "where the log and the store of compiled code lie"},
    {"--no-log", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "keep no log of the runs"},
    {"--manifest", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere,
     "show: the manifest in its normal form instead of what it amounts to"},
    {"--audit", "FILE", Arity::kValue, FlagGroup::kShown, FlagState::kHere,
     "a copy of the events, one JSON object a line; - is stderr"},
});

struct HostRequest {
  std::string verb;  // "run" or "show"
  std::string manifest;
  std::string root;
  std::string audit;
  std::vector<std::string> ceilings;
  std::optional<std::string> config;
  bool no_log = false;
  bool normal_form = false;
  bool has_more_words = false;  // behind the manifest: for nobody
};

// The run that a signal cancels; null between two instances.
std::atomic<const Run*> current_run{nullptr};
std::atomic<int> cancelling_signal{0};
static_assert(std::atomic<const Run*>::is_always_lock_free);

extern "C" void cancel_current_run(int signal) {
  if (cancelling_signal.exchange(signal) != 0) os::leave_process(128 + signal);
  if (const Run* run = current_run.load()) run->cancel();
}

void watch_signals() {
  struct sigaction action = {};
  action.sa_handler = &cancel_current_run;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

std::optional<HostRequest> parse_words(Words words, Voice& voice) {
  HostRequest request;
  const auto usage = [&](const UsageError& error) {
    voice.usage(error);
    return std::nullopt;
  };
  const std::string hint = "warrant host run [--root DIR] MANIFEST";
  if (words.empty()) return usage({"host takes one of run, show", hint});
  request.verb = words[0];
  if (request.verb != "run" && request.verb != "show") {
    const std::array<std::string_view, 2> known = {"run", "show"};
    const auto near = nearest(request.verb, known);
    return usage({"host: \"" + request.verb + "\" is not one of run, show",
                  near ? "did you mean " + std::string(*near) + "?" : hint});
  }
  UsageError error;
  const auto split = split_words(words.subspan(1), kFlags, "host", error);
  if (!split) return usage(error);
  for (const GivenFlag& given : split->flags) {
    if (given.flag->name == "--manifest") {
      request.normal_form = true;
    } else if (given.flag->name == "--no-log") {
      request.no_log = true;
    } else if (given.flag->name == "--config") {
      request.config = given.value;
    } else if (given.flag->name == "--ceiling") {
      request.ceilings.push_back(*given.value);
    } else {
      (given.flag->name == "--root" ? request.root : request.audit) = *given.value;
    }
  }
  if (split->rest.empty()) return usage({"host " + request.verb + " needs a manifest", hint});
  request.manifest = split->rest.front();
  request.has_more_words = split->rest.size() > 1;
  if (request.root.empty()) {
    const std::size_t slash = request.manifest.rfind('/');
    request.root = slash == std::string::npos ? "." : request.manifest.substr(0, slash + 1);
  }
  return request;
}

// "[web] refused: …" on stdout: what the host says of an instance.
bool say_refused(const std::string& instance, const std::string& text) {
  return write_all(STDOUT_FILENO, "[" + instance + "] refused: " + text + "\n");
}

int say_faults(const std::vector<host::ManifestFault>& faults) {
  for (const host::ManifestFault& fault : faults) {
    std::string text = fault.path + " " + fault.what;
    if (fault.at.line != 0) {
      text += " (line " + std::to_string(fault.at.line) + ", column " +
              std::to_string(fault.at.column) + ")";
    }
    if (!say_refused(fault.instance.empty() ? "manifest" : fault.instance, text)) {
      return kOutputFailed;
    }
  }
  return kRefused;
}

class HostCommand {
 public:
  HostCommand(const Process& process, HostRequest request, Voice& voice)
      : process_(process), request_(std::move(request)), voice_(voice) {}

  int run() {
    const auto bytes =
        os::load_file(process_.ambient, request_.manifest, host::kMaxManifestBytes + 1);
    if (!bytes && bytes.error().code != Errc::kFileTooBig) {
      voice_.error("the manifest " + codec::escape_text(request_.manifest) + " cannot be read", {},
                   "name a JSON file that is there");
      return kMissing;
    }
    std::string text(host::kMaxManifestBytes + 1, ' ');  // too big: the reader says so
    if (bytes) text.assign(text_of(*bytes));
    const host::ManifestReading reading = host::parse_manifest(text);
    if (!reading.manifest) return say_faults(reading.faults);
    auto host = make_host();
    if (!host) return fail(host.problem());
    auto prepared = prepare_manifest(process_.ambient, *host, *reading.manifest, request_.root);
    if (!prepared) return fail(prepared.problem());
    if (request_.has_more_words) {
      voice_.note("words behind the manifest reach no guest: its args do");
    }
    return request_.verb == "show" ? show(*reading.manifest, *prepared) : run_all(*host, *prepared);
  }

 private:
  Outcome<Host> make_host() {
    HostOptions options;
    DocumentFlags documents;
    documents.ceilings = request_.ceilings;
    documents.config = request_.config;
    auto standing = load_standing(process_.ambient, documents);
    if (!standing) return standing.problem();
    sources_ = standing->sources;
    log_ = log_place(*standing);
    const os::Places& places = standing->places;
    options.ceilings = standing->ceilings;
    options.own_places = own_places(*standing);
    secrets_ = standing->config.secrets;
    if (!places.cache.empty() && !places.state.empty()) {
      options.cache_dir = places.cache;
    }
    options.state_dir = places.state;
    if (auto problem = keep_log(options)) return *std::move(problem);
    options.concurrency = 1;
    options.compiler = "/proc/self/exe";
    return Host::create(process_.ambient, std::move(options));
  }

  // A log is kept of what runs, unless it is left out and no ceiling wants it.
  std::optional<Problem> keep_log(HostOptions& options) const {
    if (request_.verb == "show") return std::nullopt;
    const bool wanted = std::any_of(options.ceilings.begin(), options.ceilings.end(),
                                    [](const policy::Ceiling& each) {
                                      return each.restrictions.log == policy::LogRule::kRequired;
                                    });
    if (request_.no_log && !wanted) return std::nullopt;
    if (request_.no_log) {
      return Problem{
          Problem::Kind::kRefused, "a ceiling asks for the log", "leave out --no-log", {}};
    }
    if (log_.directory.empty()) return no_place_for_log();
    options.log_dir = log_.directory;
    options.log_state = log_.state;
    return std::nullopt;
  }

  int fail(const Problem& problem) {
    voice_.error(problem.what, problem.more, problem.hint);
    return kRefused;
  }

  int show(const host::Manifest& manifest, const std::vector<PreparedInstance>& prepared) {
    std::string page = request_.normal_form ? host::print_manifest(manifest) : "";
    int status = kDone;
    for (const PreparedInstance& each : prepared) {
      for (const std::string& text : each.narrowed) voice_.note("[" + each.name + "] " + text);
      for (const std::string& text : each.refusals) {
        voice_.note("[" + each.name + "] refused: " + text);
        status = kNo;
      }
      if (request_.normal_form || !each.warrant) continue;
      page += "# [" + each.name + "] sha256:" + policy::hash(*each.warrant).hex() + "\n" +
              policy::print_toml(*each.warrant) + "\n";
    }
    return write_all(STDOUT_FILENO, page) ? status : kOutputFailed;
  }

  // One file for the records of all instances, where none of them may write.
  std::optional<Problem> open_copy(const std::vector<PreparedInstance>& prepared) {
    if (request_.audit.empty()) return std::nullopt;
    if (request_.audit == "-") {
      copy_ = os::error_output(process_.ambient);
      return std::nullopt;
    }
    const std::size_t slash = request_.audit.rfind('/');
    const auto folder = os::real_path(
        process_.ambient, slash == std::string::npos ? "." : request_.audit.substr(0, slash + 1));
    for (const PreparedInstance& each : prepared) {
      if (!folder || !each.warrant) continue;
      for (const policy::DirectoryGrant& directory : each.warrant->terms().directories) {
        if (directory.access == policy::Access::kRead) continue;
        if (!(*folder + "/").starts_with(directory.host + "/")) continue;
        return Problem{Problem::Kind::kRefused,
                       codec::escape_text(request_.audit) + " lies where the guest may write",
                       "put the copy of the records outside the granted directories",
                       {}};
      }
    }
    os::LogTrouble trouble;
    auto made = os::create_output(process_.ambient, request_.audit, trouble);
    if (!made) {
      return Problem{Problem::Kind::kRefused,
                     codec::escape_text(trouble.what),
                     codec::escape_text(trouble.hint),
                     {}};
    }
    copy_ = *std::move(made);
    return std::nullopt;
  }

  int run_all(const Host& host, std::vector<PreparedInstance>& prepared) {
    if (auto problem = open_copy(prepared)) return fail(*problem);
    watch_signals();
    os::ignore_broken_pipes(process_.ambient);
    if (!log_.directory.empty() && !request_.no_log) prune_afterwards(process_.ambient, log_);
    int status = 0;
    for (PreparedInstance& each : prepared) {
      const int ended = run_one(host, each);
      if (status == 0) status = ended;
      if (const int signal = cancelling_signal.load()) return 128 + signal;
    }
    return status;
  }

  int run_one(const Host& host, PreparedInstance& instance) {
    for (const std::string& text : instance.narrowed) {
      voice_.note("[" + instance.name + "] " + text);
    }
    Recording& recording = instance.launch.recording;
    recording.shared_copy = copy_.get();
    recording.narrowed = instance.narrowed;
    recording.module_name = instance.name;
    recording.sources = sources_;
    if (instance.warrant) {
      if (auto problem = find_libraries(process_.ambient, instance.warrant->terms())) {
        instance.refusals.push_back(problem->what + "; " + problem->hint);
      }
    }
    if (!instance.refusals.empty()) {
      Problem problem{Problem::Kind::kRefused, instance.refusals.front(), {}, {}};
      problem.more.assign(instance.refusals.begin() + 1, instance.refusals.end());
      host.record_refusal(recording, problem);
      for (const std::string& text : instance.refusals) {
        if (!say_refused(instance.name, text)) return kOutputFailed;
      }
      return kRefused;
    }
    instance.launch.closed = process_.closed;
    instance.launch.secrets = secrets_;
    auto run = host.start(*instance.tool, *instance.warrant, std::move(instance.launch));
    if (!run) {
      const Problem& problem = run.problem();
      bool said = say_refused(instance.name, problem.what);
      for (const std::string& text : problem.more) {
        said = say_refused(instance.name, text) && said;
      }
      return said ? kRefused : kOutputFailed;
    }
    for (const std::string& address : run->listening()) voice_.line("listening " + address);
    current_run = &*run;
    if (cancelling_signal.load() != 0) run->cancel();
    const RunResult result = run->wait();
    current_run = nullptr;
    return report(instance.name, result);
  }

  int report(const std::string& name, const RunResult& result) {
    const host::Exit& exit = result.exit;
    if (exit.kind != host::ExitKind::kExited && !exit.message.empty()) {
      voice_.error("[" + name + "] " + exit.message, {}, exit.hint);
    }
    return host::status_of(exit);
  }

  const Process& process_;
  HostRequest request_;
  LogPlace log_;
  std::vector<host::Source> sources_;
  Voice& voice_;
  std::unique_ptr<cap::AppendLog> copy_;       // --audit
  std::vector<policy::SecretSource> secrets_;  // of the configuration
};

}  // namespace

int host_command(const Process& process, Words words) {
  Voice voice(When::kAuto, Verbosity::kNormal);
  for (const std::string& word : words) {
    if (word == "--") break;
    if (word == "--help" || word == "-h") {
      return write_all(STDOUT_FILENO, verb_help("host", kFlags)) ? kDone : kOutputFailed;
    }
  }
  auto request = parse_words(words, voice);
  if (!request) return kUsage;
  return HostCommand(process, *std::move(request), voice).run();
}

}  // namespace warrant::cli
