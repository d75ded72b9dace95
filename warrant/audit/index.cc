// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/index.h"

#include <algorithm>
#include <array>

#include "warrant/audit/line_text.h"
#include "warrant/base/bytes.h"
#include "warrant/codec/json.h"

namespace warrant::audit {
namespace {

constexpr std::string_view kHeadKey = ",\"head\":\"";
constexpr std::string_view kIndexName = "index.jsonl";
constexpr std::size_t kHex = 64;
constexpr std::size_t kClosing = 2;  // "}
constexpr std::array<IndexKind, 5> kKinds = {IndexKind::kOpen, IndexKind::kRoll, IndexKind::kClose,
                                             IndexKind::kPrune, IndexKind::kTorn};

codec::Digest head_of(const Keys& keys, const codec::Digest& before, std::string_view torn,
                      std::string_view signed_part) noexcept {
  codec::HmacSha256 mac(keys.index());
  mac.update(before.bytes());
  mac.update(bytes_of(torn));
  mac.update(bytes_of(signed_part));
  return mac.finish();
}

// The entry up to its head's first digit.
std::string print_entry(const IndexEntry& entry) {
  LineText text(nullptr);
  Line& line = text.line();
  line.open('{');
  line.number("v", 1);
  line.number("n", entry.n);
  line.number("t", entry.t);
  line.text("kind", word(entry.kind));
  if (entry.kind == IndexKind::kTorn) {
    line.number("size", entry.size);
  } else {
    line.text("file", entry.file);
    line.text("id", entry.id);
    if (entry.pid != 0) line.number("pid", entry.pid);
  }
  if (entry.kind == IndexKind::kRoll || entry.kind == IndexKind::kClose) {
    line.number("runs", entry.runs);
    line.number("records", entry.records);
    line.number("size", entry.size);
  }
  if (!entry.first.empty()) line.text("first", entry.first);
  if (!entry.last.empty()) line.text("last", entry.last);
  line.raw(kHeadKey);
  return text.take();
}

std::string seal(IndexEntry& entry, const codec::Digest& before, std::string_view torn,
                 const Keys& keys) {
  std::string text = print_entry(entry);
  entry.head = head_of(keys, before, torn, text).hex();
  return text + entry.head + "\"}\n";
}

// The part that a head covers; nothing when the line does not end as an entry does.
std::optional<std::string_view> signed_part(std::string_view line) {
  constexpr std::size_t kTail = kHex + kClosing;
  if (line.size() < kTail + kHeadKey.size() || !line.ends_with("\"}")) return std::nullopt;
  const std::string_view part = line.substr(0, line.size() - kTail);
  if (!part.ends_with(kHeadKey)) return std::nullopt;
  return part;
}

std::optional<IndexEntry> parse_entry(std::string_view line) {
  codec::JsonDiagnosis why;
  const auto json = codec::parse_json(line, {}, why);
  if (!json) return std::nullopt;
  IndexEntry entry;
  const auto text = [&](std::string_view key) -> std::string {
    const codec::Json* found = json->find(key);
    const std::string* string = found == nullptr ? nullptr : found->as_string();
    return string == nullptr ? std::string() : *string;
  };
  const auto number = [&](std::string_view key) -> std::uint64_t {
    const codec::Json* found = json->find(key);
    const auto value = found == nullptr ? std::nullopt : found->as_integer();
    return value && *value >= 0 ? static_cast<std::uint64_t>(*value) : 0;
  };
  const std::string kind = text("kind");
  const auto known = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](IndexKind each) { return word(each) == kind; });
  if (known == kKinds.end()) return std::nullopt;
  entry.kind = *known;
  entry.n = number("n");
  entry.t = number("t");
  entry.file = text("file");
  entry.id = text("id");
  entry.pid = number("pid");
  entry.runs = number("runs");
  entry.records = number("records");
  entry.size = number("size");
  entry.first = text("first");
  entry.last = text("last");
  entry.head = text("head");
  if (entry.head.size() != kHex) return std::nullopt;
  return entry;
}

}  // namespace

std::string_view word(IndexKind kind) noexcept {
  switch (kind) {
    case IndexKind::kOpen:
      return "open";
    case IndexKind::kRoll:
      return "roll";
    case IndexKind::kClose:
      return "close";
    case IndexKind::kPrune:
      return "prune";
    case IndexKind::kTorn:
      return "torn";
  }
  return "open";
}

std::string_view word(Damage damage) noexcept {
  constexpr std::array<std::string_view, 9> kWords = {"edited",    "cut",          "lines_removed",
                                                      "reordered", "added",        "swapped",
                                                      "missing",   "unknown_file", "index_cut"};
  return kWords[static_cast<std::size_t>(damage)];
}

std::string_view describe(Damage damage) noexcept {
  constexpr std::array<std::string_view, 9> kTexts = {
      "differs from what was written",
      "ends too early",
      "lines are missing here",
      "lines stand in another order",
      "holds lines that Warrant did not write",
      "holds what was written under another name",
      "is not there, and no pruning says why",
      "is not in the index",
      "ends before the head that was kept elsewhere"};
  return kTexts[static_cast<std::size_t>(damage)];
}

std::optional<std::string> append_entry(IndexEntry& entry, std::string_view tail, bool value,
                                        const Keys& keys) {
  const bool whole = value;
  codec::Digest before = keys.index_start();
  std::string lines;
  // Behind the last whole entry there is nothing, or what a crash has cut.
  std::string_view torn = tail;
  entry.n = 0;
  const bool cut = !tail.empty() && !tail.ends_with('\n');
  bool found = false;
  for (std::size_t end = tail.rfind('\n'); !found && end != std::string_view::npos;) {
    const std::size_t start = end == 0 ? std::string_view::npos : tail.rfind('\n', end - 1);
    if (start == std::string_view::npos && !whole) return std::nullopt;
    const std::size_t from = start == std::string_view::npos ? 0 : start + 1;
    const auto last = parse_entry(tail.substr(from, end - from));
    if (!last && !cut) return std::nullopt;  // a whole line that is no entry: damage
    if (last) {
      const auto digest = codec::Digest::parse_hex(last->head);
      if (!digest) return std::nullopt;
      before = *digest;
      entry.n = last->n + 1;
      torn = tail.substr(end + 1);
      found = true;
    }
    end = start;
  }
  if (!found && !whole) return std::nullopt;
  if (!torn.empty()) {
    const auto part = signed_part(torn);
    const auto last = part ? parse_entry(torn) : std::nullopt;
    const codec::Digest head = part ? head_of(keys, before, {}, *part) : before;
    if (last && head.hex() == last->head) {
      // Whole but for its line feed.
      lines = "\n";
      before = head;
      entry.n = last->n + 1;
    } else {
      IndexEntry closing;
      closing.kind = IndexKind::kTorn;
      closing.n = entry.n++;
      closing.t = entry.t;
      closing.size = torn.size();
      lines = "\n" + seal(closing, before, torn, keys);
      before = *codec::Digest::parse_hex(closing.head);
    }
  }
  return lines + seal(entry, before, {}, keys);
}

IndexReading read_index(std::string_view bytes, const Keys& keys) {
  IndexReading reading;
  codec::Digest before = keys.index_start();
  std::uint64_t number = 0;
  std::uint64_t expected = 0;
  // From the first line that is no entry: cut by a crash, if an entry says so, or damage.
  std::string_view doubted;
  std::uint64_t doubted_line = 0;
  std::size_t doubted_at = 0;
  const auto damage = [&](std::uint64_t line, Damage kind) {
    reading.findings.push_back({std::string(kIndexName), line, kind});
  };
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::size_t at = bytes.size() - rest.size();
    const std::size_t end = rest.find('\n');
    ++number;
    if (end == std::string_view::npos) {
      reading.torn = true;
      break;
    }
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const auto part = signed_part(line);
    auto entry = part ? parse_entry(line) : std::nullopt;
    if (doubted_line != 0) doubted = bytes.substr(doubted_at, at - 1 - doubted_at);
    const bool closes = entry && entry->kind == IndexKind::kTorn && doubted_line != 0 &&
                        entry->size == doubted.size();
    if (!entry || (doubted_line != 0 && !closes)) {
      if (doubted_line == 0) {
        doubted_line = number;
        doubted_at = at;
      }
      continue;
    }
    const codec::Digest head = head_of(keys, before, closes ? doubted : std::string_view{}, *part);
    const auto claimed = codec::Digest::parse_hex(entry->head);
    // Lower case only: every byte counts.
    if (!claimed || head != *claimed || head.hex() != entry->head) {
      damage(number, entry->n > expected   ? Damage::kRemoved
                     : entry->n < expected ? Damage::kReordered
                                           : Damage::kEdited);
      return reading;
    }
    if (closes) reading.torn = true;
    doubted_line = 0;
    before = head;
    expected = entry->n + 1;
    entry->line = number;
    reading.entries.push_back(std::move(*entry));
  }
  if (doubted_line != 0) damage(doubted_line, Damage::kEdited);
  return reading;
}

}  // namespace warrant::audit
