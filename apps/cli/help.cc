// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/help.h"

#include <array>

#include "apps/cli/flags.h"
#include "apps/cli/terminal.h"

namespace warrant::cli {
namespace {

struct VerbLine {
  std::string_view usage;
  std::string_view help;
};

constexpr auto kVerbLines = std::to_array<VerbLine>(
    {{"run [FLAGS] FILE [ARG...]", "run a tool"},
     {"inspect FILE [--json]", "what a module is, needs and asks for"},
     {"check GRANT [--against FILE]", "what a grant file allows; two: how they differ"},
     {"explain [FLAGS] fetch METHOD URL|open PATH|connect HOST:PORT|env NAME|fds",
      "what a grant would answer"},
     {"config show", "each setting, and the line that set it"},
     {"compile FILE...", "compile ahead of the first run"},
     {"cache list|clear|verify", "the store of compiled code"},
     {"runners [--json]", "what each runner can honour"},
     {"host run|show [--root DIR] MANIFEST", "instances by a manifest"},
     {"audit verify|show|tail|head|prune", "what runs did, as it is on record"},
     {"receipt show RUN", "one run's receipt"},
     {"doctor [--json]", "what protection rests on here"},
     {"version [--json]", "what this build is"}});

void append_group(FlagGroup group, std::string_view title, std::string& page) {
  std::vector<std::vector<std::string>> rows;
  for (const Flag& flag : run_flags()) {
    if (flag.group != group || flag.help.empty()) continue;
    std::string head(flag.name);
    if (flag.arity == Arity::kValue) head += " ";
    head += flag.value;
    rows.push_back({std::move(head), std::string(flag.help)});
  }
  page += std::string(title) + "\n" + print_columns(rows);
}

}  // namespace

std::string main_help() {
  std::string page =
      "warrant: runs WebAssembly tools with exactly the authority that was written down\n\n";
  std::vector<std::vector<std::string>> rows;
  rows.reserve(kVerbLines.size());
  for (const VerbLine& line : kVerbLines) {
    rows.push_back({"warrant " + std::string(line.usage), std::string(line.help)});
  }
  return page + print_columns(rows) +
         "\n`warrant run --help` lists what can be granted. Without a flag a tool has its console\n"
         "and its arguments, and nothing else.\n";
}

std::string verb_help(std::string_view verb, std::span<const Flag> flags) {
  std::string page;
  for (const VerbLine& line : kVerbLines) {
    if (line.usage.substr(0, line.usage.find(' ')) != verb) continue;
    page = "warrant " + std::string(line.usage) + "\n  " + std::string(line.help) + "\n";
  }
  std::vector<std::vector<std::string>> rows;
  for (const Flag& flag : flags) {
    const std::string value = flag.value.empty() ? "" : " " + std::string(flag.value);
    rows.push_back({std::string(flag.name) + value, std::string(flag.help)});
  }
  return page + (rows.empty() ? "" : "flags\n" + print_columns(rows));
}

std::string run_help() {
  std::string page =
      "warrant run [FLAGS] FILE [ARG...]    everything after FILE is the guest's\n"
      "  warrant run --dir .::/work:read hello.wasm\n"
      "  warrant run --basic --wall 5s hello.wasm world\n";
  append_group(FlagGroup::kGrant,
               "granted, on top of the console and the arguments (`warrant inspect FILE` says what "
               "a tool needs)",
               page);
  append_group(FlagGroup::kLimit, "limits", page);
  append_group(FlagGroup::kShown, "shown", page);
  return page;
}

}  // namespace warrant::cli
