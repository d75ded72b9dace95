// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdlib>

#include "apps/cli/admission.h"
#include "apps/cli/commands.h"
#include "apps/cli/module_file.h"
#include "apps/cli/terminal.h"
#include "warrant/codec/json.h"
#include "warrant/lib/cli_runner.h"

namespace warrant::cli {
namespace {

using codec::Json;

constexpr auto kFlags = std::to_array<Flag>(
    {{"--json", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "as JSON"}});

std::string_view word(host::Support::Answer answer) {
  switch (answer) {
    case host::Support::Answer::kYes:
      return "yes";
    case host::Support::Answer::kNo:
      return "no";
    case host::Support::Answer::kLimited:
      return "limited";
    case host::Support::Answer::kNothing:
      return "nothing to do";
  }
  return "no";
}

Json support_json(const host::Support& support) {
  Json entry = Json::object();
  entry.set("answer", Json::string(word(support.answer)));
  if (!support.why.empty()) entry.set("why", Json::string(support.why));
  return entry;
}

std::string print_json(std::span<const host::Descriptor> runners) {
  Json page = Json::array();
  for (const host::Descriptor& runner : runners) {
    Json entry = Json::object();
    entry.set("name", Json::string(runner.name));
    entry.set("available", Json::boolean(runner.unavailable.empty()));
    if (!runner.unavailable.empty()) entry.set("why", Json::string(runner.unavailable));
    if (!runner.version.empty()) entry.set("version", Json::string(runner.version));
    Json keys = Json::object();
    for (std::size_t i = 0; i < host::kRunnerKeyCount; ++i) {
      const auto key = static_cast<host::RunnerKey>(i);
      const host::RunnerEntry support = runner.entry(key);
      Json both = Json::object();
      both.set("provide", support_json(support.provide));
      both.set("withhold", support_json(support.withhold));
      keys.set(host::word(key), std::move(both));
    }
    entry.set("capabilities", std::move(keys));
    Json features = Json::array();
    for (std::size_t i = 0; i < wasm::kFeatureCount; ++i) {
      if ((runner.features >> i & 1U) == 0) continue;
      features.push(Json::string(wasm::word(static_cast<wasm::Feature>(i))));
    }
    entry.set("features", std::move(features));
    page.push(std::move(entry));
  }
  return codec::print_indented(page);
}

std::string print_text(std::span<const host::Descriptor> runners) {
  std::vector<std::vector<std::string>> rows = {{"capability"}};
  std::string text;
  for (const host::Descriptor& runner : runners) {
    rows.front().emplace_back(runner.name);
    text +=
        std::string(runner.name) + ": " +
        (runner.unavailable.empty() ? "here" + (runner.version.empty() ? "" : ", " + runner.version)
                                    : "not here, " + runner.unavailable) +
        "\n";
  }
  rows.front().emplace_back("");
  for (std::vector<std::string>& row : host::support_table(runners)) rows.push_back(std::move(row));
  return text + "provide / withhold: Y yes, L limited, - no\n" + print_columns(rows);
}

}  // namespace

int runners_command(const Process& process, Words words) {
  Voice voice(When::kAuto, Verbosity::kNormal);
  FileRequest request;
  if (const auto status = parse_file_request(words, kFlags, "runners", request, voice)) {
    return *status;
  }
  if (!request.files.empty()) {
    voice.error("runners takes no words", {}, "warrant runners [--json]");
    return kUsage;
  }
  const auto standing = load_standing(process.ambient, {});
  if (!standing) {
    const Problem& problem = standing.problem();
    voice.error(problem.what, problem.more, problem.hint);
    return status_of(problem);
  }
  const char* path = std::getenv("PATH");
  const CliRunner cli = CliRunner::find(process.ambient, standing->config.wasmtime_cli.value_or(""),
                                        path == nullptr ? "" : path);
  const std::array<host::Descriptor, 3> runners = {host::native_runner(), host::browser_runner(),
                                                   cli.descriptor()};
  const std::string page = request.json ? print_json(runners) : print_text(runners);
  return write_all(STDOUT_FILENO, page) ? kDone : kOutputFailed;
}

}  // namespace warrant::cli
