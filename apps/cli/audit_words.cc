// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/audit_words.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "apps/cli/flags.h"
#include "warrant/audit/event.h"
#include "warrant/cap/reason.h"
#include "warrant/codec/text.h"

namespace warrant::cli {
namespace {

std::vector<std::string_view> known_kinds() {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < audit::kKinds; ++at) {
    const auto kind = static_cast<audit::Kind>(at);
    if (kind != audit::Kind::kEmbedder) words.push_back(audit::word(kind));
  }
  return words;
}

std::vector<std::string_view> known_reasons() {
  std::vector<std::string_view> words;
  for (std::uint16_t at = 1;; ++at) {
    const std::string_view word = cap::word(static_cast<cap::Reason>(at));
    if (word == "unknown") return words;
    words.push_back(word);
  }
}

// What no record can say is told, and not looked for.
bool is_known(std::string_view flag, std::string_view value,
              std::span<const std::string_view> known, std::string_view hint, Voice& voice) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return true;
  const auto near = nearest(value, known);
  voice.error(std::string(flag) + ": no record says \"" + codec::escape_text(value) + "\"", {},
              near ? "did you mean " + std::string(*near) + "?" : std::string(hint));
  return false;
}

}  // namespace

bool has_known_words(const RecordFilter& filter, Voice& voice) {
  constexpr auto kDecisions = std::to_array<std::string_view>({"allow", "deny", "error"});
  // The embedder's functions are called as it likes.
  const bool embedded = filter.kind.starts_with("x.") && filter.kind.size() > 2;
  return (filter.kind.empty() || embedded ||
          is_known("--kind", filter.kind, known_kinds(), "--kind fs, run.end, fetch, x.NAME",
                   voice)) &&
         (filter.decision.empty() ||
          is_known("--decision", filter.decision, kDecisions, "allow, deny or error", voice)) &&
         (filter.reason.empty() ||
          is_known("--reason", filter.reason, known_reasons(),
                   "`warrant audit tail` shows reasons behind what was denied", voice));
}

}  // namespace warrant::cli
