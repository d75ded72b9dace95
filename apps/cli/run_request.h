// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the words of `warrant run` amount to: a grant, a file, the guest's own words, and what to
// show. Pure: nothing is opened here. Spec: cli.md section 1, grants.md section 7.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/words.h"
#include "warrant/cap/hardening.h"
#include "warrant/policy/config.h"
#include "warrant/policy/grant.h"

namespace warrant::cli {

enum class When : std::uint8_t { kAuto, kAlways, kNever };
enum class Verbosity : std::uint8_t { kQuiet, kNormal, kVerbose };

// Documents that the words name; not read yet.
struct DocumentFlags {
  std::vector<std::string> grants;
  std::vector<std::string> ceilings;
  std::optional<std::string> config;
};

struct RunRequest {
  policy::Grant grant;  // what the flags say, without the documents
  DocumentFlags documents;
  std::string file;
  // When FILE turns out to be none: the words that were more likely meant. May be empty.
  std::string file_hint;
  std::vector<policy::SecretSource> secrets;
  std::vector<std::string> guest_words;  // after FILE
  When denials = When::kAuto;
  When color = When::kAuto;
  Verbosity verbosity = Verbosity::kNormal;
  cap::HardeningProfile hardening = cap::HardeningProfile::kBasic;
  std::string audit_copy;  // a file, "-" for stderr, empty for none
  std::string receipt;
  bool no_log = false;
  bool show_time = false;
  bool trace = false;
  bool print_grant = false;
  bool raw_terminal = false;
  bool help = false;
};

struct ParsedRun {
  std::optional<RunRequest> request;
  UsageError error;  // without a request
};

// `words`: everything after "run". `host_variable` gives the value of a variable of the host, or
// nothing when it is unset (for `--env NAME`).
using HostVariable = std::optional<std::string> (*)(const std::string& name);
ParsedRun parse_run(std::span<const std::string> words, HostVariable host_variable);

// The same of flags that grant or limit, without a FILE: for verbs that judge a grant. False, and
// `error` filled, when they do not parse.
bool parse_grant_flags(std::span<const GivenFlag> flags, HostVariable host_variable,
                       RunRequest& request, UsageError& error);

// One `--dir` value; the error says what is wrong with it.
std::optional<policy::DirectoryGrant> parse_directory(std::string_view text, UsageError& error);
// One value of --fetch, --fetch-deny, --secret.
std::optional<policy::FetchGrant> parse_fetch(std::string_view text, UsageError& error);
policy::FetchDeny parse_fetch_deny(std::string_view text);
std::optional<policy::SecretSource> parse_secret(std::string_view text, UsageError& error);

}  // namespace warrant::cli
