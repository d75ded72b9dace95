// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the verbs that look at module files share: their flags, and reading a file with the words of
// `run` when it cannot be read.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/flags.h"
#include "apps/cli/terminal.h"
#include "warrant/policy/limits.h"
#include "warrant/wasm/module_info.h"

namespace warrant::cli {

struct FileRequest {
  std::vector<std::string> files;
  policy::Limits limits;
  bool json = false;
};

// Nothing: go on. Otherwise the status to end with, after an error or the help was written.
std::optional<int> parse_file_request(Words words, std::span<const Flag> flags,
                                      std::string_view verb, FileRequest& request, Voice& voice);
// 0, or the status after an error was said.
int read_module_file(os::Ambient ambient, const std::string& file, const policy::Limits& limits,
                     std::vector<std::byte>& bytes, wasm::ModuleInfo& info, Voice& voice);

}  // namespace warrant::cli
