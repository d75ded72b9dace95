// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads a log file as its chain says it was written, and tells what is wrong with it.
//
// Pure: bytes and what the index claims in, findings and the runs out. A file whose last block is
// not finished is incomplete, not damaged, unless the index says that it was closed. Any bytes may
// come in. Does not find that a file was removed with its entries: that needs a head kept
// elsewhere. Spec: audit.md sections 3 and 4.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/audit/finding.h"
#include "warrant/audit/index.h"
#include "warrant/audit/keys.h"

namespace warrant::audit {

// What the index says of one file, its entries taken together.
struct FileClaim {
  std::string file;
  std::string id;
  bool closed = false;
  bool pruned = false;
  std::uint64_t opened_as = 0;  // numbers of the entries that say so
  std::uint64_t closed_as = 0;
  std::uint64_t size = 0;  // when closed
  std::uint64_t records = 0;
  std::string last;
};
std::vector<FileClaim> claims_of(const IndexReading& index);

struct RunSeen {
  std::string run;
  std::string started_as;        // "run.start", "run.refused"; empty: its start is not there
  std::uint64_t started_at = 0;  // microseconds since 1970
  bool ended = false;
  std::uint64_t next_seq = 0;
};

struct FileReading {
  std::vector<RunSeen> runs;  // in the order of their first records
  std::vector<Finding> findings;
  std::uint64_t records = 0;      // in finished blocks
  std::uint64_t loose_lines = 0;  // behind the last finished block
  bool torn = false;              // the last line is cut
  std::string last;               // MAC of the last finished block
  // Nothing is wrong, everything that began has ended, and the index has closed the file.
  bool is_whole(const FileClaim& claim) const noexcept;
};
FileReading read_log_file(std::string_view bytes, const FileClaim& claim, const Keys& keys);

// The run and number of a line without reading all of it; nothing where it is no record.
struct LineHead {
  std::string_view run;
  std::uint64_t seq = 0;
  std::uint64_t t = 0;
  std::string_view kind;
};
std::optional<LineHead> head_of_line(std::string_view line);

}  // namespace warrant::audit
