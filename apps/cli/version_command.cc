// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "apps/cli/commands.h"
#include "apps/cli/module_file.h"
#include "apps/cli/terminal.h"
#include "warrant/codec/json.h"
#include "warrant/lib/version.h"

namespace warrant::cli {
namespace {

constexpr auto kFlags = std::to_array<Flag>(
    {{"--json", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "as JSON"}});

}  // namespace

int version_command(const Process&, Words words) {
  Voice voice(When::kAuto, Verbosity::kNormal);
  FileRequest request;
  if (const auto status = parse_file_request(words, kFlags, "version", request, voice))
    return *status;
  if (!request.files.empty()) {
    voice.error("version takes no words", {}, "warrant version [--json]");
    return kUsage;
  }
  const Version version = this_version();
  std::string text = "warrant " + version.warrant + " (wasmtime " + version.wasmtime + ")\n";
  if (request.json) {
    codec::Json page = codec::Json::object();
    page.set("warrant", codec::Json::string(version.warrant));
    page.set("wasmtime", codec::Json::string(version.wasmtime));
    page.set("target", codec::Json::string(version.target));
    page.set("compiler", codec::Json::string(version.compiler));
    codec::Json abis = codec::Json::array();
    for (const auto abi : {"wasi_snapshot_preview1", "wasi_unstable"}) {
      abis.push(codec::Json::string(abi));
    }
    page.set("guest_abis", std::move(abis));
    text = print_document(page);
  }
  return write_all(STDOUT_FILENO, text) ? kDone : kOutputFailed;
}

}  // namespace warrant::cli
