// SPDX-License-Identifier: Apache-2.0
#pragma once
// Grants and ceilings made at random from few words, so that two of them often meet; and what one
// of them allows, decided by the words of grants.md and egress.md and not by the code under test.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "warrant/policy/ceiling.h"
#include "warrant/policy/grant.h"
#include "warrant/policy/intersect.h"

namespace warrant::test {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t count) { return engine_() % count; }
  bool coin() { return below(2) == 0; }
  bool seldom() { return below(4) == 0; }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }
  template <typename T>
  std::vector<T> some(const std::vector<T>& from, std::size_t least) {
    std::vector<T> taken;
    for (const T& each : from) {
      if (coin()) taken.push_back(each);
    }
    while (taken.size() < least) taken.push_back(pick(from));
    return taken;
  }

 private:
  std::mt19937_64 engine_;
};

using Texts = std::vector<std::string>;

inline const Texts& hosts() {
  static const Texts kHosts = {"a.example.com",  "b.example.com", "example.com", "*.example.com",
                               "10.1.2.3",       "[2001:db8::1]", "localhost",   "*",
                               "x.a.example.com"};
  return kHosts;
}
inline const Texts& paths() {
  static const Texts kPaths = {"/", "/a/", "/a/b", "/a/b/", "/c", "/a/*"};
  return kPaths;
}
inline const Texts& networks() {
  static const Texts kNetworks = {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3",   "127.0.0.0/8",
                                  "::1",        "fd00::/8",    "fd00:1::/32"};
  return kNetworks;
}
inline const Texts& methods() {
  static const Texts kMethods = {"GET", "HEAD", "POST", "DELETE"};
  return kMethods;
}

inline policy::FetchGrant any_fetch(Dice& dice) {
  policy::FetchGrant made;
  made.host = dice.pick(hosts());
  made.port = dice.seldom() ? 8443 : 443;
  made.methods = dice.some(methods(), 1);
  made.paths = dice.some(paths(), 1);
  made.any_host = made.host == "*" && dice.coin();
  if (dice.seldom()) made.private_hosts = dice.some(networks(), 1);
  if (dice.seldom() && made.host.find('*') == std::string::npos) {
    made.secret =
        policy::SecretBinding{"authorization", "Bearer ${key}",
                              dice.coin() ? policy::Attach::kAlways : policy::Attach::kRequest};
  }
  made.redirect = static_cast<policy::Redirect>(dice.below(3));
  made.redirects = static_cast<std::uint32_t>(dice.below(5));
  if (dice.seldom()) made.decompress = policy::Decompress::kGzip;
  made.raw_authorization = dice.seldom();
  if (dice.seldom()) made.bounds[policy::FetchBound::kResponse] = 1'000 * (1 + dice.below(3));
  if (dice.seldom()) {
    made.bounds[policy::FetchBound::kTimeout] = 1'000'000'000 * (1 + dice.below(9));
  }
  return made;
}

inline policy::DirectoryGrant any_directory(Dice& dice, const std::string& guest) {
  policy::DirectoryGrant made;
  made.guest = guest;
  made.host = dice.pick(Texts{"/srv/a", "/srv/a/b"});
  made.access = static_cast<policy::Access>(dice.below(3));
  made.xdev = dice.coin();
  made.network_fs = dice.coin();
  made.symlinks = static_cast<policy::Symlinks>(dice.below(2));
  made.create_symlinks = static_cast<policy::CreateSymlinks>(dice.below(2));
  made.hardlinks = static_cast<policy::Hardlinks>(dice.below(3));
  if (dice.seldom()) made.written = 1'024 * dice.below(4);
  if (dice.seldom()) made.inodes = dice.below(4);
  if (dice.seldom()) made.file_bytes = 1'024 * dice.below(4);
  if (made.access == policy::Access::kOverlay && dice.coin()) made.hide = {".git"};
  return made;
}

inline policy::Limits any_limits(Dice& dice) {
  policy::Limits limits;
  for (const policy::LimitRow& row : policy::limit_rows()) {
    if (!dice.seldom()) continue;
    const std::uint64_t unit = row.unit == policy::LimitUnit::kDuration ? 1'000'000 : 1;
    limits.write(row.key, unit * dice.below(1'000));
  }
  return limits;
}

// A grant as a reader would give it: normal, and with nothing that does not parse.
inline policy::Grant any_grant(Dice& dice) {
  policy::Grant made;
  made.limits = any_limits(dice);
  made.console = {dice.coin(), dice.coin(), dice.coin()};
  for (const std::string name : {"A", "B", "LANG"}) {
    if (dice.coin()) made.environment.emplace_back(name, dice.pick(Texts{"1", "2"}));
  }
  if (dice.coin()) made.host_environment.push_back({"HOME", dice.pick(Texts{"HOME", "PWD"})});
  made.clock = {dice.coin(), dice.coin(), dice.coin()};
  if (dice.seldom()) made.clock.resolution = Nanoseconds{1'000'000 * (1 + dice.below(3))};
  if (made.clock.wall && dice.seldom()) made.clock.fixed = policy::Timestamp{dice.below(2)};
  switch (dice.below(3)) {
    case 0:
      made.entropy = {policy::EntropyGrant::Source::kSystem};
      break;
    case 1:
      made.entropy = {policy::EntropyGrant::Source::kSeed, dice.below(2)};
      break;
    default:
      break;
  }
  for (const std::string guest : {"/a", "/b", "/work"}) {
    if (dice.coin()) made.directories.push_back(any_directory(dice, guest));
  }
  for (const std::string& address :
       dice.some(Texts{"127.0.0.1:80", "127.0.0.1:0", "0.0.0.0:80", "[::1]:80", "[::]:0"}, 0)) {
    made.listen.push_back({address, dice.coin() ? Texts{} : dice.some(networks(), 1)});
  }
  for (const std::string& address : dice.some(Texts{"10.1.2.3:5", "db.internal:5", "[::1]:5"}, 0)) {
    made.connect.push_back({dice.coin() ? policy::Transport::kTcp : policy::Transport::kUdp,
                            address, dice.coin() ? Texts{} : dice.some(networks(), 1)});
  }
  made.optional_imports = dice.some(Texts{"env.*", "env.log", "other.f"}, 0);
  if (dice.seldom()) made.modules = std::vector{codec::Digest{}};
  if (dice.seldom()) made.expires = policy::Timestamp{5'000'000'000 + dice.below(3)};
  if (dice.seldom()) made.not_before = policy::Timestamp{dice.below(3)};
  if (dice.seldom()) {
    made.id = "0123456789abcdef";
    made.uses = policy::Uses{1 + dice.below(3)};
  }
  if (dice.coin()) made.hardening = static_cast<policy::Hardening>(dice.below(3));
  for (std::size_t i = dice.below(4); i > 0; --i) made.fetch.push_back(any_fetch(dice));
  for (const std::string host : {"evil.example.com", "*.bad.example"}) {
    if (dice.seldom()) made.fetch_deny.push_back({host, dice.coin() ? Texts{} : Texts{"/x/"}});
  }
  made.network.ipv6 = dice.coin();
  made.network.decode_nat64 = dice.coin();
  if (made.network.decode_nat64) made.network.nat64_prefixes = dice.some(Texts{"fd00::/8"}, 0);
  if (dice.seldom()) made.network.extra_deny = dice.some(networks(), 1);
  if (dice.seldom()) made.network.dns_cache = Nanoseconds{1'000'000'000 * dice.below(3)};
  if (dice.seldom()) made.netfetch.requests = dice.below(3);
  if (dice.seldom()) made.netfetch.response = dice.below(3);
  made.process_run = dice.some(Texts{"jq", "sed"}, 0);
  made.audit.flush = static_cast<policy::Flush>(dice.below(3));
  policy::normalize(made);
  return made;
}

// One thing that a guest tries, and whether a grant allows it.
struct Fetching {
  std::string method;
  std::string host;
  std::uint16_t port;
  std::string path;
};

inline bool host_fits(const std::string& pattern, const std::string& host) {
  if (pattern == host) return true;
  const bool literal = host.find_first_not_of("0123456789.") == std::string::npos || host[0] == '[';
  const bool single = host.find('.') == std::string::npos;
  if (literal || single) return false;
  if (pattern == "*") return true;
  if (!pattern.starts_with("*.")) return false;
  const std::string base = pattern.substr(1);
  return host.size() > base.size() && host.ends_with(base) &&
         host.find('.') == host.size() - base.size();
}

inline bool path_fits(std::string pattern, const std::string& path) {
  if (pattern.ends_with("/*")) pattern.pop_back();
  return pattern.ends_with('/') ? path.starts_with(pattern) : path == pattern;
}

inline bool allows(const policy::Grant& grant, const Fetching& what) {
  return std::any_of(grant.fetch.begin(), grant.fetch.end(), [&](const policy::FetchGrant& each) {
    const auto has = [](const Texts& list, const std::string& text) {
      return std::find(list.begin(), list.end(), text) != list.end();
    };
    return host_fits(each.host, what.host) && each.port == what.port &&
           has(each.methods, what.method) &&
           std::any_of(each.paths.begin(), each.paths.end(),
                       [&](const std::string& pattern) { return path_fits(pattern, what.path); });
  });
}

inline Fetching any_fetching(Dice& dice) {
  return {dice.pick(methods()),
          dice.pick(Texts{"a.example.com", "b.example.com", "example.com", "10.1.2.3", "localhost",
                          "[2001:db8::1]", "other.org", "x.a.example.com"}),
          static_cast<std::uint16_t>(dice.seldom() ? 8443 : 443),
          dice.pick(Texts{"/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/x", "/c", "/ab"})};
}

}  // namespace warrant::test
