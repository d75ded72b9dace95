// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "warrant/lib/audit_log.h"

namespace warrant {
namespace {

// The last one that began in these records.
const audit::RunSeen* last_started(const std::vector<audit::RunSeen>& runs) {
  const auto found = std::find_if(runs.rbegin(), runs.rend(), [](const audit::RunSeen& each) {
    return !each.started_as.empty();
  });
  return found == runs.rend() ? nullptr : &*found;
}

}  // namespace

std::optional<std::string> AuditLog::find_run(const std::string& beginning,
                                              std::size_t& found) const {
  std::set<std::string> runs;
  std::set<std::string, std::less<>> legible;
  for (const std::string& file : files()) {
    const std::string bytes = read(file);
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
      const auto head = audit::head_of_line(std::string_view(bytes).substr(at, end - at));
      if (head) legible.insert(file);
      if (head && head->run.starts_with(beginning)) runs.emplace(head->run);
      at = end + 1;
    }
    // A file of one run bears its name.
    if (beginning.size() == 32 && !runs.empty()) break;
  }
  if (beginning.size() != 32 || runs.empty()) {
    for (const audit::FileClaim& claim : contents().claims) {
      if (!claim.id.starts_with(beginning) || runs.contains(claim.id)) continue;
      // Where lines are legible, they say whose they are, unless somebody has edited that.
      Report report;
      std::vector<audit::RunSeen> seen;
      if (!legible.contains(claim.file) || verify_file(claim, report, seen) == State::kDamaged) {
        runs.insert(claim.id);
      }
    }
  }
  found = runs.size();
  if (runs.size() != 1) return std::nullopt;
  return *runs.begin();
}

AuditLog::Newest AuditLog::newest_run() const {
  Newest newest;
  const Contents there = contents();
  newest.why = there.index.findings;
  newest.torn = there.index.torn;
  const audit::FileClaim* of = nullptr;
  std::uint64_t began = 0;
  for (auto claim = there.claims.rbegin(); claim != there.claims.rend(); ++claim) {
    // What was closed before the file of the newest one was opened holds none that is newer.
    if (of != nullptr && claim->closed && claim->closed_as < of->opened_as) continue;
    Report report;
    std::vector<audit::RunSeen> runs;
    const State state = verify_file(*claim, report, runs);
    if (state == State::kDamaged && holds(claim->file, claim->id)) {
      // Of one run, and it is clear of which: whoever shows it says that it is damaged.
      if (of != nullptr) continue;
      of = &*claim;
      began = UINT64_MAX;  // its records do not say: none of an older file takes its place
      newest.run = claim->id;
      continue;
    }
    newest.why.insert(newest.why.end(), report.findings.begin(), report.findings.end());
    if (state == State::kPruned && of == nullptr && newest.pruned.empty()) {
      newest.pruned = claim->file;
    }
    const audit::RunSeen* last = last_started(runs);
    if (last == nullptr && state == State::kIncomplete && of == nullptr) {
      newest.silent.push_back(claim->file);
    }
    // The clock may have been set back: of files of one run each the order of opening counts.
    if (last == nullptr ||
        (of != nullptr && (last->run == claim->id || last->started_at < began))) {
      continue;
    }
    of = &*claim;
    began = last->started_at;
    newest.run = last->run;
  }
  for (const Found& each : there.unknown) {
    if (!each.is_empty) newest.why.push_back({each.name, 0, audit::Damage::kUnknown});
  }
  if (!newest.why.empty()) newest.run.clear();
  return newest;
}

}  // namespace warrant
