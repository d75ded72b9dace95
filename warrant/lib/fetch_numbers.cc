// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/fetch_numbers.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "warrant/codec/text.h"
#include "warrant/fetch/rules.h"
#include "warrant/host/netfetch_bounds.h"
#include "warrant/policy/units.h"

namespace warrant::lib {
namespace {

using policy::FetchBound;

enum class Unit : std::uint8_t { kNumber, kBytes, kTime };

std::string print(Unit unit, std::uint64_t value) {
  switch (unit) {
    case Unit::kNumber:
      return std::to_string(value);
    case Unit::kBytes:
      return policy::print_size(value);
    case Unit::kTime:
      return policy::print_duration(Nanoseconds{value});
  }
  return {};
}

// A bound by its key, and where it stands among the effective ones.
struct Row {
  FetchBound key;
  std::string_view word;
  Unit unit;
  std::uint64_t (*of)(const cap::FetchBounds& bounds);
};
constexpr auto kRows = std::to_array<Row>({
    {FetchBound::kRequests, "requests", Unit::kNumber,
     [](const auto& b) { return std::uint64_t{b.requests}; }},
    {FetchBound::kParallel, "parallel", Unit::kNumber,
     [](const auto& b) { return std::uint64_t{b.parallel}; }},
    {FetchBound::kDenials, "denials", Unit::kNumber,
     [](const auto& b) { return std::uint64_t{b.denials}; }},
    {FetchBound::kNames, "names", Unit::kNumber,
     [](const auto& b) { return std::uint64_t{b.names}; }},
    {FetchBound::kRequestBody, "request-body", Unit::kBytes,
     [](const auto& b) { return b.request_body; }},
    {FetchBound::kResponse, "response", Unit::kBytes, [](const auto& b) { return b.response; }},
    {FetchBound::kTotal, "total", Unit::kBytes, [](const auto& b) { return b.total; }},
    {FetchBound::kDns, "dns", Unit::kTime, [](const auto& b) { return count(b.dns); }},
    {FetchBound::kConnect, "connect", Unit::kTime, [](const auto& b) { return count(b.connect); }},
    {FetchBound::kFirstByte, "first-byte", Unit::kTime,
     [](const auto& b) { return count(b.first_byte); }},
    {FetchBound::kTimeout, "timeout", Unit::kTime, [](const auto& b) { return count(b.timeout); }},
});
static_assert(kRows.size() == policy::kFetchBoundCount);

bool is_same_place(const policy::FetchGrant& a, const policy::FetchGrant& b) {
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port && a.methods == b.methods;
}

// Who said the number: what stands in the warrant came from the grant unless a ceiling took from
// it.
std::string_view side_of(FetchBound key, std::uint64_t effective,
                         const policy::FetchGrant& in_force, const policy::FetchGrant* asked) {
  const std::optional<std::uint64_t>& written = in_force.bounds[key];
  if (!written) return "default";
  if (*written > effective) return "the most there is";
  return asked != nullptr && asked->bounds[key] == written ? "grant" : "ceiling";
}

std::string line_of(const policy::FetchGrant& in_force, const cap::FetchBounds& bounds,
                    const policy::FetchGrant* asked) {
  std::string line = codec::escape_text(in_force.scheme + "://" + in_force.host) + ":";
  for (const Row& row : kRows) {
    const std::uint64_t value = row.of(bounds);
    line += (&row == kRows.data() ? " " : ", ") + std::string(row.word) + " " +
            print(row.unit, value) + " (" + std::string(side_of(row.key, value, in_force, asked)) +
            ")";
  }
  return line;
}

// fetch_get's own table against what `[[fetch]]` leaves a call.
std::string line_of_netfetch(const policy::NetfetchGrant& table, const cap::FetchBounds& call) {
  const cap::FetchBounds own = host::netfetch_bounds(table);
  std::string line = "openagentic_netfetch:";
  const auto side = [](const auto& written) -> std::string_view {
    return written ? "[netfetch]" : "default of [netfetch]";
  };
  const auto add = [&](std::string_view word, Unit unit, std::uint64_t of_table,
                       std::string_view of_whom, std::uint64_t of_fetch) {
    const std::string_view who = of_table > of_fetch    ? "[[fetch]]"
                                 : of_table == of_fetch ? "both"
                                                        : of_whom;
    line += (line.ends_with(':') ? " " : ", ") + std::string(word) + " " +
            print(unit, std::min(of_table, of_fetch)) + " (" + std::string(who) + ")";
  };
  add("timeout", Unit::kTime, count(own.timeout), side(table.timeout), count(call.timeout));
  add("response", Unit::kBytes, own.response, side(table.response), call.response);
  add("requests", Unit::kNumber, own.requests, side(table.requests), call.requests);
  add("total", Unit::kBytes, own.delivered, side(table.total), call.total);
  add("parallel", Unit::kNumber, own.parallel, side(table.parallel), call.parallel);
  return line;
}

}  // namespace

std::vector<std::string> fetch_numbers(const policy::Grant& terms, const policy::Grant& asked) {
  std::vector<std::string> lines;
  const auto loaded =
      fetch::load(terms.fetch, terms.fetch_deny, terms.network, fetch::Author::kOperator);
  if (terms.fetch.empty() || !loaded.findings.empty()) return lines;
  for (std::size_t i = 0; i < terms.fetch.size(); ++i) {
    const auto found = std::find_if(asked.fetch.begin(), asked.fetch.end(), [&](const auto& each) {
      return is_same_place(each, terms.fetch[i]);
    });
    lines.push_back(line_of(terms.fetch[i], loaded.rules.grants[i].bounds,
                            found == asked.fetch.end() ? nullptr : &*found));
  }
  lines.push_back(line_of_netfetch(terms.netfetch, loaded.rules.call_bounds()));
  return lines;
}

}  // namespace warrant::lib
