// SPDX-License-Identifier: Apache-2.0
#pragma once
// Records as people read them: one run's account, and the latest of all runs.
// Spec: audit.md section 4.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warrant/lib/audit_log.h"

namespace warrant::cli {

// What is empty or zero lets everything pass.
struct RecordFilter {
  std::string kind;
  std::string decision;
  std::string reason;
  std::string label_name;
  std::string label_value;
  std::uint64_t since = 0;  // microseconds since 1970
};

enum class RecordForm : std::uint8_t { kText, kJson };
enum class Follow : std::uint8_t { kOnce, kOn };

// The runs on record whose id begins so, the newest first, each with a line that tells it apart.
struct RunLine {
  std::string run;
  std::string text;
};
std::vector<RunLine> runs_of(const AuditLog& log, std::string_view beginning);

int show_run(const AuditLog& log, const std::string& run, const RecordFilter& filter,
             RecordForm form);
int tail_records(const AuditLog& log, const RecordFilter& filter, RecordForm form, Follow follow);
// Indented; empty: there is none.
std::string receipt_of(const AuditLog& log, const std::string& run);

// "90m", "90m ago", "2026-11-21", "2026-11-21T17:00:00Z".
std::optional<std::uint64_t> parse_since(std::string_view text);
// 64 hexadecimal digits, perhaps a line feed behind them.
std::optional<std::array<std::byte, 32>> parse_seed(std::string_view text);

}  // namespace warrant::cli
