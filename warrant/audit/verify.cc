// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/verify.h"

#include <algorithm>

#include "warrant/base/bytes.h"
#include "warrant/codec/json.h"

namespace warrant::audit {
namespace {

constexpr std::string_view kMacKey = ",\"mac\":\"";
constexpr std::string_view kPrevKey = ",\"prev\":\"";
constexpr std::string_view kCountKey = ",\"count\":";
constexpr std::size_t kHex = 64;

bool take(std::string_view& rest, std::string_view prefix) {
  if (!rest.starts_with(prefix)) return false;
  rest.remove_prefix(prefix.size());
  return true;
}

std::optional<std::uint64_t> take_number(std::string_view& rest) {
  std::uint64_t number = 0;
  std::size_t digits = 0;
  while (digits < rest.size() && digits < 19 && rest[digits] >= '0' && rest[digits] <= '9') {
    number = number * 10 + static_cast<std::uint64_t>(rest[digits++] - '0');
  }
  if (digits == 0) return std::nullopt;
  rest.remove_prefix(digits);
  return number;
}

std::string_view take_until(std::string_view& rest, char end) {
  const std::size_t at = std::min(rest.find(end), rest.size());
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at);
  return taken;
}

// The 64 digits behind a key; empty when there are none.
std::string_view hex_behind(std::string_view line, std::string_view key) {
  const std::size_t at = line.find(key);
  if (at == std::string_view::npos || line.size() < at + key.size() + kHex) return {};
  return line.substr(at + key.size(), kHex);
}

class Reader {
 public:
  Reader(std::string_view bytes, const FileClaim& claim, const Keys& keys, FileReading& reading)
      : rest_(bytes), claim_(claim), keys_(keys), reading_(reading) {}

  void read() {
    mac_ = keys_.file_start(claim_.file, claim_.id);
    while (!rest_.empty()) {
      const std::size_t end = rest_.find('\n');
      ++number_;
      if (end == std::string_view::npos) {
        reading_.torn = true;
        break;
      }
      lines_.push_back(rest_.substr(0, end));
      rest_.remove_prefix(end + 1);
      const auto head = head_of_line(lines_.back());
      if (head && head->kind == "block") {
        if (!finish_block()) return;
      }
    }
    reading_.loose_lines = lines_.size();
    reading_.last = mac_.hex();
  }

 private:
  void damage(std::uint64_t line, Damage kind) {
    reading_.findings.push_back({claim_.file, line, kind});
  }

  codec::Digest mac_behind(const codec::Digest& before) const {
    codec::HmacSha256 mac(keys_.block());
    mac.update(before.bytes());
    for (std::size_t at = 0; at + 1 < lines_.size(); ++at) {
      mac.update(bytes_of(lines_[at]));
      mac.update(bytes_of("\n"));
    }
    const std::string_view last = lines_.back();
    mac.update(bytes_of(last.substr(0, last.size() - kHex - 2)));
    return mac.finish();
  }

  // The digits at the end of a block's line, where they belong.
  std::string_view claimed_mac() const {
    const std::string_view line = lines_.back();
    if (line.size() < kMacKey.size() + kHex + 2 || !line.ends_with("\"}")) return {};
    const std::string_view before = line.substr(0, line.size() - kHex - 2);
    return before.ends_with(kMacKey) ? line.substr(before.size(), kHex) : std::string_view{};
  }

  bool finish_block() {
    const std::string_view claimed = claimed_mac();
    if (claimed.empty() || mac_behind(mac_).hex() != claimed) {
      explain(claimed);
      return false;
    }
    for (const std::string_view line : lines_) account(line);
    mac_ = *codec::Digest::parse_hex(claimed);
    reading_.records += lines_.size();
    first_line_ += lines_.size();
    lines_.clear();
    return true;
  }

  RunSeen& run(std::string_view id) {
    for (RunSeen& seen : reading_.runs) {
      if (seen.run == id) return seen;
    }
    reading_.runs.push_back({std::string(id), {}, 0, false, 0});
    return reading_.runs.back();
  }

  void account(std::string_view line) {
    const auto head = head_of_line(line);
    if (!head) return;
    RunSeen& seen = run(head->run);
    seen.next_seq = head->seq + 1;
    if (head->kind == "run.start" || head->kind == "run.refused") {
      seen.started_as = head->kind;
      seen.started_at = head->t;
    }
    if (head->kind == "run.end" || head->kind == "run.refused") seen.ended = true;
  }

  // The block is not what was written: which line, and what became of it.
  void explain(std::string_view claimed) {
    // Genuine, but not in this place?
    const auto told = codec::Digest::parse_hex(hex_behind(lines_.back(), kPrevKey));
    if (told && !claimed.empty() && mac_behind(*told).hex() == claimed) {
      const bool first = first_line_ == 1;
      damage(first_line_, !first || is_moved() ? Damage::kRemoved : Damage::kSwapped);
      return;
    }
    std::vector<std::pair<std::string_view, std::uint64_t>> next;
    std::uint64_t at = first_line_;
    for (const std::string_view line : lines_) {
      const auto head = head_of_line(line);
      if (!head) return damage(at, Damage::kEdited);
      auto found = std::find_if(next.begin(), next.end(),
                                [&](const auto& each) { return each.first == head->run; });
      if (found == next.end()) {
        next.emplace_back(head->run, run(head->run).next_seq);
        found = next.end() - 1;
      }
      if (head->seq > found->second) return damage(at, lost(lines_, *head, found->second));
      if (head->seq < found->second) return damage(at, Damage::kReordered);
      ++found->second;
      ++at;
    }
    damage(first_line_, counts_more() ? Damage::kRemoved : Damage::kEdited);
  }

  // The number that is missing here stands further down: the lines changed places.
  static Damage lost(const std::vector<std::string_view>& lines, const LineHead& head,
                     std::uint64_t wanted) {
    for (const std::string_view line : lines) {
      const auto other = head_of_line(line);
      if (other && other->run == head.run && other->seq == wanted) return Damage::kReordered;
    }
    return Damage::kRemoved;
  }

  // The file's own first block is gone: what stands first began with a later number.
  bool is_moved() const {
    const auto head = head_of_line(lines_.front());
    return head && head->run == claim_.id && head->seq != 0;
  }

  bool counts_more() const {
    std::string_view line = lines_.back();
    const std::size_t at = line.find(kCountKey);
    if (at == std::string_view::npos) return false;
    line.remove_prefix(at + kCountKey.size());
    const auto told = take_number(line);
    return told && *told + 1 > lines_.size();
  }

  std::string_view rest_;
  const FileClaim& claim_;
  const Keys& keys_;
  FileReading& reading_;
  codec::Digest mac_;
  std::vector<std::string_view> lines_;  // of the block being read
  std::uint64_t number_ = 0;
  std::uint64_t first_line_ = 1;
};

}  // namespace

std::optional<LineHead> head_of_line(std::string_view line) {
  LineHead head;
  if (!take(line, "{\"v\":1,\"run\":\"")) return std::nullopt;
  head.run = take_until(line, '"');
  if (!take(line, "\",")) return std::nullopt;
  if (take(line, "\"parent\":\"")) {
    (void)take_until(line, '"');
    if (!take(line, "\",")) return std::nullopt;
  }
  if (!take(line, "\"seq\":")) return std::nullopt;
  const auto seq = take_number(line);
  if (!seq || !take(line, ",\"t\":")) return std::nullopt;
  const auto t = take_number(line);
  if (!t || !take(line, ",\"kind\":\"")) return std::nullopt;
  head.seq = *seq;
  head.t = *t;
  head.kind = take_until(line, '"');
  return head;
}

bool FileReading::is_whole(const FileClaim& claim) const noexcept {
  return findings.empty() && !torn && loose_lines == 0 && claim.closed &&
         std::all_of(runs.begin(), runs.end(),
                     [](const RunSeen& run) { return run.ended && !run.started_as.empty(); });
}

FileReading read_log_file(std::string_view bytes, const FileClaim& claim, const Keys& keys) {
  FileReading reading;
  Reader(bytes, claim, keys, reading).read();
  if (!reading.findings.empty() || !claim.closed) return reading;
  if (bytes.size() < claim.size) {
    reading.findings.push_back({claim.file, reading.records + 1, Damage::kCut});
  } else if (bytes.size() > claim.size) {
    reading.findings.push_back({claim.file, reading.records + 1, Damage::kAdded});
  } else if (reading.last != claim.last || reading.torn || reading.loose_lines != 0) {
    reading.findings.push_back({claim.file, reading.records + 1, Damage::kEdited});
  }
  return reading;
}

std::vector<FileClaim> claims_of(const IndexReading& index) {
  std::vector<FileClaim> claims;
  std::map<std::string_view, std::size_t> places;
  for (const IndexEntry& entry : index.entries) {
    if (entry.kind == IndexKind::kTorn) continue;
    const auto [place, made] = places.emplace(entry.file, claims.size());
    if (made) claims.push_back({.file = entry.file, .id = entry.id, .opened_as = entry.n});
    FileClaim& claim = claims[place->second];
    if (entry.kind == IndexKind::kPrune) claim.pruned = true;
    if (entry.kind != IndexKind::kClose && entry.kind != IndexKind::kRoll) continue;
    claim.closed = true;
    claim.closed_as = entry.n;
    claim.size = entry.size;
    claim.records = entry.records;
    claim.last = entry.last;
  }
  return claims;
}

}  // namespace warrant::audit
