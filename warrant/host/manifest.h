// SPDX-License-Identifier: Apache-2.0
#pragma once
// A manifest: instances by name, each with its binary and the whole world that it gets.
//
// Plain data. What is not written is not granted; parse_manifest() refuses what it does not know,
// what is over a bound, and what two instances cannot both have, before anything is opened.
// parse(print(m)) == m. Paths are as written, relative to a root that the host names; that they do
// not leave it is judged again on handles when they are opened. Spec: host-adapter.md 1.2.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/codec/hash.h"
#include "warrant/codec/json.h"
#include "warrant/policy/grant.h"
#include "warrant/wasi_p1/context.h"

namespace warrant::host {

using Surface = wasi_p1::Surface;

// May another instance have the same directory read-write?
enum class Sharing : std::uint8_t { kAlone, kShared };

struct ManifestPreopen {
  policy::DirectoryGrant directory;  // `host`: beneath the root
  Sharing sharing = Sharing::kAlone;
  friend bool operator==(const ManifestPreopen&, const ManifestPreopen&) = default;
};

// What happens where a ceiling takes something away.
enum class Narrowing : std::uint8_t { kAccepted, kRefused };

struct ManifestInstance {
  std::string name;
  std::string binary;
  std::optional<codec::Digest> sha256;
  Surface surface = Surface::kPreview1;
  std::vector<std::string> args;  // argv[0] first; empty: the name alone
  std::vector<std::pair<std::string, std::string>> environment;  // by name
  policy::ConsoleGrant console;
  policy::ClockGrant clock;
  policy::EntropyGrant entropy;
  std::vector<ManifestPreopen> preopens;
  std::vector<policy::ListenGrant> listen;
  std::vector<policy::ConnectGrant> connect;
  std::vector<policy::FetchGrant> fetch;  // `ca`: beneath the root
  policy::Limits limits;                  // `timeout` is another word for `wall`
  Narrowing narrowing = Narrowing::kAccepted;
  friend bool operator==(const ManifestInstance&, const ManifestInstance&) = default;
};

struct Manifest {
  std::vector<ManifestInstance> instances;  // by name
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

// One thing that is wrong; texts are one line, escaped.
struct ManifestFault {
  std::string instance;  // empty: the document as a whole
  std::string path;      // "$.instances.web.caps.listen[0].tcp"
  std::string what;
  codec::Position at;
};

struct ManifestReading {
  std::optional<Manifest> manifest;
  std::vector<ManifestFault> faults;  // all of them; none with a manifest
};

inline constexpr std::size_t kMaxManifestBytes = 64U << 10;
inline constexpr std::size_t kMaxInstances = 64;
inline constexpr std::size_t kMaxPreopens = 16;
inline constexpr std::size_t kMaxSockets = 8;  // of each kind

ManifestReading parse_manifest(std::string_view text);
std::string print_manifest(const Manifest& manifest);

// What the instance is granted, for policy::admit(). `root` stands in front of host paths.
policy::Grant grant_of(const ManifestInstance& instance, std::string_view root);

}  // namespace warrant::host
