// SPDX-License-Identifier: Apache-2.0
// The `warrant` command. The order of what happens is that of limits.md section 7.1: words are read
// and everything is opened first (OneRun::open), then the module is read and its code mapped
// (OneRun::load, prepare), and only then guest code runs (OneRun::execute); nothing is opened by a
// host path after open() and load().
#include <unistd.h>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/flags.h"
#include "apps/cli/help.h"
#include "apps/cli/terminal.h"
#include "warrant/lib/compile_outside.h"
#include "warrant/lib/executor.h"
#include "warrant/os/compile_child.h"
#include "warrant/os/executor_process.h"
#include "warrant/os/loading.h"

namespace warrant::cli {
namespace {

struct Verb {
  std::string_view word;
  int (*command)(const Process&, Words);  // null: known, not in this build yet
};

constexpr auto kVerbs = std::to_array<Verb>(
    {{"run", run_command},         {"inspect", inspect_command}, {"compile", compile_command},
     {"cache", cache_command},     {"doctor", doctor_command},   {"version", version_command},
     {"check", check_command},     {"explain", explain_command}, {"learn", nullptr},
     {"config", config_command},   {"audit", audit_command},     {"receipt", receipt_command},
     {"runners", runners_command}, {"host", host_command},       {"plugin", nullptr},
     {"workspace", nullptr},       {"bundle", nullptr},          {"mcp", nullptr},
     {"serve", nullptr},           {"completion", nullptr},      {"man", nullptr}});

int unknown_verb(std::string_view word) {
  std::vector<std::string_view> known;
  known.reserve(kVerbs.size());
  for (const Verb& verb : kVerbs) known.push_back(verb.word);
  std::string hint = "`warrant --help` lists the verbs";
  if (const auto near = nearest(word, known)) {
    hint = "did you mean " + std::string(*near) + "? " + hint;
  } else if (word.ends_with(".wasm")) {
    hint = "to run a file: warrant run " + std::string(word);
  }
  Voice(When::kAuto, Verbosity::kNormal)
      .usage({"unknown verb \"" + std::string(word.substr(0, 64)) + "\"", hint});
  return kUsage;
}

int dispatch(const Process& process, const std::vector<std::string>& words) {
  if (words.empty()) {
    write_all(STDERR_FILENO, main_help());
    return kUsage;
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    return write_all(STDOUT_FILENO, main_help()) ? kDone : kOutputFailed;
  }
  const std::string word = words[0] == "--version" ? "version" : words[0];
  for (const Verb& verb : kVerbs) {
    if (verb.word != word) continue;
    if (verb.command != nullptr) return verb.command(process, Words(words).subspan(1));
    Voice(When::kAuto, Verbosity::kNormal)
        .error(word + " is known, but not in this build yet", {}, "`warrant --help` lists what is");
    return kUsage;
  }
  return unknown_verb(word);
}

}  // namespace
}  // namespace warrant::cli

int main(int argc, char** argv) {
  const auto ambient = warrant::os::Ambient::danger_from_main();
  // Before anything is opened: no descriptor of ours may become the guest's console.
  const auto closed = warrant::os::hold_standard_descriptors(ambient);
  if (!closed) return warrant::cli::kBug;
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (words.size() > 1 && words[0] == warrant::os::kCompileWord) {
    warrant::lib::compile_for_parent(ambient, std::span(words).subspan(1));
  }
  if (words.size() > 1 && words[0] == warrant::os::kExecuteWord) {
    warrant::lib::execute_for_broker(ambient, std::span(words).subspan(1));
  }
  warrant::os::keep_start(ambient, argv, *closed);
  // Only a run is worth starting sooner, and finds out by itself what it needs.
  if (words.empty() || words[0] != "run") {
    (void)warrant::os::load_from_here(ambient);
    warrant::os::stay(ambient);
  }
  return warrant::cli::dispatch({ambient, *closed}, words);
}
