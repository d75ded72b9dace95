// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/grant_verbs.h"

#include "apps/cli/commands.h"
#include "warrant/codec/text.h"
#include "warrant/policy/units.h"

namespace warrant::cli {
namespace {

std::string name_of(const std::string& text) { return codec::escape_text(text); }

std::string directory_sentence(const policy::DirectoryGrant& each) {
  std::string sentence = each.access == policy::Access::kRead ? "reads " : "reads and writes ";
  sentence += name_of(each.host) + " as " + name_of(each.guest);
  if (each.access == policy::Access::kOverlay) sentence += ", in an overlay";
  if (each.xdev) sentence += ", across mounts";
  if (each.network_fs) sentence += ", on a network file system";
  if (each.symlinks == policy::Symlinks::kNone) sentence += ", no links followed";
  if (each.create_symlinks == policy::CreateSymlinks::kNone) sentence += ", no links made";
  if (each.hardlinks == policy::Hardlinks::kDeny) sentence += ", no files of further names";
  if (each.hardlinks == policy::Hardlinks::kAllow) sentence += ", files of further names too";
  if (each.written) sentence += ", grows by " + policy::print_size(*each.written);
  if (each.inodes) {
    sentence +=
        ", makes " + std::to_string(*each.inodes) + (*each.inodes == 1 ? " file" : " files");
  }
  if (each.file_bytes) sentence += ", files up to " + policy::print_size(*each.file_bytes);
  return sentence;
}

void append_validity(const policy::Grant& grant, std::vector<std::string>& to) {
  if (grant.expires) to.push_back("counts before " + policy::print_timestamp(*grant.expires));
  if (grant.not_before) {
    to.push_back("counts from " + policy::print_timestamp(*grant.not_before) + " on");
  }
  if (grant.uses) {
    const std::uint64_t count = grant.uses->count;
    to.push_back("is for " + std::to_string(count) + (count == 1 ? " run" : " runs"));
  }
  if (grant.modules) {
    for (const codec::Digest& each : *grant.modules) {
      to.push_back("is for the module sha256:" + each.hex());
    }
  }
  if (grant.require) to.emplace_back("is refused where a ceiling would narrow it");
  if (grant.runner) to.push_back("runs on " + name_of(*grant.runner));
}

void append_sockets(const policy::Grant& grant, std::vector<std::string>& to) {
  for (const policy::ListenGrant& each : grant.listen) {
    std::string peers;
    for (const std::string& peer : each.peers) peers += (peers.empty() ? "" : ", ") + peer;
    to.push_back("listens on " + name_of(each.address) + " for " +
                 (peers.empty() ? "this machine" : name_of(peers)));
  }
  for (const policy::ConnectGrant& each : grant.connect) {
    to.push_back(std::string("connects to ") + name_of(each.address) +
                 (each.transport == policy::Transport::kUdp ? " by UDP" : ""));
  }
}

void append_fetch(const policy::Grant& grant, std::vector<std::string>& to) {
  for (const policy::FetchGrant& each : grant.fetch) {
    std::string sentence = "fetches";
    for (const std::string& method : each.methods) sentence += " " + name_of(method);
    sentence += " " + name_of(each.scheme + "://" + each.host + ":" + std::to_string(each.port));
    for (const std::string& path : each.paths) sentence += " " + name_of(path);
    to.push_back(std::move(sentence));
  }
  for (const policy::FetchDeny& each : grant.fetch_deny) {
    std::string sentence = "never fetches from " + name_of(each.host);
    for (const std::string& path : each.paths) sentence += " " + name_of(path);
    to.push_back(std::move(sentence));
  }
  for (const std::string& each : grant.process_run) to.push_back("starts " + name_of(each));
}

void append_world(const policy::Grant& grant, std::vector<std::string>& to) {
  const policy::ClockGrant& clock = grant.clock;
  if (clock.wall) {
    to.push_back(clock.fixed
                     ? "sees a wall clock that starts at " + policy::print_timestamp(*clock.fixed)
                     : "sees the wall clock");
  }
  if (clock.monotonic) to.emplace_back("sees the monotonic clock");
  if (clock.cpu) to.emplace_back("sees the CPU clocks");
  if (clock.resolution) {
    to.push_back("sees clocks in steps of " + policy::print_duration(*clock.resolution));
  }
  if (grant.entropy.source == policy::EntropyGrant::Source::kSystem) {
    to.emplace_back("has the system's entropy");
  }
  if (grant.entropy.source == policy::EntropyGrant::Source::kSeed) {
    to.push_back("has a stream of seed " + std::to_string(grant.entropy.seed));
  }
  for (const auto& [name, value] : grant.environment) {
    to.push_back("has the variable " + name_of(name) + " = \"" + name_of(value) + "\"");
  }
  for (const policy::EnvironmentReference& each : grant.host_environment) {
    to.push_back("has the variable " + name_of(each.name) + " as " + name_of(each.variable) +
                 " is here");
  }
  for (const std::string& each : grant.optional_imports) {
    to.push_back("may lack the import " + name_of(each));
  }
}

}  // namespace

std::vector<Flag> grant_flags() {
  std::vector<Flag> flags;
  for (const Flag& each : run_flags()) {
    if (each.group == FlagGroup::kGrant || each.group == FlagGroup::kLimit) flags.push_back(each);
  }
  flags.push_back({"--json", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "as JSON"});
  flags.push_back({"--help", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "this page"});
  flags.push_back({"-h", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, ""});
  return flags;
}

std::vector<std::string> sentences_of(const policy::Grant& grant) {
  std::vector<std::string> sentences;
  sentences.reserve(grant.directories.size());
  for (const policy::DirectoryGrant& each : grant.directories) {
    sentences.push_back(directory_sentence(each));
  }
  if (grant.cwd) sentences.push_back("works in " + name_of(*grant.cwd));
  append_sockets(grant, sentences);
  append_fetch(grant, sentences);
  append_world(grant, sentences);
  if (!grant.console.stdin_stream) sentences.emplace_back("has no standard input");
  if (!grant.console.stdout_stream) sentences.emplace_back("has no standard output");
  if (!grant.console.stderr_stream) sentences.emplace_back("has no error output");
  for (const policy::LimitRow& row : policy::limit_rows()) {
    if (!grant.limits.is_written(row.key)) continue;
    sentences.push_back("has the limit " + std::string(row.word) + " = " +
                        policy::print_limit(row.key, grant.limits.get(row.key)));
  }
  append_validity(grant, sentences);
  return sentences;
}

int refuse_document(const Problem& problem, Voice& voice) {
  voice.error(problem.what, problem.more, problem.hint);
  if (problem.kind == Problem::Kind::kNotFound) return kMissing;
  return problem.kind == Problem::Kind::kBug ? kBug : kInvalid;
}

}  // namespace warrant::cli
