// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "apps/cli/commands.h"
#include "apps/cli/module_file.h"
#include "apps/cli/terminal.h"
#include "warrant/codec/json.h"
#include "warrant/codec/text.h"
#include "warrant/engine/code_store.h"
#include "warrant/os/places.h"
#include "warrant/os/probe.h"

namespace warrant::cli {
namespace {

using State = os::Probe::State;

constexpr auto kFlags = std::to_array<Flag>(
    {{"--json", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "as JSON"}});

class FirstDoubt final : public engine::DoubtObserver {
 public:
  void doubted(engine::Doubt doubt, std::string_view text) override {
    if (text_.empty()) text_ = std::string(engine::word(doubt)) + ": " + codec::escape_text(text);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

os::Probe probe_store(os::Ambient ambient) {
  const os::Places places = os::find_places(ambient);
  if (places.cache.empty() || places.state.empty()) {
    return {"code store", State::kGap, "there is no home directory",
            "each run compiles anew: set HOME to an absolute path"};
  }
  FirstDoubt doubt;
  const auto store = engine::CodeStore::open(
      {.cache_directory = places.cache, .state_directory = places.state, .observer = &doubt});
  if (store->on()) return {"code store", State::kGood, codec::escape_text(places.cache), ""};
  return {"code store", State::kGap, doubt.text(),
          "each run compiles anew: " + codec::shell_quote(places.cache) +
              " must be yours alone (chmod 700), and no link"};
}

std::string_view word(State state) {
  switch (state) {
    case State::kGood:
      return "ok";
    case State::kGap:
      return "gap";
    case State::kUnknown:
      return "unknown";
  }
  return "unknown";
}

std::string print(const std::vector<os::Probe>& probes, bool json) {
  codec::Json page = codec::Json::array();
  std::vector<std::vector<std::string>> rows;
  std::string advice;
  for (const os::Probe& probe : probes) {
    codec::Json row = codec::Json::object();
    row.set("name", codec::Json::string(probe.name));
    row.set("state", codec::Json::string(word(probe.state)));
    row.set("detail", codec::Json::string(probe.detail));
    row.set("advice", codec::Json::string(probe.advice));
    page.push(std::move(row));
    rows.push_back({std::string(probe.name), std::string(word(probe.state)), probe.detail});
    if (probe.state == State::kGap) {
      advice += "  " + std::string(probe.name) + ": " + probe.advice + "\n";
    }
  }
  if (json) return print_document(page);
  std::string text = print_columns(rows);
  if (!advice.empty()) text += "what to do\n" + advice;
  text +=
      "`warrant run` locks its process down by the profile basic; --hardening=strict adds a "
      "broker\n"
      "and namespaces\n";
  return text;
}

}  // namespace

int doctor_command(const Process& process, Words words) {
  Voice voice(When::kAuto, Verbosity::kNormal);
  FileRequest request;
  if (const auto status = parse_file_request(words, kFlags, "doctor", request, voice))
    return *status;
  if (!request.files.empty()) {
    voice.error("doctor takes no words", {}, "warrant doctor [--json]");
    return kUsage;
  }
  std::vector<os::Probe> probes = os::probe_system(process.ambient);
  probes.push_back(probe_store(process.ambient));
  if (!write_all(STDOUT_FILENO, print(probes, request.json))) return kOutputFailed;
  for (const os::Probe& probe : probes) {
    const bool needed =
        probe.name == "openat2" || probe.name == "mount roots" || probe.name == "profile basic";
    if (needed && probe.state == State::kGap) return kNo;
  }
  return kDone;
}

}  // namespace warrant::cli
