// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/intersect.h"

#include <algorithm>

#include "warrant/policy/guest_name.h"
#include "warrant/policy/meet.h"
#include "warrant/policy/patterns.h"

namespace warrant::policy {
namespace {

template <typename T>
std::optional<T> earlier(const std::optional<T>& a, const std::optional<T>& b) {
  if (!a) return b;
  return b ? std::min(*a, *b) : a;
}

template <typename T>
std::optional<T> later(const std::optional<T>& a, const std::optional<T>& b) {
  if (!a) return b;
  return b ? std::max(*a, *b) : a;
}

void meet_limits(Limits& limits, const Limits& other) {
  for (const LimitRow& row : limit_rows()) {
    if (!other.is_written(row.key)) continue;
    const std::uint64_t most = other.get(row.key);
    limits.write(row.key, limits.is_written(row.key) ? std::min(limits.get(row.key), most) : most);
  }
}

std::optional<std::vector<codec::Digest>> meet_modules(
    const std::optional<std::vector<codec::Digest>>& a,
    const std::optional<std::vector<codec::Digest>>& b) {
  if (!a || !b) return a ? a : b;
  std::vector<codec::Digest> common;
  for (const codec::Digest& each : *a) {
    if (std::find(b->begin(), b->end(), each) != b->end()) common.push_back(each);
  }
  return common;
}

// What was written of a directory's quota: for itself, or for all of them.
std::optional<std::uint64_t> quota_of(const std::optional<std::uint64_t>& own, LimitKey key,
                                      const Limits& limits) {
  if (own || !limits.is_written(key)) return own;
  return limits.get(key);
}

// One that only one side writes for the directory itself is held against the other side's limits.
void meet_quotas(DirectoryGrant& made, const DirectoryGrant& mine, const Limits& my_limits,
                 const DirectoryGrant& theirs, const Limits& their_limits) {
  const auto least = [&](std::optional<std::uint64_t> DirectoryGrant::* own, LimitKey key) {
    if (!(mine.*own) && !(theirs.*own)) return;
    made.*own =
        earlier(quota_of(mine.*own, key, my_limits), quota_of(theirs.*own, key, their_limits));
  };
  least(&DirectoryGrant::written, LimitKey::kWritten);
  least(&DirectoryGrant::inodes, LimitKey::kInodes);
  least(&DirectoryGrant::file_bytes, LimitKey::kFileBytes);
}

// Hosts that are not equal have no common directory here: by text alone nothing can be told.
void meet_directories(Grant& grant, const Limits& limits, const Grant& other) {
  std::vector<DirectoryGrant> common;
  for (const DirectoryGrant& mine : grant.directories) {
    const std::string name = normal_guest_name(mine.guest);
    for (const DirectoryGrant& theirs : other.directories) {
      if (normal_guest_name(theirs.guest) != name) continue;
      if (!mine.host.empty() && !theirs.host.empty() && mine.host != theirs.host) continue;
      DirectoryGrant made = meet(mine, theirs);
      meet_quotas(made, mine, limits, theirs, other.limits);
      if (made.host.empty()) made.host = theirs.host;
      common.push_back(std::move(made));
    }
  }
  grant.directories = std::move(common);
}

void meet_environment(Grant& grant, const Grant& other) {
  const auto missing = [](const auto& list) {
    return [&list](const auto& each) {
      return std::find(list.begin(), list.end(), each) == list.end();
    };
  };
  std::erase_if(grant.environment, missing(other.environment));
  std::erase_if(grant.host_environment, missing(other.host_environment));
}

// Of two rights to a number of runs, the smaller, with the id that it is counted by.
void meet_uses(Grant& grant, const Grant& other) {
  if (!other.uses) return;
  if (grant.uses && grant.uses->count <= other.uses->count) return;
  grant.uses = other.uses;
  if (other.id) grant.id = other.id;
}

void meet_single(Grant& grant, const Grant& other) {
  grant.require = grant.require || other.require;
  grant.modules = meet_modules(grant.modules, other.modules);
  if (other.bundle) {
    grant.bundle = !grant.bundle || *grant.bundle == *other.bundle ? *other.bundle : "";
  }
  grant.expires = earlier(grant.expires, other.expires);
  grant.not_before = later(grant.not_before, other.not_before);
  meet_uses(grant, other);
  grant.hardening = later(grant.hardening, other.hardening);
  meet_limits(grant.limits, other.limits);
  grant.console.stdin_stream = grant.console.stdin_stream && other.console.stdin_stream;
  grant.console.stdout_stream = grant.console.stdout_stream && other.console.stdout_stream;
  grant.console.stderr_stream = grant.console.stderr_stream && other.console.stderr_stream;
  grant.console.excess = std::min(grant.console.excess, other.console.excess);
  grant.audit.flush = std::max(grant.audit.flush, other.audit.flush);
  grant.fetch_deny = both(std::move(grant.fetch_deny), other.fetch_deny);
}

}  // namespace

Grant intersect(const Grant& a, const Grant& b) {
  Grant made = a;
  meet_single(made, b);
  meet_directories(made, a.limits, b);
  meet_environment(made, b);
  made.clock = meet(a.clock, b.clock);
  made.entropy = meet(a.entropy, b.entropy);
  made.network = meet(a.network, b.network);
  made.netfetch = meet(a.netfetch, b.netfetch);
  made.listen = meet(a.listen, b.listen);
  made.connect = meet(a.connect, b.connect, Partner::kGrant);
  made.fetch = meet(a.fetch, b.fetch, Partner::kGrant);
  made.process_run = meet_lists(a.process_run, b.process_run, &meet_equal);
  made.optional_imports = meet_lists(a.optional_imports, b.optional_imports, &meet_imports);
  made.host_functions = meet_lists(a.host_functions, b.host_functions, &meet_imports);
  return made;
}

Grant intersect(const Grant& grant, const Request& request) {
  const Grant& asked = request.terms;
  Grant made = grant;
  meet_limits(made.limits, asked.limits);
  meet_directories(made, grant.limits, asked);
  const auto not_asked = [&](const std::string& name) {
    return std::find(request.environment.begin(), request.environment.end(), name) ==
           request.environment.end();
  };
  std::erase_if(made.environment, [&](const auto& each) { return not_asked(each.first); });
  std::erase_if(made.host_environment, [&](const auto& each) { return not_asked(each.name); });
  made.clock = meet(grant.clock, asked.clock);
  made.entropy = meet(grant.entropy, asked.entropy);
  made.connect = meet(grant.connect, asked.connect, Partner::kRequest);
  made.fetch = meet(grant.fetch, asked.fetch, Partner::kRequest);
  // A request cannot ask to be connected to.
  made.listen.clear();
  made.process_run = meet_lists(grant.process_run, asked.process_run, &meet_equal);
  return made;
}

void normalize(Grant& grant) {
  std::sort(grant.environment.begin(), grant.environment.end());
  std::sort(grant.label.begin(), grant.label.end());
  std::sort(grant.host_environment.begin(), grant.host_environment.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  normalize(grant.optional_imports, &meet_imports);
  normalize(grant.host_functions, &meet_imports);
  normalize(grant.process_run, &meet_equal);
  normalize(grant.network.extra_deny, &meet_networks);
  normalize(grant.network.nat64_prefixes, &meet_networks);
  for (ListenGrant& each : grant.listen) {
    normalize(each.address, &meet_listeners);
    normalize(each.peers, &meet_networks);
    if (each.peers == std::vector<std::string>{"127.0.0.0/8", "::1"}) each.peers.clear();
  }
  for (ConnectGrant& each : grant.connect) {
    normalize(each.address, &meet_listeners);
    normalize(each.private_hosts, &meet_networks);
  }
  for (FetchGrant& each : grant.fetch) {
    normalize(each.methods, &meet_equal);
    normalize(each.paths, &meet_paths);
    normalize(each.private_hosts, &meet_networks);
  }
  for (FetchDeny& each : grant.fetch_deny) normalize(each.paths, &meet_paths);
}

}  // namespace warrant::policy
