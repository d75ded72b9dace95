// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where things are and which doors are open, in the words of the user: never authority.
//
// Nothing here widens a warrant. Secrets are references: where a value is taken from at the start,
// never a value. Spec: grants.md section 2, runners.md section 5.
#include <optional>
#include <string>
#include <vector>

#include "warrant/base/time.h"
#include "warrant/policy/origin.h"

namespace warrant::policy {

struct SecretSource {
  enum class Kind : std::uint8_t { kFile, kEnvironment, kCredential, kCommand };
  std::string name;
  Kind kind = Kind::kFile;
  std::vector<std::string> words;      // the path, variable or credential; a command's words
  Nanoseconds timeout{2'000'000'000};  // of a command, at most 60 s
  Origin origin = {};
  friend bool operator==(const SecretSource&, const SecretSource&) = default;
};

enum class Resolver : std::uint8_t { kKernel, kWalk };
enum class VerifyCache : std::uint8_t { kWhenShared, kAlways };

struct Config {
  std::optional<bool> shell;   // tools.shell
  std::optional<bool> python;  // tools.python
  std::optional<bool> net_fetch;
  std::optional<Resolver> resolver;
  std::optional<std::string> wasmtime_cli;  // runners.wasmtime-cli.path
  std::optional<std::string> cache_dir;
  std::optional<VerifyCache> cache_verify;
  std::optional<std::string> store_dir;
  std::optional<std::string> log_dir;
  std::optional<Nanoseconds> log_keep;
  std::optional<std::uint64_t> log_max;
  std::vector<SecretSource> secrets;
  Origins origins;
  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace warrant::policy
