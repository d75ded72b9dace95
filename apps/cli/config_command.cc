// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <array>

#include "apps/cli/admission.h"
#include "apps/cli/commands.h"
#include "apps/cli/grant_verbs.h"
#include "apps/cli/help.h"
#include "apps/cli/terminal.h"
#include "apps/cli/words.h"
#include "warrant/codec/json.h"
#include "warrant/codec/text.h"
#include "warrant/policy/print.h"
#include "warrant/policy/units.h"

namespace warrant::cli {
namespace {

using codec::Json;

constexpr auto kFlags = std::to_array<Flag>(
    {{"--config", "FILE", Arity::kValue, FlagGroup::kGrant, FlagState::kHere,
      "this one instead of the user's own"},
     {"--ceiling", "FILE", Arity::kValue, FlagGroup::kGrant, FlagState::kHere,
      "a ceiling: the keys of a grant, the widest allowed"},
     {"--json", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "as JSON"},
     {"--help", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "this page"},
     {"-h", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, ""}});

struct Setting {
  std::string key;
  std::string value;
  std::string place;  // "FILE:LINE:COLUMN", "XDG_CACHE_HOME or HOME", …
};

class Settings {
 public:
  explicit Settings(const Standing& standing) : config_(standing.config) {
    const os::Places& places = standing.places;
    const bool administered = places.system_ceiling == os::Presence::kPresent;
    const std::string home = administered ? "the passwd entry" : "the environment";
    add("cache.dir", places.cache, home);
    add("log.dir", config_.log_dir.value_or(places.state.empty() ? "" : places.state + "/log"),
        home);
    add("log.keep", config_.log_keep ? policy::print_duration(*config_.log_keep) : "for ever",
        "the default");
    add("log.max", config_.log_max ? policy::print_size(*config_.log_max) : "any amount",
        "the default");
    rows_.push_back({"state", places.state, home});
    rows_.push_back(
        {"config", standing.config_file, standing.config_file.empty() ? "none" : "file"});
    for (const policy::Ceiling& each : standing.ceilings) {
      rows_.push_back({"ceiling", each.source, "file"});
      add_ceiling(each);
    }
    for (const policy::SecretSource& each : config_.secrets) {
      rows_.push_back({"secrets." + each.name, "a reference", each.origin.print()});
    }
  }
  const std::vector<Setting>& rows() const { return rows_; }

 private:
  // Each single key with its line, then the entries of its lists.
  void add_ceiling(const policy::Ceiling& ceiling) {
    const Json page = policy::lower(ceiling);
    for (const auto& [key, origin] : ceiling.widest.origins.all()) {
      if (const Json* value = find(page, key)) {
        rows_.push_back({"ceiling " + key, print_value(*value), origin.print()});
      }
    }
    const policy::Grant& widest = ceiling.widest;
    add_entries(page, "directory", widest.directories);
    add_entries(page, "fetch", widest.fetch);
    add_entries(page, "fetch_deny", widest.fetch_deny);
    add_entries(page, "listen", widest.listen);
    add_entries(page, "connect", widest.connect);
  }

  // Nothing: it stands nowhere, or is a table or a list of tables.
  static const Json* find(const Json& page, std::string_view key) {
    const Json* value = &page;
    while (value != nullptr && !key.empty()) {
      const std::size_t dot = std::min(key.find('.'), key.size());
      std::string word(key.substr(0, dot));
      std::replace(word.begin(), word.end(), '-', '_');
      value = value->find(word);
      key.remove_prefix(std::min(dot + 1, key.size()));
    }
    if (value == nullptr || value->as_object() != nullptr) return nullptr;
    const Json::Array* list = value->as_array();
    const bool tables = list != nullptr && !list->empty() && list->front().as_object() != nullptr;
    return tables ? nullptr : value;
  }

  static std::string print_value(const Json& value) {
    const std::string* text = value.as_string();
    return text == nullptr ? codec::print_canonical(value) : *text;
  }

  template <typename T>
  void add_entries(const Json& page, std::string_view key, const std::vector<T>& entries) {
    const Json* value = page.find(key);
    const Json::Array* list = value == nullptr ? nullptr : value->as_array();
    if (list == nullptr || list->size() != entries.size()) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
      rows_.push_back({"ceiling " + std::string(key), codec::print_canonical((*list)[i]),
                       entries[i].origin.print()});
    }
  }

  void add(const std::string& key, const std::string& value, const std::string& otherwise) {
    const policy::Origin* origin = config_.origins.find(key);
    rows_.push_back(
        {key, value.empty() ? "none" : value, origin == nullptr ? otherwise : origin->print()});
  }

  const policy::Config& config_;
  std::vector<Setting> rows_;
};

std::string print(const Settings& settings, bool value_json) {
  Json page = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const Setting& each : settings.rows()) {
    Json row = Json::object();
    row.set("key", Json::string(each.key));
    row.set("value", Json::string(each.value));
    row.set("place", Json::string(each.place));
    page.push(std::move(row));
    rows.push_back({codec::escape_text(each.key), codec::escape_text(each.value),
                    codec::escape_text(each.place)});
  }
  return value_json ? print_document(page) : print_columns(rows);
}

}  // namespace

int config_command(const Process& process, Words words) {
  Voice voice(When::kAuto, Verbosity::kNormal);
  DocumentFlags documents;
  bool json = false;
  std::vector<std::string> plain;
  std::vector<std::string> rest(words.begin(), words.end());
  while (!rest.empty()) {
    UsageError error;
    auto split = split_words(rest, kFlags, "config", error);
    if (!split) {
      voice.usage(error);
      return kUsage;
    }
    for (const GivenFlag& given : split->flags) {
      if (given.flag->name == "--help" || given.flag->name == "-h") {
        return write_all(STDOUT_FILENO, verb_help("config", kFlags)) ? kDone : kOutputFailed;
      }
      if (given.flag->name == "--json") json = true;
      if (given.flag->name == "--config") documents.config = given.value;
      if (given.flag->name == "--ceiling") documents.ceilings.push_back(*given.value);
    }
    if (split->rest.empty()) break;
    plain.push_back(split->rest.front());
    rest.assign(split->rest.begin() + 1, split->rest.end());
  }
  if (plain.size() != 1 || plain.front() != "show") {
    voice.usage({"config takes the word show", "warrant config show"});
    return kUsage;
  }
  auto standing = load_standing(process.ambient, documents);
  if (!standing) return refuse_document(standing.problem(), voice);
  return write_all(STDOUT_FILENO, print(Settings(*standing), json)) ? kDone : kOutputFailed;
}

}  // namespace warrant::cli
