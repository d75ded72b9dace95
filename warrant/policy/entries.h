// SPDX-License-Identifier: Apache-2.0
#pragma once
// The entries that grants, requests and ceilings are made of, as written: nothing is opened or
// looked up here, and nothing of it is in force.
//
// What is not written has the narrowest value, but where a field says otherwise. Spec: grants.md
// section 2, filesystem.md sections 1 and 13, egress.md sections 5, 6, 12 and 14.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "warrant/policy/origin.h"
#include "warrant/policy/timestamp.h"

namespace warrant::policy {

enum class Access : std::uint8_t { kRead, kOverlay, kWrite };  // from narrow to wide
enum class Symlinks : std::uint8_t { kNone, kFollow };
enum class CreateSymlinks : std::uint8_t { kNone, kRelative };
enum class Hardlinks : std::uint8_t { kDeny, kOwn, kAllow };

struct DirectoryGrant {
  std::string guest;
  std::string host;
  Access access = Access::kRead;
  bool xdev = false;
  bool network_fs = false;
  Symlinks symlinks = Symlinks::kFollow;
  CreateSymlinks create_symlinks = CreateSymlinks::kRelative;
  Hardlinks hardlinks = Hardlinks::kOwn;
  // Of this directory; nothing: the limits of the same name.
  std::optional<std::uint64_t> written = {};
  std::optional<std::uint64_t> inodes = {};
  std::optional<std::uint64_t> file_bytes = {};
  std::vector<std::string> hide = {};  // with overlay only
  Origin origin = {};
  // What of a ceiling allows no wider access and no larger quotas; nothing known: no ceiling.
  Origin access_cap = {};
  Origin quota_cap = {};
  friend bool operator==(const DirectoryGrant&, const DirectoryGrant&) = default;
};

struct ListenGrant {
  std::string address;                  // "127.0.0.1:8080", "[::1]:0"
  std::vector<std::string> peers = {};  // addresses or CIDRs; empty: loopback only
  Origin origin = {};
  friend bool operator==(const ListenGrant&, const ListenGrant&) = default;
};

enum class Transport : std::uint8_t { kTcp, kUdp };

struct ConnectGrant {
  Transport transport = Transport::kTcp;
  std::string address;                          // "127.0.0.1:5432", "db.internal:5432"
  std::vector<std::string> private_hosts = {};  // key `private`: what a name may resolve to
  Origin origin = {};
  friend bool operator==(const ConnectGrant&, const ConnectGrant&) = default;
};

struct ClockGrant {
  bool wall = false;
  bool monotonic = false;
  bool cpu = false;
  std::optional<Nanoseconds> resolution = {};  // of every granted clock; nothing: exact
  std::optional<Timestamp> fixed = {};         // where the wall clock starts; nothing: the host's
  friend bool operator==(const ClockGrant&, const ClockGrant&) = default;
};

struct EntropyGrant {
  enum class Source : std::uint8_t { kNone, kSystem, kSeed } source = Source::kNone;
  std::uint64_t seed = 0;
  friend bool operator==(const EntropyGrant&, const EntropyGrant&) = default;
};

enum class Excess : std::uint8_t { kFail, kDrop };

// Reading a document starts from all three: `[console]` takes away only.
struct ConsoleGrant {
  bool stdin_stream = false;
  bool stdout_stream = false;
  bool stderr_stream = false;
  Excess excess = Excess::kDrop;
  friend bool operator==(const ConsoleGrant&, const ConsoleGrant&) = default;
};

// `NAME = { host = "OTHER" }`: the host's value, taken at the start and never printed.
struct EnvironmentReference {
  std::string name;
  std::string variable;  // of the host
  Origin origin = {};
  friend bool operator==(const EnvironmentReference&, const EnvironmentReference&) = default;
};

enum class Redirect : std::uint8_t { kError, kManual, kFollow };
enum class Decompress : std::uint8_t { kOff, kGzip };
enum class Attach : std::uint8_t { kRequest, kAlways };
enum class Echo : std::uint8_t { kRefuse, kMask };

enum class FetchBound : std::uint8_t {
  kRequests,
  kParallel,
  kDenials,
  kRequestBody,
  kResponse,
  kTotal,
  kNames,
  kDns,
  kConnect,
  kFirstByte,
  kTimeout,
};
inline constexpr std::size_t kFetchBoundCount = 11;

// By FetchBound; nothing: the default of egress.md section 14. Durations in nanoseconds.
struct FetchBounds {
  std::array<std::optional<std::uint64_t>, kFetchBoundCount> values = {};
  std::optional<std::uint64_t>& operator[](FetchBound bound) noexcept WARRANT_LIFETIMEBOUND {
    return values[static_cast<std::size_t>(bound)];
  }
  const std::optional<std::uint64_t>& operator[](FetchBound bound) const noexcept
      WARRANT_LIFETIMEBOUND {
    return values[static_cast<std::size_t>(bound)];
  }
  friend bool operator==(const FetchBounds&, const FetchBounds&) = default;
};

struct SecretBinding {
  std::string header;
  std::string value;  // "Bearer ${github-token}"
  Attach attach = Attach::kRequest;
  Echo echo = Echo::kRefuse;
  friend bool operator==(const SecretBinding&, const SecretBinding&) = default;
};

// One `[[fetch]]`. Whether its host string and paths are fit is judged by fetch (egress.md
// section 5); what stands here is split, not repaired.
struct FetchGrant {
  std::string scheme = "https";
  std::string host;  // "api.example.com", "*.example.com", "[::1]", "*"
  std::uint16_t port = 443;
  std::vector<std::string> methods = {};  // never empty in a document
  std::vector<std::string> paths = {};    // never empty in a document
  bool any_host = false;
  std::vector<std::string> private_hosts = {};  // key `private`
  std::optional<SecretBinding> secret = {};
  Redirect redirect = Redirect::kFollow;
  std::uint32_t redirects = 3;
  Decompress decompress = Decompress::kOff;
  bool raw_authorization = false;
  bool browser_unpinned = false;
  std::optional<std::string> ca = {};  // a PEM file of the host
  FetchBounds bounds = {};
  Origin origin = {};
  friend bool operator==(const FetchGrant&, const FetchGrant&) = default;
};

// One `[[fetch-deny]]`: judged before every grant, on every hop.
struct FetchDeny {
  std::string host;
  std::vector<std::string> paths = {};  // empty: all
  Origin origin = {};
  friend bool operator==(const FetchDeny&, const FetchDeny&) = default;
};

struct NetworkOptions {
  bool ipv6 = true;
  bool decode_nat64 = false;  // nat64 = "decode"
  std::vector<std::string> nat64_prefixes = {};
  std::vector<std::string> extra_deny = {};
  Nanoseconds dns_cache{0};
  friend bool operator==(const NetworkOptions&, const NetworkOptions&) = default;
};

// `[netfetch]`: the budget of one import; nothing: the earlier defaults of netfetch.md section 2.
struct NetfetchGrant {
  std::optional<Nanoseconds> timeout = {};
  std::optional<std::uint64_t> response = {};
  std::optional<std::uint64_t> requests = {};
  std::optional<std::uint64_t> total = {};
  std::optional<std::uint64_t> parallel = {};
  friend bool operator==(const NetfetchGrant&, const NetfetchGrant&) = default;
};

}  // namespace warrant::policy
