// SPDX-License-Identifier: Apache-2.0
#include "warrant/policy/join.h"

#include <algorithm>

#include "warrant/policy/guest_name.h"

namespace warrant::policy {
namespace {

std::string place(const Origin* origin) {
  const std::string text = origin == nullptr ? "" : origin->print();
  return text.empty() ? "another place" : text;
}

class Joiner {
 public:
  void add(const Grant& grant) {
    next_ = &grant;
    scalars();
    limits();
    streams();
    clocks();
    names(grant.environment, grant.host_environment);
    labels(grant.label);
    directories(grant.directories);
    append(grant_.listen, grant.listen);
    append(grant_.connect, grant.connect);
    append(grant_.fetch, grant.fetch);
    append(grant_.fetch_deny, grant.fetch_deny);
    append(grant_.optional_imports, grant.optional_imports);
    append(grant_.host_functions, grant.host_functions);
    append(grant_.process_run, grant.process_run);
    append(grant_.network.nat64_prefixes, grant.network.nat64_prefixes);
    append(grant_.network.extra_deny, grant.network.extra_deny);
    for (const auto& [key, origin] : grant.origins.all()) grant_.origins.set(key, origin);
  }

  Parsed<Grant> finish() {
    Parsed<Grant> parsed;
    if (findings_.empty()) parsed.value = std::move(grant_);
    parsed.findings = std::move(findings_);
    return parsed;
  }

 private:
  void conflict(const std::string& what, const Origin* first, const Origin* second) {
    findings_.push_back({what + ": at " + place(first) + " and at " + place(second),
                         "write it once, or the same in both places",
                         second == nullptr ? Origin{} : *second, "conflict"});
  }

  void conflict_of(std::string_view key) {
    conflict(std::string(key) + " has two values", grant_.origins.find(key),
             next_->origins.find(key));
  }

  template <typename T>
  void optional(std::string_view key, std::optional<T>& to, const std::optional<T>& from) {
    if (!from) return;
    if (to && !(*to == *from)) return conflict_of(key);
    to = from;
  }

  // A value that is there even when nobody wrote it: written, or other than `standard`.
  template <typename T>
  void value(std::string_view key, T& to, const T& from, const T& standard) {
    const bool has = from != standard || next_->origins.has(key);
    const bool had = to != standard || grant_.origins.has(key);
    if (!has) return;
    if (had && to != from) return conflict_of(key);
    to = from;
  }

  template <typename T>
  static void append(std::vector<T>& to, const std::vector<T>& from) {
    for (const T& each : from) {
      if (std::find(to.begin(), to.end(), each) == to.end()) to.push_back(each);
    }
  }

  void scalars() {
    const Grant& from = *next_;
    optional("id", grant_.id, from.id);
    optional("module", grant_.modules, from.modules);
    optional("bundle", grant_.bundle, from.bundle);
    optional("expires", grant_.expires, from.expires);
    optional("not-before", grant_.not_before, from.not_before);
    // Each document's uses are counted by its own bytes, so two cannot be one number.
    if (grant_.uses && from.uses && grant_.uses->document != from.uses->document) {
      conflict("uses stands in two documents", grant_.origins.find("uses"),
               from.origins.find("uses"));
    } else {
      optional("uses", grant_.uses, from.uses);
    }
    optional("cwd", grant_.cwd, from.cwd);
    optional("argv0", grant_.argv0, from.argv0);
    optional("runner", grant_.runner, from.runner);
    optional("hardening", grant_.hardening, from.hardening);
    value("require", grant_.require, from.require, false);
    value("audit.flush", grant_.audit.flush, from.audit.flush, Flush::kBuffered);
    value("audit.path", grant_.audit.path, from.audit.path, PathRecord::kPattern);
    value("network.ipv6", grant_.network.ipv6, from.network.ipv6, true);
    value("network.nat64", grant_.network.decode_nat64, from.network.decode_nat64, false);
    value("network.dns-cache", grant_.network.dns_cache, from.network.dns_cache, Nanoseconds{0});
    optional("netfetch.timeout", grant_.netfetch.timeout, from.netfetch.timeout);
    optional("netfetch.response", grant_.netfetch.response, from.netfetch.response);
    optional("netfetch.requests", grant_.netfetch.requests, from.netfetch.requests);
    optional("netfetch.total", grant_.netfetch.total, from.netfetch.total);
    optional("netfetch.parallel", grant_.netfetch.parallel, from.netfetch.parallel);
    if (from.entropy.source == EntropyGrant::Source::kNone) return;
    if (grant_.entropy.source != EntropyGrant::Source::kNone && grant_.entropy != from.entropy) {
      const std::string_view mine =
          grant_.origins.has("entropy.seed") ? "entropy.seed" : "entropy.source";
      const std::string_view other =
          from.origins.has("entropy.seed") ? "entropy.seed" : "entropy.source";
      return conflict("entropy has two sources", grant_.origins.find(mine),
                      from.origins.find(other));
    }
    grant_.entropy = from.entropy;
  }

  void limits() {
    for (const LimitRow& row : limit_rows()) {
      if (!next_->limits.is_written(row.key)) continue;
      const std::uint64_t wanted = next_->limits.get(row.key);
      if (grant_.limits.is_written(row.key) && grant_.limits.get(row.key) != wanted) {
        conflict_of("limits." + std::string(row.word));
        continue;
      }
      grant_.limits.write(row.key, wanted);
    }
  }

  // Every grant starts from all three streams and takes away.
  void stream(std::string_view key, bool& to, bool value) {
    const bool both = grant_.origins.has(key) && next_->origins.has(key);
    if (both && to != value) return conflict_of(key);
    to = to && value;
  }

  void streams() {
    const ConsoleGrant& from = next_->console;
    stream("console.stdin", grant_.console.stdin_stream, from.stdin_stream);
    stream("console.stdout", grant_.console.stdout_stream, from.stdout_stream);
    stream("console.stderr", grant_.console.stderr_stream, from.stderr_stream);
    value("console.excess", grant_.console.excess, from.excess, Excess::kDrop);
  }

  void clocks() {
    const ClockGrant& from = next_->clock;
    value("clock.wall", grant_.clock.wall, from.wall, false);
    value("clock.monotonic", grant_.clock.monotonic, from.monotonic, false);
    value("clock.cpu", grant_.clock.cpu, from.cpu, false);
    optional("clock.resolution", grant_.clock.resolution, from.resolution);
    optional("clock.fixed", grant_.clock.fixed, from.fixed);
  }

  void variable_twice(const std::string& name) {
    const std::string key = "environment." + name;
    conflict("the environment variable " + name + " has two values", grant_.origins.find(key),
             next_->origins.find(key));
  }

  void names(const std::vector<std::pair<std::string, std::string>>& values,
             const std::vector<EnvironmentReference>& references) {
    for (const auto& entry : values) {
      const std::string& name = entry.first;
      const auto same = std::find_if(grant_.environment.begin(), grant_.environment.end(),
                                     [&](const auto& each) { return each.first == name; });
      if (reference_of(name) != nullptr ||
          (same != grant_.environment.end() && same->second != entry.second)) {
        variable_twice(name);
      } else if (same == grant_.environment.end()) {
        grant_.environment.push_back(entry);
      }
    }
    for (const EnvironmentReference& each : references) {
      const bool valued = std::any_of(grant_.environment.begin(), grant_.environment.end(),
                                      [&](const auto& entry) { return entry.first == each.name; });
      const EnvironmentReference* same = reference_of(each.name);
      if (valued || (same != nullptr && same->variable != each.variable)) {
        variable_twice(each.name);
      } else if (same == nullptr) {
        grant_.host_environment.push_back(each);
      }
    }
  }

  const EnvironmentReference* reference_of(const std::string& name) const {
    const auto found =
        std::find_if(grant_.host_environment.begin(), grant_.host_environment.end(),
                     [&](const EnvironmentReference& each) { return each.name == name; });
    return found == grant_.host_environment.end() ? nullptr : &*found;
  }

  void labels(const std::vector<std::pair<std::string, std::string>>& from) {
    for (const auto& entry : from) {
      const std::string& name = entry.first;
      const auto same = std::find_if(grant_.label.begin(), grant_.label.end(),
                                     [&](const auto& each) { return each.first == name; });
      if (same == grant_.label.end()) {
        grant_.label.push_back(entry);
      } else if (same->second != entry.second) {
        conflict_of("label." + name);
      }
    }
  }

  void directories(const std::vector<DirectoryGrant>& from) {
    for (const DirectoryGrant& each : from) {
      const std::string name = normal_guest_name(each.guest);
      const auto twin = std::find_if(
          grant_.directories.begin(), grant_.directories.end(),
          [&](const DirectoryGrant& other) { return normal_guest_name(other.guest) == name; });
      if (twin != grant_.directories.end()) {
        conflict("two directories are named " + name, &twin->origin, &each.origin);
        continue;
      }
      grant_.directories.push_back(each);
    }
  }

  Grant grant_ = {.console = {true, true, true}};
  const Grant* next_ = nullptr;
  Findings findings_;
};

}  // namespace

Parsed<Grant> join(std::span<const Grant> grants) {
  Joiner joiner;
  for (const Grant& grant : grants) joiner.add(grant);
  return joiner.finish();
}

}  // namespace warrant::policy
