// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/runner.h"

namespace warrant::host {
namespace {

using Answer = Support::Answer;

std::string_view cell(const Support& support) {
  switch (support.answer) {
    case Answer::kYes:
      return "Y";
    case Answer::kNo:
      return "-";
    case Answer::kLimited:
      return "L";
    case Answer::kNothing:
      return "n/a";
  }
  return "n/a";
}

}  // namespace

std::string_view word(RunnerKey key) noexcept {
  constexpr std::string_view kWords[kRunnerKeyCount] = {
      "module.core",
      "module.component",
      "module.preview0",
      "module.feature.*",
      "import.wasi_snapshot_preview1",
      "import.openagentic_netfetch",
      "import.warrant_fetch",
      "import.yoi:*",
      "import.host_process",
      "import.embedder",
      "argv0",
      "env",
      "cwd",
      "stdin.bytes",
      "stdin.stream",
      "fs.write",
      "fs.read",
      "fs.overlay",
      "fs.memory",
      "fs.options",
      "clock.monotonic",
      "clock.wall",
      "clock.cpu",
      "clock.fixed",
      "clock.resolution",
      "entropy",
      "entropy.seed",
      "console",
      "net.fetch",
      "net.fetch.vetted",
      "net.socket",
      "process.spawn",
      "secrets",
      "limit.wall",
      "limit.stdout",
      "limit.stderr",
      "limit.memory",
      "limit.table",
      "limit.stack",
      "limit.fuel",
      "limit.cpu",
      "limit.open-files",
      "limit.written",
      "limit.inodes",
      "limit.*",
      "cancel",
      "audit.effects",
      "exit.full",
      "stderr.pure",
      "usage",
  };
  return kWords[static_cast<std::size_t>(key)];
}

std::string print_entry(const RunnerEntry& entry) {
  std::string text(cell(entry.provide));
  if (entry.withhold.answer != Answer::kNothing) {
    text += " / " + std::string(cell(entry.withhold));
  }
  return text;
}

std::vector<std::vector<std::string>> support_table(std::span<const Descriptor> runners) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < kRunnerKeyCount; ++i) {
    const auto key = static_cast<RunnerKey>(i);
    std::vector<std::string> row = {std::string(word(key))};
    std::string notes;
    for (const Descriptor& runner : runners) {
      const RunnerEntry entry = runner.entry(key);
      row.push_back(print_entry(entry));
      for (const Support* support : {&entry.provide, &entry.withhold}) {
        if (support->why.empty()) continue;
        if (!notes.empty()) notes += "; ";
        notes += std::string(runner.name) + ": " + std::string(support->why);
      }
    }
    row.push_back(std::move(notes));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace warrant::host
