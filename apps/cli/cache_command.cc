// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "apps/cli/commands.h"
#include "apps/cli/module_file.h"
#include "apps/cli/terminal.h"
#include "warrant/codec/json.h"
#include "warrant/codec/text.h"
#include "warrant/engine/code_store.h"
#include "warrant/os/places.h"

namespace warrant::cli {
namespace {

constexpr auto kFlags = std::to_array<Flag>(
    {{"--json", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "as JSON"}});

class Doubts final : public engine::DoubtObserver {
 public:
  explicit Doubts(Voice& voice) : voice_(voice) {}
  void doubted(engine::Doubt doubt, std::string_view text) override {
    voice_.note(std::string(engine::word(doubt)) + ": " + codec::escape_text(text));
  }

 private:
  Voice& voice_;
};

std::string print_entries(const std::vector<engine::CodeStore::Entry>& entries, bool json) {
  if (json) {
    codec::Json page = codec::Json::array();
    for (const auto& entry : entries) {
      codec::Json row = codec::Json::object();
      row.set("key", codec::Json::string(entry.key.hex()));
      row.set("bytes", codec::Json::integer(static_cast<std::int64_t>(entry.bytes)));
      row.set("used_at", codec::Json::integer(entry.used_at));
      if (entry.doubt) row.set("doubt", codec::Json::string(engine::word(*entry.doubt)));
      page.push(std::move(row));
    }
    return print_document(page);
  }
  std::vector<std::vector<std::string>> rows;
  std::uint64_t bytes = 0;
  for (const auto& entry : entries) {
    bytes += entry.bytes;
    rows.push_back({entry.key.hex().substr(0, 16), std::to_string(entry.bytes) + " bytes",
                    entry.doubt ? std::string(engine::word(*entry.doubt)) : ""});
  }
  return print_columns(rows) + std::to_string(entries.size()) + " entries, " +
         std::to_string(bytes) + " bytes\n";
}

int show(Result<std::vector<engine::CodeStore::Entry>> entries, bool json, Voice& voice) {
  if (!entries) {
    voice.error("the store of compiled code cannot be read", {}, "`warrant doctor` may tell why");
    return kMissing;
  }
  if (!write_all(STDOUT_FILENO, print_entries(*entries, json))) return kOutputFailed;
  for (const auto& entry : *entries) {
    if (entry.doubt) return kNo;
  }
  return kDone;
}

}  // namespace

int cache_command(const Process& process, Words words) {
  Voice voice(When::kAuto, Verbosity::kNormal);
  FileRequest request;
  if (const auto status = parse_file_request(words, kFlags, "cache", request, voice))
    return *status;
  const std::string verb = request.files.size() == 1 ? request.files.front() : "";
  if (verb != "list" && verb != "clear" && verb != "verify") {
    voice.error("cache takes one of list, clear, verify", {}, "warrant cache list");
    return kUsage;
  }
  const os::Places places = os::find_places(process.ambient);
  if (places.cache.empty() || places.state.empty()) {
    voice.error("there is no home directory, so there is no store", {},
                "set HOME to an absolute path");
    return kMissing;
  }
  Doubts doubts(voice);
  const auto store = engine::CodeStore::open(
      {.cache_directory = places.cache, .state_directory = places.state, .observer = &doubts});
  if (!store->on()) {
    voice.error("the store of compiled code may not be trusted, so it is not used", {},
                "the line above says why");
    return kMissing;
  }
  if (verb == "list") return show(store->list(), request.json, voice);
  if (verb == "verify") return show(store->verify(), request.json, voice);
  const auto cleared = store->clear();
  if (!cleared) {
    voice.error("the store could not be cleared whole", {}, "check its permissions");
    return kMissing;
  }
  return write_all(STDOUT_FILENO, std::to_string(*cleared) + " entries removed\n") ? kDone
                                                                                   : kOutputFailed;
}

}  // namespace warrant::cli
