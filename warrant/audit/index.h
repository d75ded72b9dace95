// SPDX-License-Identifier: Apache-2.0
#pragma once
// The index of a log directory: which files there are or were, chained by a key of its own.
//
// An entry is one line whose `head` is HMAC-SHA-256(index key, previous head ‖ the entry up to the
// head's first digit); the first follows Keys::index_start(). A line that was cut by a crash is
// closed by the next writer with an entry of kind `torn`, whose head also covers the cut line.
// Pure: bytes in, lines or findings out. Format: docs/formats/audit.md. Spec: audit.md section 3.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/audit/finding.h"
#include "warrant/audit/keys.h"

namespace warrant::audit {

enum class IndexKind : std::uint8_t { kOpen, kRoll, kClose, kPrune, kTorn };
std::string_view word(IndexKind kind) noexcept;

struct IndexEntry {
  IndexKind kind = IndexKind::kOpen;
  std::uint64_t n = 0;  // from 0, no gaps
  std::uint64_t t = 0;
  std::string file;  // "2026-11-21/ID.jsonl"
  std::string id;    // that it was opened with
  std::uint64_t pid = 0;
  std::uint64_t runs = 0;  // kRoll, kClose
  std::uint64_t records = 0;
  std::uint64_t size = 0;  // bytes; kTorn: of the cut line
  std::string first;       // MAC before the first block
  std::string last;        // MAC of the last one
  std::string head;        // once printed or read
  std::uint64_t line = 0;  // where it stands, from 1
};

// Enough of the end of an index to go on from it.
inline constexpr std::size_t kIndexTail = 4096;

// The lines that append `entry` (whose n and head are set here) to an index of which `tail` is the
// end; `whole`: the tail is the whole file. A torn line at the end is closed first. Nothing: the
// end is not readable as entries, and nothing may be appended to it.
std::optional<std::string> append_entry(IndexEntry& entry, std::string_view tail, bool value,
                                        const Keys& keys);

struct IndexReading {
  std::vector<IndexEntry> entries;
  std::vector<Finding> findings;
  bool torn = false;  // the last line is cut: by a crash, or by somebody
};
IndexReading read_index(std::string_view bytes, const Keys& keys);

}  // namespace warrant::audit
