// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a person or platform allows one run: plain data, nothing of it in force yet.
//
// What is not written is not granted. Values are as written: paths are not opened, names not
// resolved. Only admit() makes a Warrant of it. Two grants are equal when they say the same,
// wherever it stands. Spec: grants.md section 2.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "warrant/codec/hash.h"
#include "warrant/policy/entries.h"
#include "warrant/policy/limits.h"

namespace warrant::policy {

enum class Hardening : std::uint8_t { kOff, kBasic, kStrict };  // from weak to strong
enum class Flush : std::uint8_t { kBuffered, kEach, kSync };    // from weak to strong
enum class PathRecord : std::uint8_t { kPattern, kFull };

struct AuditGrant {
  Flush flush = Flush::kBuffered;
  PathRecord path = PathRecord::kPattern;
  friend bool operator==(const AuditGrant&, const AuditGrant&) = default;
};

// A right to `count` runs, counted by the id and the bytes of the document that gave it.
struct Uses {
  std::uint64_t count = 1;
  codec::Digest document = {};  // SHA-256 of that document alone
  friend bool operator==(const Uses& a, const Uses& b) noexcept { return a.count == b.count; }
};

struct Grant {
  std::optional<std::string> argv0;
  std::optional<std::string> cwd;  // lies in a granted directory
  Limits limits;
  ConsoleGrant console;
  std::vector<std::pair<std::string, std::string>> environment;  // distinct names
  ClockGrant clock;
  EntropyGrant entropy;
  std::vector<DirectoryGrant> directories;
  std::vector<ListenGrant> listen;
  std::vector<ConnectGrant> connect;
  std::vector<std::string> optional_imports;  // "module.name" or "module.*"
  std::vector<std::string> host_functions;    // of the embedder: "module.name" or "module.*"

  std::optional<std::string> id;
  std::vector<std::pair<std::string, std::string>> label;  // distinct names
  bool require = false;                                    // refuse instead of reduce
  std::optional<std::vector<codec::Digest>> modules;       // nothing: any; empty: none
  std::optional<std::string> bundle;                       // nothing: any; "": none
  std::optional<Timestamp> expires;                        // valid before it
  std::optional<Timestamp> not_before;
  std::optional<Uses> uses;
  std::optional<std::string> runner;
  std::optional<Hardening> hardening;                  // nothing: the door's
  std::vector<EnvironmentReference> host_environment;  // names distinct from environment's, too
  std::vector<FetchGrant> fetch;
  std::vector<FetchDeny> fetch_deny;
  NetworkOptions network;
  NetfetchGrant netfetch;
  std::vector<std::string> process_run;
  AuditGrant audit;

  // Where each single value was written, by its key; entries of lists carry theirs. A key that
  // stands here was written, even with the value that it has anyway.
  Origins origins;
  friend bool operator==(const Grant&, const Grant&) = default;
};

}  // namespace warrant::policy
