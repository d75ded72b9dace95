// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a person or platform allows one run: plain data, nothing of it in force yet.
//
// What is not written is not granted. Values are as written: paths are not opened, names not
// resolved. Only admit() makes a Warrant of it. Spec: grants.md section 2.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "warrant/policy/limits.h"

namespace warrant::policy {

enum class Access : std::uint8_t { kRead, kOverlay, kWrite };  // from narrow to wide

struct DirectoryGrant {
  std::string guest;
  std::string host;
  Access access = Access::kRead;
  bool xdev = false;
  bool network_fs = false;
  friend bool operator==(const DirectoryGrant&, const DirectoryGrant&) = default;
};

struct ListenGrant {
  std::string address;             // "127.0.0.1:8080", "[::1]:0"
  std::vector<std::string> peers;  // addresses or CIDRs; empty: loopback only
  friend bool operator==(const ListenGrant&, const ListenGrant&) = default;
};

enum class Transport : std::uint8_t { kTcp, kUdp };

struct ConnectGrant {
  Transport transport = Transport::kTcp;
  std::string address;  // "127.0.0.1:5432"
  friend bool operator==(const ConnectGrant&, const ConnectGrant&) = default;
};

struct ClockGrant {
  bool wall = false;
  bool monotonic = false;
  bool cpu = false;
  friend bool operator==(const ClockGrant&, const ClockGrant&) = default;
};

struct EntropyGrant {
  enum class Source : std::uint8_t { kNone, kSystem, kSeed } source = Source::kNone;
  std::uint64_t seed = 0;
  friend bool operator==(const EntropyGrant&, const EntropyGrant&) = default;
};

struct ConsoleGrant {
  bool stdin_stream = false;
  bool stdout_stream = false;
  bool stderr_stream = false;
  friend bool operator==(const ConsoleGrant&, const ConsoleGrant&) = default;
};

struct Grant {
  std::optional<std::string> argv0;
  std::optional<std::string> cwd;  // lies in a granted directory
  Limits limits;
  ConsoleGrant console;
  std::vector<std::pair<std::string, std::string>> environment;
  ClockGrant clock;
  EntropyGrant entropy;
  std::vector<DirectoryGrant> directories;
  std::vector<ListenGrant> listen;
  std::vector<ConnectGrant> connect;
  std::vector<std::string> optional_imports;  // "module.name"
  std::vector<std::string> host_functions;    // of the embedder: "module.name" or "module.*"
  friend bool operator==(const Grant&, const Grant&) = default;
};

}  // namespace warrant::policy
