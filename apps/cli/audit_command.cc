// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "apps/cli/audit_show.h"
#include "apps/cli/audit_words.h"
#include "apps/cli/commands.h"
#include "apps/cli/help.h"
#include "apps/cli/log_place.h"
#include "apps/cli/terminal.h"
#include "apps/cli/words.h"
#include "warrant/base/bytes.h"
#include "warrant/codec/json.h"
#include "warrant/codec/text.h"
#include "warrant/os/load_file.h"
#include "warrant/policy/units.h"

namespace warrant::cli {
namespace {

constexpr int kIncomplete = 2;
constexpr std::uint64_t kMostKeyBytes = 4096;
constexpr Nanoseconds kStandardKeep{90ULL * 86'400 * 1'000'000'000};
constexpr std::uint64_t kStandardMost = 1ULL << 30;

constexpr auto kFlags = std::to_array<Flag>({
    {"--json", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "as JSON"},
    {"--log", "DIR", Arity::kValue, FlagGroup::kShown, FlagState::kHere,
     "another log than the own"},
    {"--config", "FILE", Arity::kValue, FlagGroup::kShown, FlagState::kHere,
     "a configuration: its [log] says where and how long"},
    {"--head", "FILE", Arity::kValue, FlagGroup::kShown, FlagState::kHere, "a head kept elsewhere"},
    {"--sign", "KEY", Arity::kValue, FlagGroup::kShown, FlagState::kHere, "sign it with this key"},
    {"--kind", "KIND", Arity::kValue, FlagGroup::kShown, FlagState::kHere, "only this kind"},
    {"--decision", "allow|deny|error", Arity::kValue, FlagGroup::kShown, FlagState::kHere,
     "only what was decided so"},
    {"--reason", "REASON", Arity::kValue, FlagGroup::kShown, FlagState::kHere,
     "only with this reason"},
    {"--label", "K=V", Arity::kValue, FlagGroup::kShown, FlagState::kHere,
     "only runs with this label"},
    {"--since", "TIME", Arity::kValue, FlagGroup::kShown, FlagState::kHere,
     "a day as 2026-11-21, a time, or 90m for the last 90 minutes"},
    {"--keep", "TIME", Arity::kValue, FlagGroup::kShown, FlagState::kHere, "prune: older goes"},
    {"--max", "SIZE", Arity::kValue, FlagGroup::kShown, FlagState::kHere, "prune: the oldest go"},
    {"-f", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "tail: as it happens"},
    {"--help", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "this page"},
    {"-h", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, ""},
});

constexpr auto kReceiptFlags = std::to_array<Flag>({
    {"--log", "DIR", Arity::kValue, FlagGroup::kShown, FlagState::kHere,
     "another log than the own"},
    {"--config", "FILE", Arity::kValue, FlagGroup::kShown, FlagState::kHere,
     "a configuration: its [log] says where"},
    {"--help", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "this page"},
    {"-h", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, ""},
});
constexpr std::string_view kLast = "last";
constexpr std::size_t kMostListed = 10;
constexpr std::string_view kRunWord =
    "RUN is a run's id, or enough of its beginning; the word last is the newest run\n";

struct Verb {
  std::string_view word;
  std::string_view words;                 // behind it
  std::size_t least, most;                // how many of them
  std::span<const std::string_view> own;  // flags beside --log and --config
};
constexpr auto kVerifyFlags = std::to_array<std::string_view>({"--head", "--json"});
constexpr auto kShowFlags = std::to_array<std::string_view>(
    {"--json", "--kind", "--decision", "--reason", "--label", "--since"});
constexpr auto kTailFlags = std::to_array<std::string_view>(
    {"--json", "--kind", "--decision", "--reason", "--label", "--since", "-f"});
constexpr auto kHeadFlags = std::to_array<std::string_view>({"--sign", "--json"});
constexpr auto kPruneFlags = std::to_array<std::string_view>({"--keep", "--max", "--json"});
constexpr auto kVerbs = std::to_array<Verb>({{"verify", "[RUN|DIR]", 0, 1, kVerifyFlags},
                                             {"show", "RUN", 1, 1, kShowFlags},
                                             {"tail", "", 0, 0, kTailFlags},
                                             {"head", "", 0, 0, kHeadFlags},
                                             {"prune", "", 0, 0, kPruneFlags}});

const Verb* find_verb(std::string_view word) {
  for (const Verb& verb : kVerbs) {
    if (verb.word == word) return &verb;
  }
  return nullptr;
}

struct Request {
  const Verb* verb = nullptr;
  std::vector<std::string> words;
  std::vector<GivenFlag> flags;
  const std::string* value(std::string_view name) const {
    for (const GivenFlag& flag : flags) {
      if (flag.flag->name == name && flag.value) return &*flag.value;
    }
    return nullptr;
  }
  bool has(std::string_view name) const {
    for (const GivenFlag& flag : flags) {
      if (flag.flag->name == name) return true;
    }
    return false;
  }
};

// Flags may stand before and behind the words of these verbs.
bool split(Words words, std::span<const Flag> flags, std::string_view verb, Request& request,
           UsageError& error) {
  std::vector<std::string> rest(words.begin(), words.end());
  while (!rest.empty()) {
    auto part = split_words(rest, flags, verb, error);
    if (!part) return false;
    for (GivenFlag& flag : part->flags) request.flags.push_back(std::move(flag));
    if (part->rest.empty()) break;
    request.words.push_back(std::move(part->rest.front()));
    rest.assign(part->rest.begin() + 1, part->rest.end());
  }
  return true;
}

bool wants_help(const Request& request) { return request.has("--help") || request.has("-h"); }

bool check(Request& request, UsageError& error) {
  if (wants_help(request)) return true;
  constexpr std::string_view kHint = "warrant audit verify|show RUN|tail|head|prune";
  if (request.words.empty()) {
    error = {"audit wants one of verify, show, tail, head, prune", std::string(kHint)};
    return false;
  }
  request.verb = find_verb(request.words.front());
  if (request.verb == nullptr) {
    std::vector<std::string_view> known;
    known.reserve(std::size(kVerbs));
    for (const Verb& verb : kVerbs) known.push_back(verb.word);
    const auto near = nearest(request.words.front(), known);
    error = {"audit knows no \"" + request.words.front() + "\"",
             near ? "did you mean " + std::string(*near) + "?" : std::string(kHint)};
    return false;
  }
  const Verb& verb = *request.verb;
  request.words.erase(request.words.begin());
  if (request.words.size() < verb.least || request.words.size() > verb.most) {
    error = {"audit " + std::string(verb.word) +
                 (verb.most == 0 ? " takes no words" : " takes one run, by its id or as last"),
             "warrant audit " + std::string(verb.word) + " " + std::string(verb.words)};
    return false;
  }
  for (const GivenFlag& given : request.flags) {
    const std::string_view name = given.flag->name;
    if (name == "--log" || name == "--config") continue;
    bool known = false;
    for (const std::string_view own : verb.own) known = known || own == name;
    if (!known) {
      error = {"audit " + std::string(verb.word) + " has no flag " + std::string(name),
               "warrant audit --help"};
      return false;
    }
  }
  return true;
}

// Without links where it is there.
std::string absolute_path(const std::string& path) {
  char* const found = ::realpath(path.c_str(), nullptr);
  if (found == nullptr) return path;
  std::string absolute(found);
  std::free(found);
  return absolute;
}

Outcome<LogPlace> own_place(const Process& process, const Request& request) {
  DocumentFlags documents;
  if (const std::string* file = request.value("--config")) documents.config = *file;
  const auto standing = load_settings(process.ambient, documents);
  if (!standing) return standing.problem();
  return log_place(*standing);
}

// The log that was named, or the own one. The key of another lies beside it, or with our own.
Outcome<AuditLog> open_log(const Process& process, const Request& request,
                           const std::string& directory) {
  const std::string* flag = request.value("--log");
  const std::string& named = directory.empty() && flag != nullptr ? *flag : directory;
  const auto place = own_place(process, request);
  if (!place) return place.problem();
  if (!named.empty()) {
    const std::string absolute = absolute_path(named);
    const std::string beside = absolute.substr(0, std::max<std::size_t>(absolute.rfind('/'), 1));
    auto opened = AuditLog::open(process.ambient, absolute, beside);
    if (opened || place->state.empty()) return opened;
    // Its key may lie where keys usually do.
    auto elsewhere = AuditLog::open(process.ambient, absolute, place->state);
    const bool missing = opened.problem().kind == Problem::Kind::kNotFound;
    return elsewhere || missing ? std::move(elsewhere) : std::move(opened);
  }
  if (place->directory.empty()) {
    return Problem{Problem::Kind::kNotFound,
                   "there is no home directory, so there is no log",
                   "set HOME to an absolute path, or name a log with --log DIR",
                   {}};
  }
  return AuditLog::open(process.ambient, place->directory, place->state);
}

int fail(const Problem& problem, Voice& voice) {
  voice.error(problem.what, problem.more, problem.hint);
  switch (problem.kind) {
    case Problem::Kind::kNotFound:
      return kMissing;
    case Problem::Kind::kInvalid:
      return kInvalid;
    case Problem::Kind::kRefused:
    case Problem::Kind::kBug:
      break;
  }
  return kNo;
}

std::string print_report(const AuditLog::Report& report, bool json) {
  using State = AuditLog::State;
  constexpr std::array kStates = {State::kWhole, State::kRunning, State::kIncomplete,
                                  State::kPruned, State::kDamaged};
  if (json) {
    codec::Json page = codec::Json::object();
    page.set("version", codec::Json::integer(1));
    codec::Json files = codec::Json::array();
    for (const AuditLog::File& file : report.files) {
      codec::Json row = codec::Json::object();
      row.set("file", codec::Json::string(file.name));
      row.set("state", codec::Json::string(word(file.state)));
      row.set("records", codec::Json::integer(static_cast<std::int64_t>(file.records)));
      codec::Json runs = codec::Json::array();
      for (const std::string& run : file.runs) runs.push(codec::Json::string(run));
      row.set("runs", std::move(runs));
      files.push(std::move(row));
    }
    page.set("files", std::move(files));
    codec::Json findings = codec::Json::array();
    for (const audit::Finding& finding : report.findings) {
      codec::Json row = codec::Json::object();
      row.set("file", codec::Json::string(finding.file));
      row.set("line", codec::Json::integer(static_cast<std::int64_t>(finding.line)));
      row.set("damage", codec::Json::string(word(finding.damage)));
      findings.push(std::move(row));
    }
    page.set("findings", std::move(findings));
    page.set("torn_index", codec::Json::boolean(report.torn_index));
    return codec::print_indented(page);
  }
  std::string text;
  for (const audit::Finding& finding : report.findings) {
    text += codec::escape_text(finding.file);
    if (finding.line != 0) text += ":" + std::to_string(finding.line);
    text += ": " + std::string(word(finding.damage)) + ": " +
            std::string(describe(finding.damage)) + "\n";
  }
  for (const AuditLog::File& file : report.files) {
    if (file.state == State::kWhole || file.state == State::kDamaged) continue;
    text += codec::escape_text(file.name) + ": " + std::string(word(file.state)) + "\n";
  }
  if (report.torn_index) {
    text += "index.jsonl: incomplete: its last line was cut off, by a crash or by somebody\n";
  }
  for (const State state : kStates) {
    const std::uint64_t count = report.count(state);
    if (count == 0) continue;
    text += std::to_string(count) + " " + std::string(word(state)) + "\n";
  }
  return text;
}

std::string describe_findings(const std::vector<audit::Finding>& findings) {
  const audit::Finding& first = findings.front();
  std::string text = codec::escape_text(first.file);
  if (first.line != 0) text += ":" + std::to_string(first.line);
  text += " is damaged: " + std::string(word(first.damage)) + ", " +
          std::string(describe(first.damage));
  if (findings.size() > 1) text += ", and " + std::to_string(findings.size() - 1) + " more";
  return text;
}

// The newest run by the index. Where that is not what the files show, none, and the status says so.
std::optional<std::string> find_last(const AuditLog& log, Voice& voice, int& status) {
  AuditLog::Newest newest = log.newest_run();
  status = kIncomplete;
  if (!newest.why.empty()) {
    voice.error(
        "nobody can tell which run is the last: " + describe_findings(newest.why), {},
        "`warrant audit verify` checks the whole log; `warrant audit show RUN` takes an id");
    status = kNo;
  } else if (!newest.silent.empty()) {
    voice.error("the newest file, " + codec::escape_text(newest.silent.front()) +
                    ", holds no record: its run was cut off before the first, or it was emptied",
                {}, "`warrant audit tail` shows the latest records that there are");
  } else if (!newest.pruned.empty()) {
    voice.error("the newest run was pruned, with " + codec::escape_text(newest.pruned), {},
                "`warrant audit tail` shows the latest records that are left");
  } else if (newest.run.empty()) {
    voice.error("there is no run on record", {}, "a run without --no-log is");
    status = kMissing;
  } else {
    status = kDone;
    if (newest.torn) {
      voice.note("the last line of the index was cut off: a newer run may have stood there");
      status = kIncomplete;
    }
    return std::move(newest.run);
  }
  return std::nullopt;
}

// The id of the run that a word means; the status with which whole records of it are shown. Says
// why there is none, and with which status.
std::optional<std::string> find_run(const AuditLog& log, const std::string& word, Voice& voice,
                                    int& status) {
  constexpr std::string_view kTail = "`warrant audit tail` shows the latest";
  if (word == kLast) return find_last(log, voice, status);
  status = kMissing;
  std::size_t found = 0;
  auto run = log.find_run(word, found);
  if (run) {
    status = kDone;
    return run;
  }
  if (found == 0) {
    voice.error("there is no run " + codec::escape_text(word), {},
                std::string(kTail) + "; the word last is the newest run");
    return std::nullopt;
  }
  std::vector<std::string> lines;
  for (RunLine& each : runs_of(log, word)) {
    if (lines.size() == kMostListed) {
      lines.push_back("and " + std::to_string(found - kMostListed) + " earlier ones");
      break;
    }
    lines.push_back(std::move(each.text));
  }
  voice.error(std::to_string(found) + " runs begin so", lines, "write more of its id");
  return std::nullopt;
}

int verify(const Process& process, const Request& request, Voice& voice) {
  std::string only = request.words.empty() ? "" : request.words.front();
  std::string directory;
  if (only.find('/') != std::string::npos && !only.ends_with(".jsonl")) std::swap(only, directory);
  std::optional<AuditHead> kept;
  if (const std::string* file = request.value("--head")) {
    const auto bytes = os::load_file(process.ambient, *file, kMostKeyBytes);
    std::string signer;
    if (bytes) kept = parse_head(text_of(*bytes), signer);
    if (!kept) {
      voice.error(codec::escape_text(*file) + (bytes ? " is no signed head" : " cannot be read"),
                  {}, "`warrant audit head --sign KEY` prints one");
      return bytes ? kInvalid : kMissing;
    }
    voice.note("the head was signed by " + signer);
  }
  auto log = open_log(process, request, directory);
  if (!log) return fail(log.problem(), voice);
  if (only == kLast) {
    int status = kMissing;
    const auto run = find_run(*log, only, voice, status);
    if (!run) return status;
    only = *run;
  }
  const AuditLog::Report report = log->verify(only, kept ? &*kept : nullptr);
  if (report.files.empty() && report.findings.empty()) {
    voice.error(only.empty() ? "there are no records here" : "there is no such run", {},
                "`warrant audit tail` shows the latest");
    return kMissing;
  }
  if (!write_all(STDOUT_FILENO, print_report(report, request.has("--json")))) return kOutputFailed;
  if (!report.findings.empty()) return kNo;
  const std::uint64_t whole = report.count(AuditLog::State::kWhole);
  return whole == report.files.size() && !report.torn_index ? kDone : kIncomplete;
}

int head(const Process& process, const Request& request, Voice& voice) {
  auto log = open_log(process, request, {});
  if (!log) return fail(log.problem(), voice);
  const auto found = log->head();
  if (!found) {
    voice.error("the index of the log is damaged or empty", {},
                "`warrant audit verify` says where");
    return kNo;
  }
  const std::string* file = request.value("--sign");
  if (file == nullptr) {
    return write_all(STDOUT_FILENO, std::to_string(found->n) + " " + found->head + "\n")
               ? kDone
               : kOutputFailed;
  }
  const auto bytes = os::load_file(process.ambient, *file, kMostKeyBytes);
  const auto seed = bytes ? parse_seed(text_of(*bytes)) : std::nullopt;
  if (!seed) {
    voice.error(codec::escape_text(*file) + (bytes ? " is no key" : " cannot be read"), {},
                "a key is 32 random bytes as 64 hexadecimal digits: `openssl rand -hex 32`");
    return bytes ? kInvalid : kMissing;
  }
  const codec::SigningKey key(*seed);
  return write_all(STDOUT_FILENO, print_head(*found, key)) ? kDone : kOutputFailed;
}

// Flags before the configuration before what holds where neither says anything.
std::optional<AuditLog::Retention> retention_of(const Request& request, const LogPlace& place,
                                                Voice& voice) {
  const std::string* keep_text = request.value("--keep");
  const std::string* most_text = request.value("--max");
  AuditLog::Retention retention{place.keep.value_or(kStandardKeep),
                                place.most.value_or(kStandardMost)};
  const auto keep = keep_text == nullptr ? retention.keep : policy::parse_duration(*keep_text);
  const auto most = most_text == nullptr ? retention.most_bytes : policy::parse_size(*most_text);
  if (!keep || !most) {
    voice.error(std::string(keep ? "--max is no size" : "--keep is no time"), {},
                keep ? "--max 1GiB" : "--keep 90d");
    return std::nullopt;
  }
  return AuditLog::Retention{*keep, *most};
}

int prune(const Process& process, const Request& request, Voice& voice) {
  const auto place = own_place(process, request);
  if (!place) return fail(place.problem(), voice);
  const auto retention = retention_of(request, *place, voice);
  if (!retention) return kUsage;
  auto log = open_log(process, request, {});
  if (!log) return fail(log.problem(), voice);
  auto removed = log->prune(*retention);
  if (!removed) return fail(removed.problem(), voice);
  std::string text;
  for (const std::string& file : *removed) text += file + "\n";
  text += std::to_string(removed->size()) + " files removed\n";
  if (request.has("--json")) {
    codec::Json page = codec::Json::object();
    codec::Json files = codec::Json::array();
    for (const std::string& file : *removed) files.push(codec::Json::string(file));
    page.set("removed", std::move(files));
    text = codec::print_indented(page);
  }
  return write_all(STDOUT_FILENO, text) ? kDone : kOutputFailed;
}

std::optional<RecordFilter> filter_of(const Request& request, Voice& voice) {
  RecordFilter filter;
  const auto take = [&](std::string_view name, std::string& to) {
    const std::string* value = request.value(name);
    if (value != nullptr) to = *value;
    if (value == nullptr || !value->empty()) return true;
    voice.error(std::string(name) + " says nothing", {}, "leave it out, or name what to look for");
    return false;
  };
  if (!take("--kind", filter.kind) || !take("--decision", filter.decision) ||
      !take("--reason", filter.reason) || !has_known_words(filter, voice)) {
    return std::nullopt;
  }
  if (const std::string* label = request.value("--label")) {
    const std::size_t equals = label->find('=');
    if (equals == std::string::npos) {
      voice.error("--label: \"" + codec::escape_text(*label) + "\" has no value", {},
                  "--label NAME=VALUE");
      return std::nullopt;
    }
    filter.label_name = label->substr(0, equals);
    filter.label_value = label->substr(equals + 1);
  }
  if (const std::string* since = request.value("--since")) {
    const auto point = parse_since(*since);
    if (!point) {
      voice.error("--since: \"" + codec::escape_text(*since) + "\" is no time", {},
                  "--since 90m, --since 2026-11-21, or --since 2026-11-21T17:00:00Z");
      return std::nullopt;
    }
    filter.since = *point;
  }
  return filter;
}

// What was shown is worth what its chain says: on stderr, and in the status.
int judge_shown(const AuditLog& log, const std::string& run, int shown, Voice& voice) {
  if (shown != kDone) return shown;
  using State = AuditLog::State;
  const AuditLog::Report report = log.verify_run(run);
  const std::string next = "`warrant audit verify` checks the whole log";
  if (!report.findings.empty()) {
    voice.error("what is shown cannot be relied on: " + describe_findings(report.findings), {},
                next);
    return kNo;
  }
  const bool whole = std::all_of(report.files.begin(), report.files.end(),
                                 [](const auto& file) { return file.state == State::kWhole; });
  if (whole && !report.files.empty()) return kDone;
  if (report.count(State::kPruned) != 0) {
    voice.note("records of that run were pruned: what is shown is what is left");
    return kIncomplete;
  }
  const bool running = report.count(State::kRunning) != 0;
  voice.note(running ? "that run has not ended yet: what is shown is incomplete"
                     : "what is shown is incomplete: the record was cut off, or its end is not "
                       "sealed; `warrant audit verify` names the file");
  return kIncomplete;
}

int show_or_tail(const Process& process, const Request& request, Voice& voice) {
  const auto filter = filter_of(request, voice);
  if (!filter) return kUsage;
  auto log = open_log(process, request, {});
  if (!log) return fail(log.problem(), voice);
  const auto form = request.has("--json") ? RecordForm::kJson : RecordForm::kText;
  if (request.verb->word == "tail") {
    return tail_records(*log, *filter, form, request.has("-f") ? Follow::kOn : Follow::kOnce);
  }
  int status = kMissing;
  const auto run = find_run(*log, request.words.front(), voice, status);
  if (!run) return status;
  const int judged = judge_shown(*log, *run, show_run(*log, *run, *filter, form), voice);
  return judged == kDone ? status : judged;
}

}  // namespace

int audit_command(const Process& process, Words words) {
  Voice voice(When::kAuto, Verbosity::kNormal);
  Request request;
  UsageError error;
  if (!split(words, kFlags, "audit", request, error) || !check(request, error)) {
    voice.usage(error);
    return kUsage;
  }
  if (wants_help(request)) {
    return write_all(STDOUT_FILENO, verb_help("audit", kFlags) + std::string(kRunWord))
               ? kDone
               : kOutputFailed;
  }
  if (request.verb->word == "verify") return verify(process, request, voice);
  if (request.verb->word == "head") return head(process, request, voice);
  if (request.verb->word == "prune") return prune(process, request, voice);
  return show_or_tail(process, request, voice);
}

int receipt_command(const Process& process, Words words) {
  Voice voice(When::kAuto, Verbosity::kNormal);
  Request request;
  UsageError error;
  if (!split(words, kReceiptFlags, "receipt", request, error)) {
    voice.usage(error);
    return kUsage;
  }
  if (wants_help(request)) {
    const std::string page = verb_help("receipt", kReceiptFlags) + std::string(kRunWord);
    return write_all(STDOUT_FILENO, page) ? kDone : kOutputFailed;
  }
  if (request.words.size() != 2 || request.words[0] != "show") {
    voice.usage(
        {"receipt wants: show RUN", "warrant receipt show RUN, or warrant receipt show last"});
    return kUsage;
  }
  auto log = open_log(process, request, {});
  if (!log) return fail(log.problem(), voice);
  int status = kMissing;
  const auto run = find_run(*log, request.words[1], voice, status);
  if (!run) return status;
  const std::string receipt = receipt_of(*log, *run);
  if (receipt.empty()) {
    voice.error(
        "that run has no receipt on record: it was refused, has not ended, or its records "
        "are gone",
        {}, "`warrant audit show " + *run + "` shows what there is");
    const int judged = judge_shown(*log, *run, kDone, voice);
    return judged == kDone ? kMissing : judged;
  }
  const int shown = write_all(STDOUT_FILENO, receipt) ? kDone : kOutputFailed;
  const int judged = judge_shown(*log, *run, shown, voice);
  return judged == kDone ? status : judged;
}

}  // namespace warrant::cli
