// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "apps/cli/commands.h"
#include "apps/cli/module_file.h"
#include "apps/cli/terminal.h"
#include "warrant/codec/text.h"
#include "warrant/lib/one_run.h"
#include "warrant/os/places.h"

namespace warrant::cli {
namespace {

using enum Arity;
using enum FlagGroup;
using enum FlagState;

constexpr auto kFlags =
    std::to_array<Flag>({{"--module-bytes", "SIZE", kValue, kLimit, kHere, ""},
                         {"--types", "N", kValue, kLimit, kHere, ""},
                         {"--functions", "N", kValue, kLimit, kHere, ""},
                         {"--function-bytes", "SIZE", kValue, kLimit, kHere, ""},
                         {"--locals", "N", kValue, kLimit, kHere, ""},
                         {"--imports", "N", kValue, kLimit, kHere, ""},
                         {"--exports", "N", kValue, kLimit, kHere, ""},
                         {"--blocks", "N", kValue, kLimit, kHere, ""},
                         {"--segments", "N", kValue, kLimit, kHere, ""},
                         {"--compile-wall", "TIME", kValue, kLimit, kHere, ""},
                         {"--compile-cpu", "TIME", kValue, kLimit, kHere, ""},
                         {"--compile-memory", "SIZE", kValue, kLimit, kHere, ""},
                         {"--fuel", "N", kValue, kLimit, kHere, ""}});

}  // namespace

int compile_command(const Process& process, Words words) {
  Voice voice(When::kAuto, Verbosity::kNormal);
  FileRequest request;
  if (const auto status = parse_file_request(words, kFlags, "compile", request, voice))
    return *status;
  if (request.files.empty()) {
    voice.error("no FILE to compile", {}, "warrant compile FILE...");
    return kUsage;
  }
  const os::Places places = os::find_places(process.ambient);
  if (places.cache.empty() || places.state.empty()) {
    voice.error("there is no home directory to keep compiled code in", {},
                "set HOME, or XDG_CACHE_HOME and XDG_STATE_HOME, to absolute paths");
    return kMissing;
  }
  int status = kDone;
  for (const std::string& file : request.files) {
    const auto progress = voice.progress(file);
    if (auto problem = compile_file(process.ambient, {places.cache, places.state}, request.limits,
                                    file, progress.get())) {
      voice.error(codec::escape_text(file) + ": " + problem->what, problem->more, problem->hint);
      status = problem->kind == Problem::Kind::kNotFound ? kMissing : kInvalid;
    }
  }
  return status;
}

}  // namespace warrant::cli
