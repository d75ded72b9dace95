// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/audit_log.h"

#include <algorithm>
#include <set>

#include "warrant/codec/text.h"
#include "warrant/os/identity.h"

namespace warrant {
namespace {

constexpr std::uint64_t kMostBytes = 1ULL << 30;
constexpr Nanoseconds kPatience{5'000'000'000};

bool concerns(const audit::FileClaim& claim, const std::string& only) {
  return only.empty() || claim.id.starts_with(only) || claim.file.ends_with("/" + only) ||
         claim.file.starts_with(only);
}

std::uint64_t day_of(std::string_view file) {
  // "2026-11-21": names sort as days do.
  std::uint64_t day = 0;
  for (const char each : file.substr(0, 10)) {
    if (each >= '0' && each <= '9') day = day * 10 + static_cast<std::uint64_t>(each - '0');
  }
  return day;
}

void join_runs(std::vector<audit::RunSeen>& all, const std::vector<audit::RunSeen>& more) {
  for (const audit::RunSeen& run : more) {
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const audit::RunSeen& each) { return each.run == run.run; });
    if (found == all.end()) {
      all.push_back(run);
      continue;
    }
    if (found->started_as.empty()) {
      found->started_as = run.started_as;
      found->started_at = run.started_at;
    }
    found->ended = found->ended || run.ended;
  }
}

bool holds_line_of(std::string_view bytes, const std::string& run) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    const auto head = audit::head_of_line(bytes.substr(at, end - at));
    if (head && head->run == run) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

std::string_view word(AuditLog::State state) noexcept {
  switch (state) {
    case AuditLog::State::kWhole:
      return "whole";
    case AuditLog::State::kRunning:
      return "running";
    case AuditLog::State::kIncomplete:
      return "incomplete";
    case AuditLog::State::kPruned:
      return "pruned";
    case AuditLog::State::kDamaged:
      return "damaged";
  }
  return "damaged";
}

AuditLog::AuditLog(std::unique_ptr<os::LogDirectory> directory)
    : directory_(std::move(directory)), keys_(std::make_unique<audit::Keys>(directory_->key())) {}

Outcome<AuditLog> AuditLog::open(const os::Ambient& ambient, const std::string& directory,
                                 const std::string& state_dir) {
  os::LogTrouble trouble;
  auto opened = os::LogDirectory::open(ambient, {directory, state_dir},
                                       os::LogDirectory::Missing::kFail, trouble);
  if (opened) return AuditLog(*std::move(opened));
  if (trouble.code == Errc::kNoEntry) {
    return Problem{Problem::Kind::kNotFound,
                   "there is no log in " + codec::escape_text(directory),
                   "the first `warrant run` makes it",
                   {}};
  }
  return Problem{Problem::Kind::kRefused,
                 codec::escape_text(trouble.what),
                 codec::escape_text(trouble.hint),
                 {}};
}

std::uint64_t AuditLog::Report::count(State state) const noexcept {
  return static_cast<std::uint64_t>(std::count_if(
      files.begin(), files.end(), [&](const File& file) { return file.state == state; }));
}

AuditLog::Contents AuditLog::contents() const {
  // A file has its entry before its first record: what holds one now is in the index that is read
  // afterwards.
  std::vector<Found> found;
  for (const std::string& name : files()) {
    const auto size = directory_->size_of(name);
    found.push_back({name, size && *size == 0});
  }
  Contents made;
  const auto bytes = directory_->read_index();
  made.index = audit::read_index(bytes ? *bytes : std::string(), *keys_);
  made.claims = audit::claims_of(made.index);
  std::set<std::string, std::less<>> named;
  for (const audit::FileClaim& claim : made.claims) named.insert(claim.file);
  for (Found& each : found) {
    if (!named.contains(each.name)) made.unknown.push_back(std::move(each));
  }
  return made;
}

bool AuditLog::holds(const std::string& file, const std::string& run) const {
  return holds_line_of(read(file), run);
}

bool AuditLog::is_pruned_by_now(const std::string& file) const {
  const auto bytes = directory_->read_index();
  const auto claims = audit::claims_of(audit::read_index(bytes ? *bytes : std::string(), *keys_));
  return std::any_of(claims.begin(), claims.end(), [&](const audit::FileClaim& each) {
    return each.file == file && each.pruned;
  });
}

AuditLog::State AuditLog::verify_file(const audit::FileClaim& claim, Report& report,
                                      std::vector<audit::RunSeen>& runs) const {
  File file{claim.file, State::kWhole, 0, {}};
  if (claim.pruned) {
    // Between the entry and the removal there may have been a crash; then it is still there.
    file.state = State::kPruned;
    report.files.push_back(std::move(file));
    return State::kPruned;
  }
  const bool running = directory_->is_being_written(claim.file);
  const auto bytes = directory_->read(claim.file, kMostBytes);
  if (!bytes) {
    // Somebody may have pruned it since the index was read.
    const bool pruned = is_pruned_by_now(claim.file);
    if (!pruned) report.findings.push_back({claim.file, 0, audit::Damage::kMissing});
    file.state = pruned ? State::kPruned : State::kDamaged;
    report.files.push_back(std::move(file));
    return report.files.back().state;
  }
  const audit::FileReading reading = audit::read_log_file(*bytes, claim, *keys_);
  file.records = reading.records;
  for (const audit::RunSeen& run : reading.runs) file.runs.push_back(run.run);
  report.findings.insert(report.findings.end(), reading.findings.begin(), reading.findings.end());
  if (!reading.findings.empty()) {
    file.state = State::kDamaged;
  } else if (running) {
    file.state = State::kRunning;
  } else if (reading.torn || reading.loose_lines != 0 || reading.records == 0) {
    file.state = State::kIncomplete;
  } else if (!claim.closed) {
    // A file of one run that has ended is as whole as one that was closed: nothing follows.
    const bool ended = reading.runs.size() == 1 && reading.runs[0].run == claim.id &&
                       reading.runs[0].ended && !reading.runs[0].started_as.empty();
    if (!ended) file.state = State::kIncomplete;
  }
  join_runs(runs, reading.runs);
  report.files.push_back(std::move(file));
  return report.files.back().state;
}

AuditLog::Report AuditLog::verify(const std::string& only, const AuditHead* kept) const {
  Report report;
  const Contents there = contents();
  const audit::IndexReading& index = there.index;
  report.findings = index.findings;
  report.torn_index = index.torn;
  std::vector<audit::RunSeen> runs;
  for (const audit::FileClaim& claim : there.claims) {
    if (concerns(claim, only)) verify_file(claim, report, runs);
  }
  // A run of a process with many is in no name.
  for (std::size_t at = 0; report.files.empty() && at < there.claims.size(); ++at) {
    if (holds(there.claims[at].file, only)) verify_file(there.claims[at], report, runs);
  }
  // Runs may go on from one file of a process to the next.
  for (File& file : report.files) {
    const bool open = std::any_of(runs.begin(), runs.end(), [&](const audit::RunSeen& run) {
      return (!run.ended || run.started_as.empty()) &&
             std::find(file.runs.begin(), file.runs.end(), run.run) != file.runs.end();
    });
    if (open && file.state == State::kWhole) file.state = State::kIncomplete;
  }
  for (const Found& each : there.unknown) {
    if (!only.empty()) break;
    // Made and not yet entered when its maker died: there is nothing in it.
    report.files.push_back(
        {each.name, each.is_empty ? State::kIncomplete : State::kDamaged, 0, {}});
    if (!each.is_empty) report.findings.push_back({each.name, 0, audit::Damage::kUnknown});
  }
  if (kept != nullptr) {
    const auto same = std::find_if(index.entries.begin(), index.entries.end(),
                                   [&](const audit::IndexEntry& e) { return e.n == kept->n; });
    if (same == index.entries.end()) {
      report.findings.push_back(
          {"index.jsonl", index.entries.size() + 1, audit::Damage::kIndexCut});
    } else if (same->head != kept->head) {
      report.findings.push_back({"index.jsonl", same->line, audit::Damage::kEdited});
    }
  }
  return report;
}

AuditLog::Report AuditLog::verify_run(const std::string& run) const {
  Report report;
  const Contents there = contents();
  report.findings = there.index.findings;
  std::vector<audit::RunSeen> runs;
  for (const audit::FileClaim& claim : there.claims) {
    if (claim.id == run || holds(claim.file, run)) verify_file(claim, report, runs);
  }
  for (const Found& each : there.unknown) {
    if (each.is_empty || !holds(each.name, run)) continue;
    report.files.push_back({each.name, State::kDamaged, 0, {}});
    report.findings.push_back({each.name, 0, audit::Damage::kUnknown});
  }
  // Of a process with many runs the others may go on, or have been cut off behind this one.
  const bool ended = std::any_of(runs.begin(), runs.end(), [&](const audit::RunSeen& each) {
    return each.run == run && each.ended && !each.started_as.empty();
  });
  for (File& file : report.files) {
    if (file.state == State::kPruned) continue;
    if (file.state == State::kRunning && ended) file.state = State::kWhole;
    if (file.state == State::kWhole && !ended) file.state = State::kIncomplete;
  }
  return report;
}

std::optional<AuditHead> AuditLog::head() const {
  const auto bytes = directory_->read_index();
  if (!bytes) return std::nullopt;
  const audit::IndexReading index = audit::read_index(*bytes, *keys_);
  if (index.entries.empty() || !index.findings.empty()) return std::nullopt;
  return AuditHead{index.entries.back().n, index.entries.back().head, os::wall_micros()};
}

std::vector<std::string> AuditLog::files() const {
  auto files = directory_->files();
  return files ? *std::move(files) : std::vector<std::string>();
}

std::string AuditLog::read(const std::string& file) const {
  auto bytes = directory_->read(file, kMostBytes);
  return bytes ? *std::move(bytes) : std::string();
}

std::vector<std::string> AuditLog::lines_of(const std::string& run) const {
  std::vector<std::string> lines;
  for (const std::string& file : files()) {
    const std::string bytes = read(file);
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t end = bytes.find('\n', at);
      if (end == std::string::npos) break;
      const std::string_view line = std::string_view(bytes).substr(at, end - at);
      const auto head = audit::head_of_line(line);
      if (head && head->run == run) lines.emplace_back(line);
      at = end + 1;
    }
  }
  return lines;
}

std::optional<Problem> AuditLog::remove(const audit::FileClaim& claim) {
  os::LogTrouble trouble;
  auto index = directory_->lock_index(kPatience, trouble);
  const auto fail = [&](const std::string& why) {
    return Problem{Problem::Kind::kRefused, why, "`warrant audit verify` says what is there", {}};
  };
  if (!index) return fail(codec::escape_text(trouble.what));
  const auto tail = index->tail(audit::kIndexTail);
  if (!tail) return fail("the index of the log cannot be read");
  audit::IndexEntry entry;
  entry.kind = audit::IndexKind::kPrune;
  entry.t = os::wall_micros();
  entry.file = claim.file;
  entry.id = claim.id;
  entry.last = claim.last;
  const auto lines = audit::append_entry(entry, *tail, tail->size() < audit::kIndexTail, *keys_);
  if (!lines || !index->append(*lines)) return fail("the index of the log cannot be written");
  // The entry first: a file that is gone without one would be missing.
  if (!directory_->remove(claim.file)) return fail(claim.file + " cannot be removed");
  return std::nullopt;
}

void AuditLog::prune_daily(const Retention& retention) {
  // What cannot be removed today is tried again tomorrow; `audit prune` says why.
  if (directory_->take_daily_turn()) (void)prune(retention);
}

Outcome<std::vector<std::string>> AuditLog::prune(const Retention& retention) {
  const auto bytes = directory_->read_index();
  const audit::IndexReading index = audit::read_index(bytes ? *bytes : std::string(), *keys_);
  if (!index.findings.empty()) {
    return Problem{Problem::Kind::kRefused,
                   "the index of the log is damaged: nothing is removed",
                   "`warrant audit verify` says where",
                   {}};
  }
  const std::uint64_t keep = count(retention.keep) / 1'000;
  const std::uint64_t now = os::wall_micros();
  const std::uint64_t oldest = now > keep ? now - keep : 0;
  const audit::TimeText oldest_day = audit::print_time(oldest);
  std::uint64_t total = 0;
  std::vector<const audit::FileClaim*> there;
  std::vector<std::uint64_t> sizes;
  const std::vector<audit::FileClaim> claims = audit::claims_of(index);
  for (const audit::FileClaim& claim : claims) {
    const auto size = directory_->size_of(claim.file);
    if (claim.pruned || !size) continue;
    there.push_back(&claim);
    sizes.push_back(*size);
    total += *size;
  }
  std::vector<std::string> removed;
  for (std::size_t at = 0; at < there.size(); ++at) {
    // A file of an earlier day has been copied here since, or is old by its last record as well.
    const auto written = directory_->written_at(there[at]->file);
    const bool old = day_of(there[at]->file) < day_of(audit::day_of(oldest_day)) ||
                     (written && *written < oldest);
    if ((!old && total <= retention.most_bytes) || directory_->is_being_written(there[at]->file)) {
      continue;
    }
    if (auto problem = remove(*there[at])) return *std::move(problem);
    total -= sizes[at];
    removed.push_back(there[at]->file);
  }
  return removed;
}

}  // namespace warrant
