// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/denials.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "apps/cli/lacks.h"
#include "warrant/host/advice.h"
#include "warrant/host/limit_reason.h"

namespace warrant::cli {
namespace {

enum class Weight : std::uint8_t { kAsked, kBeside, kHabit };

// Python keeps compiled modules beside their sources, and goes on without; so do programs that
// look at a clock.
Weight weight_of(const audit::Event& event) {
  if (event.kind == audit::Kind::kClock) return Weight::kHabit;
  if (event.kind == audit::Kind::kFs) {
    if (event.path.find("__pycache__") != std::string_view::npos) return Weight::kHabit;
    const bool looks = event.operation.ends_with("_get") || event.operation == "path_readlink";
    return looks ? Weight::kBeside : Weight::kAsked;
  }
  return event.kind == audit::Kind::kConsole ? Weight::kBeside : Weight::kAsked;
}

struct Row {
  host::Advice advice;
  Weight weight = Weight::kHabit;
  std::size_t last = 0;           // the place of its latest among the events
  std::vector<std::string> also;  // other things that the same flag would allow
  std::size_t calls = 1;
};

bool is_same(const Row& row, const host::Advice& advice, Merge merge) {
  if (row.advice.why != advice.why || row.advice.flag != advice.flag) return false;
  if (row.advice.what == advice.what) return true;
  return merge == Merge::kByFlag && !advice.flag.empty();
}

void add(std::vector<Row>& rows, host::Advice advice, Weight weight, std::size_t place,
         Merge merge) {
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const Row& row) { return is_same(row, advice, merge); });
  if (found == rows.end()) {
    rows.push_back({std::move(advice), weight, place, {}});
    return;
  }
  ++found->calls;
  // The row is named after what matters most of it.
  std::string other = advice.what;
  if (weight <= found->weight) {
    other = std::exchange(found->advice, std::move(advice)).what;
    found->weight = weight;
    found->last = place;
  }
  std::erase(found->also, found->advice.what);
  const bool known = other == found->advice.what ||
                     std::find(found->also.begin(), found->also.end(), other) != found->also.end();
  if (!known) found->also.push_back(std::move(other));
}

// Go asks once at its start and goes on without; a program that asks again needs it.
bool is_start_of_go(const RunSubject& subject) {
  if (!is_go(subject.info)) return false;
  const auto events = subject.ledger.events();
  return std::count_if(events.begin(), events.end(), [](const audit::Event& event) {
           return event.reason == cap::Reason::kEntropyNotGranted;
         }) == 1;
}

// Two names of clocks are short enough to stand side by side.
std::string others_of(const Row& row) {
  const bool one_clock = row.also.size() == 1 && row.advice.flag.starts_with("--clock=");
  if (one_clock) return ", " + row.also.front();
  if (!row.also.empty()) return " and " + std::to_string(row.also.size()) + " more";
  return row.calls > 1 ? ", " + std::to_string(row.calls) + " calls" : std::string();
}

}  // namespace

DenialRows rank_denials(const RunSubject& subject, std::optional<policy::LimitKey> ended_by,
                        Merge merge) {
  DenialRows ranked;
  std::vector<Row> rows;
  std::size_t place = 0;
  const bool starts_without_entropy = is_start_of_go(subject);
  for (const audit::Event& event : subject.ledger.events()) {
    ++place;
    if (event.decision != audit::Decision::kDeny) continue;
    const auto limit = host::limit_of(event.reason);
    if (limit && limit == ended_by) continue;
    Weight weight = weight_of(event);
    host::Advice advice = host::advise(event, subject.terms);
    if (starts_without_entropy && event.reason == cap::Reason::kEntropyNotGranted) {
      weight = Weight::kHabit;
      advice.flag = "Go starts without it";
    }
    if (weight != Weight::kHabit) ranked.of_causes = true;
    if (event.kind == audit::Kind::kFs && !limit && weight != Weight::kHabit) {
      ranked.of_files = true;
    }
    add(rows, std::move(advice), weight, place, merge);
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.weight != b.weight ? a.weight < b.weight : a.last > b.last;
  });
  for (Row& row : rows) {
    row.advice.what += others_of(row);
    ranked.rows.push_back({row.advice.what, row.advice.why, row.advice.flag});
  }
  return ranked;
}

}  // namespace warrant::cli
