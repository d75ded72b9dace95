// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/module_file.h"

#include <unistd.h>

#include <algorithm>

#include "apps/cli/help.h"
#include "apps/cli/words.h"
#include "warrant/codec/text.h"
#include "warrant/host/failure.h"
#include "warrant/lib/run_impl.h"
#include "warrant/os/load_file.h"

namespace warrant::cli {

std::optional<int> parse_file_request(Words words, std::span<const Flag> flags,
                                      std::string_view verb, FileRequest& request, Voice& voice) {
  const auto asks = [](const std::string& word) { return word == "--help" || word == "-h"; };
  if (std::any_of(words.begin(), words.end(), asks)) {
    return write_all(STDOUT_FILENO, verb_help(verb, flags)) ? kDone : kOutputFailed;
  }
  UsageError error;
  auto split = split_words(words, flags, verb, error);
  if (!split) {
    voice.usage(error);
    return kUsage;
  }
  for (const GivenFlag& given : split->flags) {
    if (given.flag->name == "--json") request.json = true;
    if (given.flag->group != FlagGroup::kLimit) continue;
    const auto key = policy::find_limit(given.flag->name.substr(2));
    const auto value = policy::parse_limit(*key, *given.value);
    if (!value) {
      voice.error(std::string(given.flag->name) + ": \"" + *given.value + "\" is no value of it",
                  {}, std::string(given.flag->name) + " " + std::string(given.flag->value));
      return kUsage;
    }
    request.limits.write(*key, *value);
    request.limits.clamp(*key, policy::row_of(*key).ceiling);
  }
  request.files = std::move(split->rest);
  // Flags of these verbs may also stand behind the file: nothing here belongs to a guest.
  std::erase_if(request.files, [&](const std::string& word) {
    if (word != "--json") return false;
    request.json = true;
    return true;
  });
  for (const std::string& word : request.files) {
    if (!word.starts_with("--")) continue;
    voice.error(
        std::string(verb) + ": unknown flag " + codec::escape_text(word) + " behind the file", {},
        "`warrant " + std::string(verb) + " --help` lists the flags; ./ begins a name");
    return kUsage;
  }
  return std::nullopt;
}

int read_module_file(os::Ambient ambient, const std::string& file, const policy::Limits& limits,
                     std::vector<std::byte>& bytes, wasm::ModuleInfo& info, Voice& voice) {
  auto loaded = os::load_file(ambient, file, limits.get(policy::LimitKey::kModuleBytes));
  if (!loaded) {
    const Problem problem = lib::file_problem(file, loaded.error(), limits);
    voice.error(problem.what, {}, problem.hint);
    return kMissing;
  }
  bytes = *std::move(loaded);
  wasm::Diagnosis diagnosis;
  auto read = wasm::read_module(bytes, wasm::ReadDepth::kDeep, lib::read_limits(limits), diagnosis);
  if (!read) {
    const host::Exit exit = host::exit_of_diagnosis(diagnosis, limits);
    voice.error(codec::escape_text(file) + ": " + exit.message, {}, exit.hint);
    return kInvalid;
  }
  info = *std::move(read);
  return kDone;
}

}  // namespace warrant::cli
