// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run's first and last record and its receipt say of the run, as JSON members.
//
// Everything comes in as data; strings of strangers are cut, escaped and freed of known secrets
// here. The public form of a warrant holds no path of the host and no value of a variable; its hash
// is over all of it. print_exit() and print_usage() allocate nothing when given an Exit without
// texts. Spec: audit.md sections 1 and 5, runners.md section 7.
#include <array>
#include <bitset>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "warrant/audit/known_secrets.h"
#include "warrant/audit/line.h"
#include "warrant/host/run_result.h"
#include "warrant/host/runner_plan.h"
#include "warrant/policy/warrant.h"

namespace warrant::host {

// A document that the warrant was made from; its path stands in the log only.
struct Source {
  std::string kind;    // "grant", "ceiling", "config"
  std::string sha256;  // "sha256:…"
  std::string path;    // empty: it had none
};

// A process of a user's, or a page of an origin.
struct Who {
  std::string origin;  // of a page, which has nothing of what follows
  std::uint32_t uid = 0;
  std::uint32_t euid = 0;
  std::uint32_t loginuid = UINT32_MAX;  // UINT32_MAX: none
  std::uint32_t pid = 0;
  std::uint32_t ppid = 0;
  std::string host;
  std::string boot;
};

struct ModuleIdentity {
  std::string sha256;  // "sha256:…"
  std::string name;
  std::uint64_t size = 0;
};

// Limits that nothing enforces in a run: they are not named as if they were.
using LimitSet = std::bitset<policy::kLimitCount>;
// `unenforced`: what a runner said that it cannot; `passed`: console streams that are passed
// through, which have a cap only where somebody wrote one.
LimitSet limits_not_in_force(const policy::Limits& limits, const std::array<bool, 3>& passed,
                             const std::vector<std::string>& unenforced);

struct RunFacts {
  Who who;
  Nanoseconds monotonic{0};
  std::uint64_t started = 0;  // wall clock, microseconds
  std::vector<Source> sources;
  std::vector<std::string> narrowed;  // what a ceiling took away, a line each
  std::string warrant_hash;           // "sha256:…"
  std::string warrant_text;           // JSON, the public form
  ModuleIdentity module;
  std::string bundle;  // "publisher/name"; empty: none
  std::vector<std::string> argv;
  std::string runner;
  std::string engine;
  std::string host_version;
  std::vector<PassedOver> passed_over;
  std::string audit_scope;  // "process": no record of the guest's effects; empty: of all
  std::string hardening;    // a JSON object of limits.md section 7.4; empty: none in force
  std::vector<std::string> unenforced;
  LimitSet not_in_force;
  std::vector<std::string> remarks;
};

std::string print_run_start(const RunFacts& facts, const policy::Limits& limits,
                            const audit::KnownSecrets* secrets);
std::string print_run_refused(const RunFacts& facts, const std::vector<std::string>& reasons,
                              const audit::KnownSecrets* secrets);
std::string print_receipt_head(const RunFacts& facts, const audit::KnownSecrets* secrets);

// A JSON object, each name and value as a stranger's text; empty: there are none.
std::string print_labels(std::span<const std::pair<std::string, std::string>> labels,
                         const audit::KnownSecrets* secrets);
void print_exit(audit::Line& line, const Exit& exit);
void print_usage(audit::Line& line, const Usage& usage);
std::string print_limits_hit(const std::vector<policy::LimitKey>& hit);

// Of the warrant as it stands, without limits that are not in force.
std::string public_warrant(const policy::Warrant& warrant, const LimitSet& not_in_force);
std::string warrant_hash(const policy::Warrant& warrant);

}  // namespace warrant::host
