// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/earlier_policy.h"

#include <algorithm>
#include <iterator>

#include "warrant/cap/fetch.h"
#include "warrant/codec/json.h"
#include "warrant/codec/text.h"

namespace warrant::cli {
namespace {

using codec::Json;

constexpr std::uint64_t kNanosPerMilli = 1'000'000;

struct Field {
  std::string_view earlier;
  std::string_view key;
  std::string_view unit;  // behind the number in TOML; empty: a bare number
  std::uint64_t usual;    // where it is not written
  std::uint64_t bound;    // Fetch's own, where a grant names none
};

constexpr cap::FetchBounds kFetch;
constexpr Field kFields[] = {
    {"timeoutMs", "timeout", "ms", 30'000, count(kFetch.timeout) / kNanosPerMilli},
    {"maxResponseBytes", "response", "B", 1'000'000, kFetch.response},
    {"maxRequests", "requests", "", 200, kFetch.requests},
    {"maxTotalResponseBytes", "total", "B", 50'000'000, kFetch.total},
    {"maxConcurrent", "parallel", "", 4, kFetch.parallel},
};

std::string value_of(const Field& field, std::uint64_t number) {
  const std::string text = std::to_string(number) + std::string(field.unit);
  return field.unit.empty() ? text : "\"" + text + "\"";
}

std::string known() {
  std::string names;
  for (const Field& each : kFields)
    names += (names.empty() ? "" : ", ") + std::string(each.earlier);
  return names;
}

EarlierPolicy failed(std::string fault, std::string fix) {
  return {{}, std::move(fault), std::move(fix)};
}

// Nothing: the member can be translated.
EarlierPolicy check_member(const std::string& name, const Json& value) {
  const std::string shown = codec::escape_text(name);
  if (name == "allowUrl" || name == "denyUrl") {
    return failed("policy." + shown + " was code, and has no data form",
                  "name what it allowed in [[fetch]], and what it denied in [[fetch-deny]]");
  }
  const bool is_known = std::any_of(std::begin(kFields), std::end(kFields),
                                    [&](const Field& each) { return each.earlier == name; });
  if (!is_known) return failed("policy." + shown + " is no field of it", "known are " + known());
  if (!value.as_integer() || *value.as_integer() < 0) {
    return failed("policy." + shown + " is no number from 0 on", "write a whole number");
  }
  return {};
}

std::string page_of(const Json& policy) {
  std::string table = "version = 1\n\n[netfetch]\n";
  std::string force =
      "\n# In force beside a [[fetch]] that names no bounds of its own: the smaller number, and "
      "whose "
      "it is.\n";
  for (const Field& each : kFields) {
    const Json* const written = policy.find(each.earlier);
    const std::uint64_t number =
        written == nullptr ? each.usual : static_cast<std::uint64_t>(*written->as_integer());
    table += std::string(each.key) + " = " + value_of(each, number) + "\n";
    const std::string_view side = number < each.bound   ? "netfetch"
                                  : each.bound < number ? "fetch"
                                                        : "both";
    force += "#   " + std::string(each.key) + " " + std::to_string(std::min(number, each.bound)) +
             std::string(each.unit) + " " + std::string(side) + "\n";
  }
  return table + force;
}

}  // namespace

EarlierPolicy translate_earlier(std::string_view text) {
  codec::JsonDiagnosis why;
  const auto page = codec::parse_json(text, {}, why);
  if (!page) return failed("it is no JSON: " + why.text, "write { \"policy\": { … } }");
  const Json::Object* const outer = page->as_object();
  const Json* const policy = outer == nullptr ? nullptr : page->find("policy");
  if (policy == nullptr || policy->as_object() == nullptr || outer->size() != 1) {
    return failed("it is not { \"policy\": { … } } and nothing beside", "known are " + known());
  }
  for (const Json::Member& each : *policy->as_object()) {
    EarlierPolicy found = check_member(each.key, each.value);
    if (!found.fault.empty()) return found;
  }
  return {page_of(*policy), {}, {}};
}

}  // namespace warrant::cli
