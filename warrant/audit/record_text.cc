// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/record_text.h"

#include <array>

#include "warrant/audit/long_path.h"
#include "warrant/audit/recorder.h"

namespace warrant::audit {
namespace {

void print_path(Line& line, std::string_view name, const Event& event, std::string_view text,
                std::uint32_t whole) {
  if (text.empty()) return;
  line.key(name);
  if (event.kind == Kind::kFs) {
    line.path_value(text);
  } else {
    line.stranger_value(text, whole);
  }
}

void print_decision(Line& line, const Event& event) {
  if (event.decision != Decision::kNone) line.text("decision", word(event.decision));
  if (event.reason != cap::Reason::kNone) line.text("reason", cap::word(event.reason));
  line.integer("grant", static_cast<std::int64_t>(event.grant));
}

void print_call(Line& line, const Event& event) {
  if (!event.operation.empty()) line.text("call", event.operation);
  if (event.error != 0) line.number("errno", event.error);
}

void print_limit(Line& line, const Event& event) {
  line.text("limit", event.operation);
  line.number("value", event.limit);
  if (event.bytes != 0) line.number("wanted", event.bytes);
}

std::string_view path_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::kNet:
      return "peer";
    case Kind::kConsole:
      return "stream";
    case Kind::kFetch:
      return "origin";
    case Kind::kTrap:
      return "message";
    case Kind::kFs:
      return "path";
    case Kind::kEnv:
    case Kind::kClock:
    case Kind::kEntropy:
    case Kind::kImport:
    case Kind::kSecret:
    case Kind::kProcess:
    case Kind::kEmbedder:
    case Kind::kLimit:
    case Kind::kCache:
    case Kind::kRunStart:
    case Kind::kRunRefused:
    case Kind::kRunEnd:
    case Kind::kSuppressed:
    case Kind::kBlock:
      break;
  }
  return "name";
}

// "allow" and "error" where there is no reason, or none that matters.
std::string_view decision_word(const Tally::Row& row) noexcept {
  const bool plain = row.reason == cap::Reason::kNone || row.decision == Decision::kAllow;
  return plain ? word(row.decision) : cap::word(row.reason);
}

}  // namespace

bool have_one_shape(const Event& a, const Event& b) noexcept {
  return a.kind == b.kind && a.kind != Kind::kLimit && a.kind != Kind::kEmbedder &&
         a.decision == b.decision && a.reason == b.reason && a.grant == b.grant &&
         a.error == b.error && is_same_word(a.operation, b.operation);
}

void print_shape(Line& line, const Record& record, std::string_view warrant) {
  const Event& event = record.event;
  print_decision(line, event);
  if (record.stamp.intent) line.truth("intent", true);
  if (event.kind == Kind::kFs || event.kind == Kind::kFetch) line.members(warrant);
  if (event.kind == Kind::kLimit) {
    print_limit(line, event);
  } else if (event.kind != Kind::kTrap) {
    print_call(line, event);
  }
  if (event.kind == Kind::kFs) line.text("operation", operation_of(event.operation));
}

void print_rest(Line& line, const Record& record) {
  const Event& event = record.event;
  print_path(line, path_name(event.kind), event, event.path, record.path_bytes);
  print_path(line, event.kind == Kind::kImport ? "module" : "second_path", event, event.second_path,
             record.second_path_bytes);
  const bool counts = event.kind == Kind::kFs || event.kind == Kind::kNet ||
                      event.kind == Kind::kEntropy || event.kind == Kind::kConsole;
  if (counts && event.bytes != 0) line.number("bytes", event.bytes);
  if (record.count > 1) line.number("count", record.count);
  line.members(event.fields);
}

void print_suppressed(Line& line, const Tally::Row& row) {
  line.key("of");
  line.open('{');
  if (row.kind != Kind::kSuppressed) {
    line.text("kind", word(row.kind));
    line.text("decision", word(row.decision));
    line.text("reason", cap::word(row.reason));
    line.text("call", row.operation);
    line.integer("grant", static_cast<std::int64_t>(row.grant));
  }
  line.close('}');
  line.number("count", row.count);
}

void print_outcome(Line& line, const RunEnd& end, std::string_view ended) {
  line.text("ended", ended);
  line.key("exit");
  line.open('{');
  line.members(end.exit);
  line.close('}');
  line.key("usage");
  line.open('{');
  line.members(end.usage);
  line.close('}');
  line.key("limits_hit");
  line.open('[');
  line.members(end.limits_hit);
  line.close(']');
}

void print_decisions(Line& line, std::span<const Tally::Row> rows) {
  const auto first = [&](std::size_t at, auto same) {
    for (std::size_t before = 0; before < at; ++before) {
      if (same(rows[before], rows[at])) return false;
    }
    return true;
  };
  const auto same_kind = [](const Tally::Row& a, const Tally::Row& b) { return a.kind == b.kind; };
  const auto same_word = [&](const Tally::Row& a, const Tally::Row& b) {
    return same_kind(a, b) && decision_word(a) == decision_word(b);
  };
  line.key("decisions");
  line.open('{');
  // Rows of one kind need not stand together.
  for (std::size_t at = 0; at < rows.size(); ++at) {
    if (!first(at, same_kind)) continue;
    line.key(word(rows[at].kind));
    line.open('{');
    for (std::size_t each = at; each < rows.size(); ++each) {
      if (!same_kind(rows[each], rows[at]) || !first(each, same_word)) continue;
      std::uint64_t sum = 0;
      for (const Tally::Row& row : rows) sum += same_word(row, rows[each]) ? row.count : 0;
      line.number(decision_word(rows[each]), sum);
    }
    line.close('}');
  }
  line.close('}');
}

namespace {

void print_name(Line& line, std::string_view path, std::size_t mark) {
  if (mark == 0) return line.told_path_value(path, {}, {});
  constexpr std::size_t kMark = LongPath::kMarkBytes;
  line.told_path_value(path.substr(0, mark), path.substr(mark, kMark), path.substr(mark + kMark));
}

}  // namespace

void print_files(Line& line, const Uses& uses) {
  line.key("files");
  line.open('{');
  for (const Effect wanted :
       {Effect::kWrite, Effect::kReplace, Effect::kCreate, Effect::kRemove, Effect::kRead}) {
    for (const auto& [path, use] : uses.files()) {
      if (use.importance() != wanted) continue;
      line.next();
      print_name(line, path, use.mark);
      line.raw(":");
      line.open('{');
      if (use.changes > 0) line.number("written", use.written);
      if (use.replaced > 0) line.number("replaced", use.replaced);
      if (use.created > 0) line.number("created", use.created);
      if (use.removed > 0) line.number("removed", use.removed);
      if (use.read > 0) line.number("read", use.read);
      line.close('}');
    }
  }
  line.close('}');
  line.number("files_more", uses.more_files());
}

void print_origins(Line& line, const Uses& uses) {
  line.key("origins");
  line.open('{');
  for (const auto& [origin, use] : uses.origins()) {
    line.next();
    line.told_value(origin);
    line.raw(":");
    line.open('{');
    line.number("requests", use.requests);
    line.number("bytes_out", use.bytes_out);
    line.number("bytes_in", use.bytes_in);
    line.number("denied", use.denied);
    line.close('}');
  }
  line.close('}');
  line.number("origins_more", uses.more_origins());
}

}  // namespace warrant::audit
