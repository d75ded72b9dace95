// SPDX-License-Identifier: Apache-2.0
#pragma once
// The members of records and of receipts, by allowlist: what is not printed here is in no log.
// Allocates nothing. Spec: audit.md sections 1, 5, 6; docs/formats/audit.md.
#include <span>
#include <string_view>

#include "warrant/audit/line.h"
#include "warrant/audit/ring.h"
#include "warrant/audit/tally.h"
#include "warrant/audit/time_text.h"
#include "warrant/audit/uses.h"

namespace warrant::audit {

struct RunEnd;

// What records of one shape have in common: all members between the kind and the path. `warrant`:
// that member, printed. Nothing that lies in the ring.
void print_shape(Line& line, const Record& record, std::string_view warrant);
bool have_one_shape(const Event& a, const Event& b) noexcept;
// What is a record's own.
void print_rest(Line& line, const Record& record);
void print_suppressed(Line& line, const Tally::Row& row);

// `ended`, `exit`, `usage`, `limits_hit`.
void print_outcome(Line& line, const RunEnd& end, std::string_view ended);
// kind -> reason -> count; "allow" and "error" where there is no reason.
void print_decisions(Line& line, std::span<const Tally::Row> rows);
void print_files(Line& line, const Uses& uses);
void print_origins(Line& line, const Uses& uses);

}  // namespace warrant::audit
