// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/audit_show.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/terminal.h"
#include "warrant/audit/time_text.h"
#include "warrant/codec/json.h"
#include "warrant/codec/text.h"
#include "warrant/os/identity.h"
#include "warrant/policy/timestamp.h"
#include "warrant/policy/units.h"

namespace warrant::cli {
namespace {

using codec::Json;

constexpr std::size_t kTailRecords = 20;
constexpr std::size_t kMostShown = 40;
constexpr long kFollowPause = 200'000'000;

const Json& at(const Json& page, std::string_view key) {
  static const Json nothing;
  const Json* found = page.find(key);
  return found == nullptr ? nothing : *found;
}

// Values of records are escaped already, with backslashes. What else may stand in a file that
// somebody has changed is escaped here.
std::string disarmed(std::string_view text, std::string_view kept) {
  std::string made;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(kept), text.size());
    made += codec::escape_text(text.substr(0, end));
    if (end < text.size()) made += text[end];
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return made;
}

std::string text_at(const Json& page, std::string_view key) {
  const Json& value = at(page, key);
  if (const std::string* text = value.as_string()) return disarmed(*text, "\\");
  if (value.is_null()) return {};
  return codec::print_canonical(value);
}

std::uint64_t number_at(const Json& page, std::string_view key) {
  const auto number = at(page, key).as_integer();
  return number && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

std::optional<Json> parse_line(std::string_view line) {
  codec::JsonDiagnosis why;
  auto page = codec::parse_json(line, {.depth = 64, .nodes = 1'000'000}, why);
  if (!page || page->as_object() == nullptr) return std::nullopt;
  return *std::move(page);
}

bool passes(const Json& record, const RecordFilter& filter) {
  const auto is = [&](std::string_view key, const std::string& wanted) {
    return wanted.empty() || text_at(record, key) == wanted;
  };
  if (!is("kind", filter.kind) || !is("decision", filter.decision) ||
      !is("reason", filter.reason) || number_at(record, "t") < filter.since) {
    return false;
  }
  return filter.label_name.empty() ||
         text_at(at(record, "label"), filter.label_name) == filter.label_value;
}

// One record as a line: when, which run, what, on what, and what was decided.
std::string print_record(const Json& record) {
  const std::string kind = text_at(record, "kind");
  std::string line(audit::view(audit::print_time(number_at(record, "t"))).substr(0, 23));
  line += "  " + text_at(record, "run").substr(0, 8) + "  " + kind;
  const auto add = [&](std::string_view key) {
    if (std::string text = text_at(record, key); !text.empty()) line += " " + std::move(text);
  };
  if (kind == "run.start" || kind == "run.refused") {
    line += " " + text_at(at(record, "module"), "name");
    add("reasons");
  } else if (kind == "run.end") {
    const Json& exit = at(record, "exit");
    line += " " + text_at(exit, "kind") + " " + text_at(exit, "exit_code");
  } else if (kind == "block") {
    line += " of " + text_at(record, "count");
  } else {
    for (const std::string_view key : {"decision", "reason", "call", "path", "second_path", "peer",
                                       "origin", "stream", "name", "limit", "message", "of"}) {
      add(key);
    }
    if (const std::string times = text_at(record, "count"); !times.empty()) {
      line += " " + times + (kind == "fs" ? " times" : "");
    }
    if (const std::uint64_t bytes = number_at(record, "bytes"); bytes != 0) {
      line += " " + std::to_string(bytes) + " bytes";
    }
  }
  return line + "\n";
}

bool put(const std::string& text) { return write_all(STDOUT_FILENO, disarmed(text, "\\\n")); }
bool put_json(const std::string& lines) { return write_all(STDOUT_FILENO, disarm_json(lines)); }

std::string section(std::string_view title, const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return {};
  return std::string(title) + "\n" + print_columns(rows);
}

std::string who_it_was(const Json& who) {
  const std::string host = text_at(who, "host");
  return "uid " + text_at(who, "uid") + (host.empty() ? "" : " on " + host);
}

// The documents that decided, by the names that they were given.
void append_sources(const Json& start, std::vector<std::vector<std::string>>& rows) {
  const Json& sources = at(start, "sources");
  if (sources.as_array() == nullptr) return;
  for (const Json& each : *sources.as_array()) {
    if (std::string path = text_at(each, "path"); !path.empty()) {
      rows.push_back({text_at(each, "kind"), std::move(path)});
    }
  }
}

std::string what_it_was(const Json& start, const Json* end) {
  const Json& module = at(start, "module");
  std::vector<std::vector<std::string>> rows = {
      {"run", text_at(start, "run")},
      {"started", std::string(audit::view(audit::print_time(number_at(start, "t"))))},
      {"by", who_it_was(at(start, "who"))},
      {"module", text_at(module, "name") + ", " + text_at(module, "size") + " bytes"},
      {"", text_at(module, "sha256")},
      {"arguments", text_at(start, "argv")},
      {"runner", text_at(start, "runner") + ", " + text_at(start, "engine")},
      {"warrant", text_at(start, "warrant")}};
  append_sources(start, rows);
  if (const std::string label = text_at(start, "label"); !label.empty()) {
    rows.push_back({"label", label});
  }
  if (at(start, "parent").as_string() != nullptr) {
    rows.push_back({"parent", text_at(start, "parent")});
  }
  if (end == nullptr) {
    rows.push_back({"ended", "its end is not on record: it is running, or was cut off"});
  } else {
    const Json& exit = at(*end, "exit");
    rows.push_back({"ended", text_at(exit, "kind") + ", status " + text_at(exit, "exit_code")});
    if (const std::string message = text_at(exit, "message"); !message.empty()) {
      rows.push_back({"", message});
    }
  }
  return section("what it was", rows);
}

std::string what_it_could(const Json& receipt) {
  std::vector<std::vector<std::string>> rows;
  const Json& text = at(at(receipt, "warrant"), "text");
  if (text.as_object() == nullptr) return {};
  for (const Json::Member& member : *text.as_object()) {
    std::string value = codec::print_canonical(member.value);
    if (value != "[]" && value != "{}")
      rows.push_back({disarmed(member.key, "\\"), std::move(value)});
  }
  for (const std::string_view key : {"narrowed", "unenforced"}) {
    if (const std::string list = text_at(receipt, key); list != "[]" && !list.empty()) {
      rows.push_back({std::string(key), list});
    }
  }
  return section("what it could", rows);
}

std::string what_it_did(const Json& receipt) {
  std::vector<std::vector<std::string>> rows;
  const auto list = [&](std::string_view key) {
    const Json& table = at(receipt, key);
    if (table.as_object() == nullptr) return;
    for (const Json::Member& member : *table.as_object()) {
      if (rows.size() == kMostShown) {
        rows.push_back({"…", "more: `warrant receipt show RUN`"});
        return;
      }
      rows.push_back({disarmed(member.key, "\\"), codec::print_canonical(member.value)});
    }
  };
  list("files");
  list("origins");
  if (const std::uint64_t more = number_at(receipt, "files_more"); more != 0) {
    rows.push_back({"and", std::to_string(more) + " more uses of files"});
  }
  list("usage");
  return section("what it did", rows);
}

std::string what_it_was_refused(const std::vector<Json>& records) {
  std::map<std::vector<std::string>, std::uint64_t> refused;
  for (const Json& record : records) {
    const bool suppressed = text_at(record, "kind") == "audit.suppressed";
    const Json& what = suppressed ? at(record, "of") : record;
    if (text_at(what, "decision") != "deny") continue;
    std::string subject;
    for (const std::string_view key : {"path", "peer", "origin", "stream", "name", "limit"}) {
      if (subject.empty()) subject = text_at(what, key);
    }
    const std::string call =
        text_at(what, "call").empty() ? text_at(what, "kind") : text_at(what, "call");
    refused[{call, suppressed ? "(more, not listed)" : subject, text_at(what, "reason")}] +=
        suppressed ? number_at(record, "count") : 1;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [row, count] : refused) {
    if (rows.size() == kMostShown) break;
    rows.push_back(row);
    rows.back().push_back(count > 1 ? std::to_string(count) + " times" : "");
  }
  std::string text = section("what it was refused", rows);
  if (refused.size() > rows.size()) {
    text += "  and " + std::to_string(refused.size() - rows.size()) + " more kinds\n";
  }
  return text;
}

// Events beyond the caps, which have no record of their own.
std::string what_is_only_counted(const std::vector<Json>& records) {
  std::vector<std::vector<std::string>> rows;
  std::uint64_t all = 0;
  for (const Json& record : records) {
    if (text_at(record, "kind") != "audit.suppressed") continue;
    const Json& of = at(record, "of");
    const std::uint64_t times = number_at(record, "count");
    all += times;
    const std::string kind = text_at(of, "kind");
    const std::string reason = text_at(of, "reason");
    rows.push_back({kind.empty() ? "others" : kind, text_at(of, "call"), text_at(of, "decision"),
                    reason == "none" ? "" : reason, std::to_string(times) + " times"});
  }
  if (rows.empty()) return {};
  return section("events suppressed: " + std::to_string(all) +
                     " beyond the caps of the log, counted and not listed",
                 rows);
}

struct Seen {
  std::string line;
  Json record;
};

// Records of one moment keep the order of their run.
std::tuple<std::uint64_t, std::string, std::uint64_t> place_in_time(const Json& record) {
  return {number_at(record, "t"), text_at(record, "run"), number_at(record, "seq")};
}

// The records of a file from a byte on that pass; `from` moves behind the last whole line.
void read_records(const std::string& bytes, std::size_t& from, const RecordFilter& filter,
                  std::vector<Seen>& to) {
  for (std::size_t end = bytes.find('\n', from); end != std::string::npos;
       end = bytes.find('\n', from)) {
    std::string line = bytes.substr(from, end - from);
    from = end + 1;
    auto record = parse_line(line);
    if (!record || !passes(*record, filter)) continue;
    if (filter.kind.empty() && text_at(*record, "kind") == "block") continue;
    to.push_back({std::move(line), *std::move(record)});
  }
}

std::string print_seen(const std::vector<Seen>& records, RecordForm form) {
  std::string text;
  for (const Seen& seen : records) {
    text += form == RecordForm::kJson ? seen.line + "\n" : print_record(seen.record);
  }
  return text;
}

}  // namespace

int show_run(const AuditLog& log, const std::string& run, const RecordFilter& filter,
             RecordForm form) {
  std::vector<Json> records;
  std::string lines;
  for (const std::string& line : log.lines_of(run)) {
    auto record = parse_line(line);
    if (!record || !passes(*record, filter)) continue;
    lines += line + "\n";
    records.push_back(*std::move(record));
  }
  if (form == RecordForm::kJson) return put_json(lines) ? kDone : kOutputFailed;
  const bool filtered = !filter.kind.empty() || !filter.decision.empty() ||
                        !filter.reason.empty() || filter.since != 0;
  std::string text;
  if (filtered) {
    for (const Json& record : records) text += print_record(record);
    return put(text) ? kDone : kOutputFailed;
  }
  const Json* start = nullptr;
  const Json* end = nullptr;
  for (const Json& record : records) {
    const std::string kind = text_at(record, "kind");
    if (kind == "run.start") start = &record;
    if (kind == "run.end") end = &record;
    if (kind == "run.refused") text += print_record(record);
  }
  if (start != nullptr) text += what_it_was(*start, end);
  if (end != nullptr) text += what_it_could(at(*end, "receipt")) + what_it_did(at(*end, "receipt"));
  text += what_it_was_refused(records) + what_is_only_counted(records);
  return put(text) ? kDone : kOutputFailed;
}

int tail_records(const AuditLog& log, const RecordFilter& filter, RecordForm form, Follow follow) {
  std::map<std::string, std::size_t> places;
  std::vector<Seen> records;
  const auto look = [&] {
    records.clear();
    for (const std::string& file : log.files()) {
      read_records(log.read(file), places[file], filter, records);
    }
    std::sort(records.begin(), records.end(), [](const Seen& a, const Seen& b) {
      return place_in_time(a.record) < place_in_time(b.record);
    });
  };
  look();
  if (records.size() > kTailRecords && filter.since == 0) {
    records.erase(records.begin(), records.end() - kTailRecords);
  }
  for (;;) {
    const std::string seen = print_seen(records, form);
    const bool shown = form == RecordForm::kJson ? put_json(seen) : put(seen);
    if (!shown) return kOutputFailed;
    if (follow == Follow::kOnce) return kDone;
    const timespec pause{0, kFollowPause};
    (void)::nanosleep(&pause, nullptr);
    look();
  }
}

std::vector<RunLine> runs_of(const AuditLog& log, std::string_view beginning) {
  std::vector<Seen> starts;
  for (const std::string& file : log.files()) {
    std::size_t from = 0;
    read_records(log.read(file), from, {}, starts);
    std::erase_if(starts, [&](const Seen& seen) {
      const std::string kind = text_at(seen.record, "kind");
      return (kind != "run.start" && kind != "run.refused") ||
             !text_at(seen.record, "run").starts_with(beginning);
    });
  }
  std::sort(starts.begin(), starts.end(), [](const Seen& a, const Seen& b) {
    return place_in_time(a.record) > place_in_time(b.record);
  });
  std::vector<RunLine> runs;
  for (const Seen& seen : starts) {
    std::string run = text_at(seen.record, "run");
    if (!runs.empty() && runs.back().run == run) continue;
    std::string text = run + "  " +
                       std::string(audit::view(audit::print_time(number_at(seen.record, "t")))) +
                       "  " + text_at(at(seen.record, "module"), "name");
    runs.push_back({std::move(run), std::move(text)});
  }
  return runs;
}

std::string receipt_of(const AuditLog& log, const std::string& run) {
  for (const std::string& line : log.lines_of(run)) {
    const auto record = parse_line(line);
    if (record && text_at(*record, "kind") == "run.end") {
      return print_document(at(*record, "receipt"));
    }
  }
  return {};
}

std::optional<std::uint64_t> parse_since(std::string_view text) {
  if (text.ends_with(" ago")) {
    text.remove_suffix(4);
    if (!policy::parse_duration(text)) return std::nullopt;
  }
  constexpr std::uint64_t kNanosPerMicro = 1'000;
  if (const auto ago = policy::parse_duration(text)) {
    const std::uint64_t now = os::wall_micros();
    const std::uint64_t span = count(*ago) / kNanosPerMicro;
    return now > span ? now - span : 0;
  }
  const std::string whole =
      text.size() == 10 ? std::string(text) + "T00:00:00Z" : std::string(text);
  const auto point = policy::parse_timestamp(whole);
  if (!point) return std::nullopt;
  return policy::count(*point) / kNanosPerMicro;
}

std::optional<std::array<std::byte, 32>> parse_seed(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto digest = codec::Digest::parse_hex(text);
  if (!digest) return std::nullopt;
  std::array<std::byte, 32> seed;
  std::copy(digest->bytes().begin(), digest->bytes().end(), seed.begin());
  return seed;
}

}  // namespace warrant::cli
