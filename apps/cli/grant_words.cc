// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/grant_words.h"

#include "warrant/codec/text.h"

namespace warrant::cli {
namespace {

std::string directory_word(const policy::DirectoryGrant& directory) {
  std::string value = directory.host;
  if (directory.guest != directory.host) value += "::" + directory.guest;
  std::string options;
  if (directory.xdev) options += ",xdev";
  if (directory.network_fs) options += ",network-fs";
  switch (directory.access) {
    case policy::Access::kRead:
      if (!options.empty()) value += ":read";
      break;
    case policy::Access::kOverlay:
      value += ":overlay";
      break;
    case policy::Access::kWrite:
      value += ":write";
      break;
  }
  return "--dir " + codec::shell_quote(value + options);
}

std::string clock_word(const policy::ClockGrant& clock) {
  if (clock.wall && clock.monotonic && !clock.cpu) return "--clock";
  std::string names;
  const auto add = [&](std::string_view name) {
    names += (names.empty() ? "" : ",") + std::string(name);
  };
  if (clock.wall) add("wall");
  if (clock.monotonic) add("monotonic");
  if (clock.cpu) add("cpu");
  return "--clock=" + names;
}

std::string listen_word(const policy::ListenGrant& listen) {
  std::string value = listen.address;
  for (std::size_t i = 0; i < listen.peers.size(); ++i) {
    value += (i == 0 ? "=" : ",") + listen.peers[i];
  }
  return "--listen " + codec::shell_quote(value);
}

void append_limits(const policy::Limits& limits, std::vector<std::string>& words) {
  for (const policy::LimitRow& row : policy::limit_rows()) {
    if (!limits.is_written(row.key)) continue;
    const bool random = row.key == policy::LimitKey::kRandom;  // --random is a grant's flag
    words.push_back((random ? "--limit-" : "--") + std::string(row.word) + " " +
                    policy::print_limit(row.key, limits.get(row.key)));
  }
}

}  // namespace

std::vector<std::string> grant_words(const policy::Grant& grant) {
  std::vector<std::string> words;
  words.reserve(grant.directories.size());
  for (const auto& each : grant.directories) words.push_back(directory_word(each));
  if (grant.cwd) words.push_back("--cwd " + codec::shell_quote(*grant.cwd));
  const policy::ClockGrant& clock = grant.clock;
  if (clock.wall || clock.monotonic || clock.cpu) words.push_back(clock_word(clock));
  if (grant.entropy.source == policy::EntropyGrant::Source::kSystem) words.emplace_back("--random");
  if (grant.entropy.source == policy::EntropyGrant::Source::kSeed) {
    words.push_back("--random=" + std::to_string(grant.entropy.seed));
  }
  for (const auto& each : grant.listen) words.push_back(listen_word(each));
  for (const auto& each : grant.connect) {
    words.push_back((each.transport == policy::Transport::kUdp ? "--connect-udp " : "--connect ") +
                    codec::shell_quote(each.address));
  }
  for (const auto& each : grant.optional_imports) {
    words.push_back("--allow-missing-import " + codec::shell_quote(each));
  }
  append_limits(grant.limits, words);
  return words;
}

std::string grant_line(const policy::Grant& grant) {
  std::string line;
  for (const std::string& word : grant_words(grant)) line += (line.empty() ? "" : " ") + word;
  return line;
}

}  // namespace warrant::cli
