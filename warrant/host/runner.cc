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
