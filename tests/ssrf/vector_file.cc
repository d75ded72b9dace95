// SPDX-License-Identifier: Apache-2.0
#include "tests/ssrf/vector_file.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "warrant/cap/reason.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/reasons.h"

namespace warrant::ssrf {
namespace {

constexpr std::string_view kPolicies[] = {"A0", "A1", "A2", "A3", "P0",
                                          "P1", "P2", "P3", "P4", "-"};
constexpr std::string_view kExpectations[] = {"allow", "deny", "error"};

constexpr std::string_view kColumns = "id\tlayer\tpolicy\tinput\texpect\treason\t";

// Tabs and printable ASCII.
bool is_plain(std::string_view line) {
  return std::all_of(line.begin(), line.end(),
                     [](char c) { return c == '\t' || (c >= 0x20 && c <= 0x7E); });
}

template <typename Words>
bool is_one_of(std::string_view word, const Words& words) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool is_reason(std::string_view word) {
  for (unsigned n = 1; n <= static_cast<unsigned>(cap::Reason::kMethod); ++n) {
    const auto reason = static_cast<cap::Reason>(n);
    if (fetch::find_family(reason) != nullptr && cap::word(reason) == word) return true;
  }
  return false;
}

std::optional<std::string> unescape(std::string_view text) {
  constexpr std::pair<char, char> kPlain[] = {{'\\', '\\'}, {'t', '\t'}, {'n', '\n'}, {'r', '\r'}};
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      out += text[at];
      continue;
    }
    if (++at == text.size()) return std::nullopt;
    const auto* plain = std::find_if(std::begin(kPlain), std::end(kPlain),
                                     [&](const auto& each) { return each.first == text[at]; });
    if (plain != std::end(kPlain)) {
      out += plain->second;
      continue;
    }
    if (text[at] != 'x' || at + 2 >= text.size()) return std::nullopt;
    const auto high = fetch::detail::hex_digit(text[at + 1]);
    const auto low = fetch::detail::hex_digit(text[at + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    at += 2;
  }
  return out;
}

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t tab = line.find('\t');
    fields.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return fields;
    line.remove_prefix(tab + 1);
  }
}

// Nothing: a vector was added.
std::optional<std::string> add_line(std::string_view line, std::vector<Vector>& out) {
  const auto fields = split(line);
  if (fields.size() != 9) return std::to_string(fields.size()) + " fields instead of 9";
  if (!is_one_of(fields[1], kLayers)) return "unknown layer " + std::string(fields[1]);
  if (!is_one_of(fields[2], kPolicies)) return "unknown policy " + std::string(fields[2]);
  if (!is_one_of(fields[4], kExpectations)) return "unknown expectation " + std::string(fields[4]);
  if (!is_reason(fields[5])) return "unknown reason " + std::string(fields[5]);
  auto input = unescape(fields[3]);
  if (!input) return "bad escape";
  out.push_back({std::string(fields[0]), std::string(fields[1]), std::string(fields[2]),
                 *std::move(input), std::string(fields[4]), std::string(fields[5])});
  return std::nullopt;
}

}  // namespace

VectorFile read_vectors(const std::string& name, std::string_view text) {
  VectorFile out;
  bool named = false;  // the columns
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto fail = [&](const std::string& what) {
      out.faults.push_back(name + ":" + std::to_string(number) + ": " + what);
    };
    if (line.starts_with('#')) continue;
    if (!is_plain(line)) {
      fail(line.ends_with('\r') ? "a line ends in CR LF instead of LF"
                                : "a byte that is not ASCII");
      continue;
    }
    const bool names_columns = !std::exchange(named, true) && line.starts_with(kColumns);
    if (names_columns) continue;
    if (auto fault = add_line(line, out.vectors)) fail(*fault);
  }
  if (!named) out.faults.push_back(name + ": no line but comments");
  return out;
}

}  // namespace warrant::ssrf
