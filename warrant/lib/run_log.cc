// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/run_log.h"

#include <array>

#include "warrant/audit/line_text.h"
#include "warrant/audit/token_patterns.h"
#include "warrant/base/bytes.h"
#include "warrant/codec/text.h"
#include "warrant/lib/version.h"
#include "warrant/os/identity.h"
#include "warrant/os/waiter.h"

namespace warrant::lib {
namespace {

constexpr std::string_view kRunner = "native";

audit::Flush flush_of(policy::Flush flush) noexcept {
  switch (flush) {
    case policy::Flush::kBuffered:
      return audit::Flush::kBuffered;
    case policy::Flush::kEach:
      return audit::Flush::kEach;
    case policy::Flush::kSync:
      return audit::Flush::kSync;
  }
  return audit::Flush::kBuffered;
}

host::Who who_of(os::Ambient ambient) {
  os::Identity identity = os::who_runs(ambient);
  return {.origin = {},
          .uid = identity.uid,
          .euid = identity.euid,
          .loginuid = identity.loginuid,
          .pid = identity.pid,
          .ppid = identity.ppid,
          .host = std::move(identity.host),
          .boot = std::move(identity.boot)};
}

Problem output_problem(const os::LogTrouble& trouble) {
  return {Problem::Kind::kRefused,
          codec::escape_text(trouble.what),
          codec::escape_text(trouble.hint),
          {}};
}

}  // namespace

RunLog::RunLog(os::Ambient ambient, Recording recording, const policy::Warrant& warrant,
               std::string run, Log* log)
    : ambient_(ambient),
      recording_(std::move(recording)),
      labels_(warrant.terms().label),
      limits_(warrant.limits()),
      run_(std::move(run)),
      log_(log) {
  for (const KnownValue& each : recording_.known_values) {
    (void)secrets_.add(each.reference, each.value);  // too short to be a secret: nothing to find
  }
  secrets_.seal();
  facts_.who = who_of(ambient_);
  facts_.monotonic = os::host_monotonic();
  facts_.started = os::wall_micros();
  facts_.sources = recording_.sources;
  facts_.narrowed = recording_.narrowed;
  facts_.warrant_hash = host::warrant_hash(warrant);
  facts_.not_in_force =
      host::limits_not_in_force(limits_, recording_.passed_through, recording_.unenforced);
  facts_.warrant_text = host::public_warrant(warrant, facts_.not_in_force);
  facts_.module.name = recording_.module_name;
  facts_.bundle = recording_.bundle;
  facts_.passed_over = recording_.passed_over;
  facts_.unenforced = recording_.unenforced;
  facts_.runner = kRunner;
  const Version built = this_version();
  facts_.engine = "wasmtime " + built.wasmtime;
  facts_.host_version = built.warrant;
  audit::RecorderSetup setup;
  setup.run = run_;
  setup.parent = recording_.parent;
  setup.labels = host::print_labels(labels_, &secrets_);
  setup.warrant = facts_.warrant_hash;
  setup.flush = flush_of(warrant.terms().audit.flush);
  setup.caps.listeners = static_cast<std::int32_t>(warrant.terms().listen.size());
  setup.journal = log_;
  setup.secrets = &secrets_;
  setup.monotonic = &os::host_monotonic;
  setup.coarse = &os::host_monotonic_coarse;
  setup.coarse_lag = os::kCoarse;
  setup.wall_micros = &os::wall_micros;
  setup.failed = &RunLog::failed;
  setup.self = this;
  recorder_ = std::make_unique<audit::Recorder>(std::move(setup));
  recorder_->copy_to(recording_.shared_copy);
}

void RunLog::know(std::string_view reference, std::string_view value) {
  if (!secrets_.add(reference, value)) return;  // too short to be a secret: nothing to find
  secrets_.seal();
  (void)shown_.add(reference, value).has_value();
  shown_.seal();
  recorder_->secrets_grew(host::print_labels(labels_, &secrets_));
  recorder_->set_receipt_head(host::print_receipt_head(facts_, &secrets_));
}

void RunLog::failed(void* self) noexcept {
  const auto& log = *static_cast<RunLog*>(self);
  if (log.failed_ != nullptr) log.failed_(log.failed_self_);
}

std::optional<Problem> RunLog::open_outputs(PlaceOf place_of, void* self) {
  using Place = os::RunFiles::Place;
  const auto open = [&](const std::string& path, auto& to,
                        std::string_view what) -> std::optional<Problem> {
    if (path.empty()) return std::nullopt;
    const Place place = place_of(self, path);
    if (place == Place::kWritable) {
      return Problem{Problem::Kind::kRefused,
                     codec::escape_text(path) + " lies where the guest may write",
                     "put the " + std::string(what) + " outside the granted directories",
                     {}};
    }
    os::LogTrouble trouble;
    auto made = os::create_output(ambient_, path, trouble);
    if (!made) return output_problem(trouble);
    if (place == Place::kUnseen) {
      return Problem{Problem::Kind::kRefused,
                     codec::escape_text(path) + " lies in a directory that cannot be looked at",
                     "put the " + std::string(what) + " into a directory of yours",
                     {}};
    }
    to = *std::move(made);
    return std::nullopt;
  };
  if (recording_.copy == "-") {
    copy_ = os::error_output(ambient_);
  } else if (auto problem = open(recording_.copy, copy_, "copy of the records")) {
    return problem;
  }
  if (auto problem = open(recording_.receipt, receipt_, "receipt")) return problem;
  if (copy_ != nullptr) recorder_->copy_to(copy_.get());
  return std::nullopt;
}

std::optional<Problem> RunLog::begin() {
  // What an earlier run left there must not pass for this one's.
  if (receipt_ != nullptr && !receipt_->empty()) {
    return Problem{Problem::Kind::kRefused,
                   codec::escape_text(recording_.receipt) + " cannot be emptied",
                   "name another file with --receipt",
                   {}};
  }
  if (log_ != nullptr) log_->count_run();
  recorder_->set_receipt_head(host::print_receipt_head(facts_, &secrets_));
  if (recorder_->start(audit::Kind::kRunStart, host::print_run_start(facts_, limits_, &secrets_))) {
    return std::nullopt;
  }
  return Problem{Problem::Kind::kRefused,
                 "the records of the start cannot be written",
                 "make room where the log lies, or leave it out with --no-log",
                 {}};
}

void RunLog::refuse(const Problem& problem) {
  if (log_ != nullptr) log_->count_run();
  std::vector<std::string> reasons = {problem.what};
  reasons.insert(reasons.end(), problem.more.begin(), problem.more.end());
  (void)recorder_->start(audit::Kind::kRunRefused,
                         host::print_run_refused(facts_, reasons, &secrets_));
}

void RunLog::conclude(host::RunResult& result) {
  result.run = run_;
  if (!result.exit.message.empty()) {
    result.exit.message = audit::without_tokens(
        shown_.scrubbed(result.exit.message, audit::KnownSecrets::End::kWhole));
  }
  const std::string exit =
      audit::text_of(&secrets_, [&](audit::Line& line) { host::print_exit(line, result.exit); });
  const std::string usage =
      audit::text_of(nullptr, [&](audit::Line& line) { host::print_usage(line, result.usage); });
  const std::string limits = host::print_limits_hit(result.limits_hit);
  auto receipt = recorder_->end({.exit = exit, .usage = usage, .limits_hit = limits});
  if (receipt && receipt_ != nullptr) {
    const std::string line = *receipt + "\n";
    if (!receipt_->append(bytes_of(line))) receipt.reset();
  }
  if (receipt) {
    result.receipt = *std::move(receipt);
    return;
  }
  result.output.clear();
  result.error_output.clear();
  result.exit = {};
  result.exit.kind = host::ExitKind::kAuditFailed;
  result.exit.message = "ended: its records could not be written";
  result.exit.hint = "make room where the log lies";
}

bool RunLog::conclude_abruptly(host::ExitKind kind, std::optional<policy::LimitKey> limit,
                               int signal) noexcept {
  host::Exit exit;
  exit.kind = kind;
  exit.limit = limit;
  exit.signal = static_cast<std::uint32_t>(signal);
  std::array<char, 256> room;
  audit::Line line(room, nullptr, nullptr);
  host::print_exit(line, exit);
  std::array<char, 64> hit_room;
  audit::Line hit(hit_room, nullptr, nullptr);
  if (limit) hit.value(policy::row_of(*limit).word);
  if (!recorder_->end_abruptly({.exit = line.held(), .usage = {}, .limits_hit = hit.held()})) {
    return false;
  }
  return receipt_ == nullptr || recorder_->copy_receipt({line.held(), {}, hit.held()}, *receipt_);
}

std::optional<Problem> record_refusal(os::Ambient ambient, const LogOptions& options,
                                      Recording recording, const Problem& problem) {
  auto run = os::random_id(ambient);
  if (!run) return std::nullopt;
  auto log = Log::open(ambient, options, *run);
  if (!log) return log.problem();
  const policy::Admitted nothing = policy::admit(policy::Grant{});
  RunLog record(ambient, std::move(recording), *nothing.warrant, *run, log->get());
  record.refuse(problem);
  (void)(*log)->close();  // else incomplete, which is what it then is
  return std::nullopt;
}

}  // namespace warrant::lib
