// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/meet.h"

#include <algorithm>

#include "warrant/policy/patterns.h"

namespace warrant::policy {
namespace {

using Texts = std::vector<std::string>;

// The narrower of two optional bounds; an unwritten one does not narrow.
template <typename T>
std::optional<T> least(const std::optional<T>& a, const std::optional<T>& b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

Texts loopback() { return {"127.0.0.0/8", "::1"}; }

// `cover`: the meet by which an earlier entry is asked whether it allows all of a later one.
template <typename T, typename Meet, typename Cover>
std::vector<T> meet_pairs(const std::vector<T>& a, const std::vector<T>& b, Meet meet_two,
                          Cover cover) {
  std::vector<T> made;
  for (const T& left : a) {
    for (const T& right : b) {
      std::optional<T> common = meet_two(left, right);
      if (!common) continue;
      const bool covered = std::any_of(made.begin(), made.end(), [&](const T& earlier) {
        const std::optional<T> within = cover(*common, earlier);
        return within && *within == *common;
      });
      if (!covered) made.push_back(*std::move(common));
    }
  }
  return made;
}

std::optional<SecretBinding> meet_secrets(const FetchGrant& a, const FetchGrant& b,
                                          Partner partner) {
  if (partner == Partner::kCeiling || !a.secret) return a.secret;
  if (!b.secret) {
    // What is attached on every hop is the operator's alone.
    const bool always = partner == Partner::kRequest && a.secret->attach == Attach::kAlways;
    return always ? a.secret : std::nullopt;
  }
  if (a.secret->header != b.secret->header || a.secret->value != b.secret->value) {
    return std::nullopt;
  }
  if (partner == Partner::kRequest) return a.secret;
  SecretBinding common = *a.secret;
  common.attach = std::min(a.secret->attach, b.secret->attach);
  common.echo = std::min(a.secret->echo, b.secret->echo);
  return common;
}

}  // namespace

DirectoryGrant meet(const DirectoryGrant& a, const DirectoryGrant& b) {
  DirectoryGrant common = a;
  common.access = std::min(a.access, b.access);
  common.xdev = a.xdev && b.xdev;
  common.network_fs = a.network_fs && b.network_fs;
  common.symlinks = std::min(a.symlinks, b.symlinks);
  common.create_symlinks = std::min(a.create_symlinks, b.create_symlinks);
  common.hardlinks = std::min(a.hardlinks, b.hardlinks);
  common.written = least(a.written, b.written);
  common.inodes = least(a.inodes, b.inodes);
  common.file_bytes = least(a.file_bytes, b.file_bytes);
  common.hide = common.access == Access::kOverlay ? both(a.hide, b.hide) : Texts{};
  return common;
}

std::optional<ListenGrant> meet(const ListenGrant& a, const ListenGrant& b) {
  auto address = meet_listeners(a.address, b.address);
  const Texts peers = meet_lists(a.peers.empty() ? loopback() : a.peers,
                                 b.peers.empty() ? loopback() : b.peers, &meet_networks);
  if (!address || peers.empty()) return std::nullopt;
  return ListenGrant{*std::move(address), peers == loopback() ? Texts{} : peers, a.origin};
}

std::optional<ConnectGrant> meet(const ConnectGrant& a, const ConnectGrant& b, Partner partner) {
  if (a.transport != b.transport || a.address != b.address) return std::nullopt;
  ConnectGrant common = a;
  if (partner == Partner::kGrant) {
    common.private_hosts = meet_lists(a.private_hosts, b.private_hosts, &meet_networks);
  }
  return common;
}

std::optional<FetchGrant> meet(const FetchGrant& a, const FetchGrant& b, Partner partner) {
  auto host = meet_hosts(a.host, b.host);
  FetchGrant common = a;
  common.methods = meet_lists(a.methods, b.methods, &meet_equal);
  common.paths = meet_lists(a.paths, b.paths, &meet_paths);
  if (!host || a.scheme != b.scheme || a.port != b.port || common.methods.empty() ||
      common.paths.empty()) {
    return std::nullopt;
  }
  common.host = *std::move(host);
  common.secret = meet_secrets(a, b, partner);
  // One secret is for one host: a pattern cannot carry it, and what was made of one had none.
  common.redirect = std::min(a.redirect, b.redirect);
  common.redirects = std::min(a.redirects, b.redirects);
  common.decompress = std::min(a.decompress, b.decompress);
  for (std::size_t i = 0; i < kFetchBoundCount; ++i) {
    common.bounds.values[i] = least(a.bounds.values[i], b.bounds.values[i]);
  }
  if (partner == Partner::kGrant) {
    common.any_host = a.any_host && b.any_host;
    common.private_hosts = meet_lists(a.private_hosts, b.private_hosts, &meet_networks);
    common.raw_authorization = a.raw_authorization && b.raw_authorization;
    common.browser_unpinned = a.browser_unpinned && b.browser_unpinned;
    if (a.ca != b.ca) common.ca = std::nullopt;
  }
  common.any_host = common.any_host && common.host == "*";
  return common;
}

ClockGrant meet(const ClockGrant& a, const ClockGrant& b) {
  ClockGrant common;
  const bool two_starts = a.fixed && b.fixed && *a.fixed != *b.fixed;
  common.wall = a.wall && b.wall && !two_starts;
  common.monotonic = a.monotonic && b.monotonic;
  common.cpu = a.cpu && b.cpu;
  if (common.wall) common.fixed = a.fixed ? a.fixed : b.fixed;
  if (a.resolution && b.resolution) {
    common.resolution = std::max(*a.resolution, *b.resolution);
  } else {
    common.resolution = a.resolution ? a.resolution : b.resolution;
  }
  return common;
}

EntropyGrant meet(const EntropyGrant& a, const EntropyGrant& b) {
  using Source = EntropyGrant::Source;
  if (a.source == Source::kSystem) return b;
  if (b.source == Source::kSystem || a == b) return a;
  return {};
}

NetworkOptions meet(const NetworkOptions& a, const NetworkOptions& b) {
  NetworkOptions common;
  common.ipv6 = a.ipv6 && b.ipv6;
  common.decode_nat64 = a.decode_nat64 && b.decode_nat64;
  if (common.decode_nat64) {
    common.nat64_prefixes = meet_lists(a.nat64_prefixes, b.nat64_prefixes, &meet_networks);
  }
  common.extra_deny = both(a.extra_deny, b.extra_deny);
  common.dns_cache = std::min(a.dns_cache, b.dns_cache);
  return common;
}

NetfetchGrant meet(const NetfetchGrant& a, const NetfetchGrant& b) {
  return {least(a.timeout, b.timeout), least(a.response, b.response), least(a.requests, b.requests),
          least(a.total, b.total), least(a.parallel, b.parallel)};
}

std::vector<ListenGrant> meet(const std::vector<ListenGrant>& a,
                              const std::vector<ListenGrant>& b) {
  const auto two = [](const ListenGrant& x, const ListenGrant& y) { return meet(x, y); };
  return meet_pairs(a, b, two, two);
}

std::vector<ConnectGrant> meet(const std::vector<ConnectGrant>& a,
                               const std::vector<ConnectGrant>& b, Partner partner) {
  const auto by = [](Partner with) {
    return [with](const ConnectGrant& x, const ConnectGrant& y) { return meet(x, y, with); };
  };
  return meet_pairs(a, b, by(partner), by(Partner::kGrant));
}

std::vector<FetchGrant> meet(const std::vector<FetchGrant>& a, const std::vector<FetchGrant>& b,
                             Partner partner) {
  const auto by = [](Partner with) {
    return [with](const FetchGrant& x, const FetchGrant& y) { return meet(x, y, with); };
  };
  return meet_pairs(a, b, by(partner), by(Partner::kGrant));
}

}  // namespace warrant::policy
