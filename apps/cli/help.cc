// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/help.h"

#include "apps/cli/flags.h"
#include "apps/cli/terminal.h"

namespace warrant::cli {
namespace {

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
  return "warrant: runs WebAssembly tools with exactly the authority that was written down\n"
         "\n"
         "  warrant run [FLAGS] FILE [ARG...]   run a tool\n"
         "  warrant inspect FILE [--json]       what a module is, needs and asks for\n"
         "  warrant compile FILE...             compile ahead of the first run\n"
         "  warrant cache list|clear|verify     the store of compiled code\n"
         "  warrant doctor [--json]             what protection rests on here\n"
         "  warrant version [--json]            what this build is\n"
         "\n"
         "`warrant run --help` lists what can be granted. Without a flag a tool has its console\n"
         "and its arguments, and nothing else.\n";
}

std::string run_help() {
  std::string page =
      "warrant run [FLAGS] FILE [ARG...]    everything after FILE is the guest's\n"
      "  warrant run --dir .::/work:read hello.wasm\n"
      "  warrant run --basic --wall 5s hello.wasm world\n";
  append_group(FlagGroup::kGrant, "granted, on top of the console and the arguments", page);
  append_group(FlagGroup::kLimit, "limits", page);
  append_group(FlagGroup::kShown, "shown", page);
  return page;
}

}  // namespace warrant::cli
