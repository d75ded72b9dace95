// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <tuple>

#include "warrant/policy/intersect.h"
#include "warrant/policy/meet.h"
#include "warrant/policy/patterns.h"
#include "warrant/policy/words.h"

namespace warrant::policy {
namespace {

using Texts = std::vector<std::string>;

// The ceiling's directory that allows most, of those that hold this one.
const DirectoryGrant* holder_of(const DirectoryGrant& entry, const Ceiling& ceiling,
                                const Ancestry& ancestry) {
  const DirectoryGrant* widest = nullptr;
  const auto rank = [](const DirectoryGrant& each) {
    return std::tuple(each.access, each.hardlinks, each.xdev, each.network_fs, each.symlinks,
                      each.create_symlinks);
  };
  for (const DirectoryGrant& each : ceiling.widest.directories) {
    if (!ancestry.lies_in(entry.host, each.host)) continue;
    if (widest == nullptr || rank(*widest) < rank(each)) widest = &each;
  }
  return widest;
}

class Restricter {
 public:
  Restricter(Grant& grant, const Ceiling& ceiling, const Ancestry& ancestry, Findings& narrowed)
      : grant_(grant), ceiling_(ceiling), ancestry_(ancestry), narrowed_(narrowed) {}

  void restrict_all() {
    limits();
    single();
    streams_and_clocks();
    environment();
    directories();
    sockets();
    fetch();
    lists();
  }

 private:
  Origin at(std::string_view key) const {
    const Origin* origin = ceiling_.widest.origins.find(key);
    return by_ceiling(origin == nullptr ? Origin{ceiling_.source} : *origin);
  }
  static Origin by_ceiling(Origin origin) {
    origin.author = Author::kCeiling;
    return origin;
  }

  // `key`: of the ceiling; `what` follows "the ceiling ".
  void say(std::string_view key, std::string what, const Origin& grant = {}) {
    say_at(at(key), std::move(what), grant);
  }
  void say_at(Origin ceiling, std::string what, const Origin& grant) {
    const std::string place = grant.print();
    narrowed_.push_back({(place.empty() ? "" : place + ": ") + std::move(what),
                         "ask for no more than the ceiling allows, or have it raised",
                         std::move(ceiling), "ceiling"});
  }

  Origin written(std::string_view key) const {
    const Origin* origin = grant_.origins.find(key);
    return origin == nullptr ? Origin{} : *origin;
  }

  void limits() {
    for (const LimitRow& row : limit_rows()) {
      const Limits& most = ceiling_.widest.limits;
      if (!most.is_written(row.key)) continue;
      const std::uint64_t value = grant_.limits.get(row.key);
      const std::string key = "limits." + std::string(row.word);
      if (grant_.limits.is_written(row.key) && value > most.get(row.key)) {
        say(key,
            key + " = " + print_limit(row.key, value) + " is cut to " +
                print_limit(row.key, most.get(row.key)),
            written(key));
      }
      if (value >= most.get(row.key)) grant_.origins.replace(key, at(key));
      grant_.limits.write(row.key, std::min(value, most.get(row.key)));
    }
  }

  void single() {
    const Grant& most = ceiling_.widest;
    if (ceiling_.restrictions.unsigned_modules == Unsigned::kNever) {
      Grant listed;
      listed.modules = most.modules.value_or(std::vector<codec::Digest>{});
      grant_.modules = intersect(grant_, listed).modules;
    }
    if (most.expires && (!grant_.expires || *most.expires < *grant_.expires)) {
      say("expires", "expires is cut to " + print_timestamp(*most.expires), written("expires"));
      grant_.expires = most.expires;
    }
    if (most.not_before && (!grant_.not_before || *grant_.not_before < *most.not_before)) {
      grant_.not_before = most.not_before;
    }
    if (most.uses && (!grant_.uses || most.uses->count < grant_.uses->count)) {
      say("uses", "uses is cut to " + std::to_string(most.uses->count), written("uses"));
      grant_.uses = Uses{most.uses->count, grant_.uses ? grant_.uses->document : codec::Digest{}};
    }
    if (most.runner && grant_.runner && *grant_.runner != *most.runner) {
      say("runner", "runner is " + *most.runner, written("runner"));
    }
    if (most.runner) grant_.runner = most.runner;
    hardening();
    grant_.audit.flush = std::max(grant_.audit.flush, most.audit.flush);
  }

  // A ceiling allows "off" only where it writes it.
  void hardening() {
    Hardening least = std::max(ceiling_.widest.hardening.value_or(Hardening::kBasic),
                               ceiling_.restrictions.hardening_minimum);
    if (!grant_.hardening || *grant_.hardening >= least) return;
    say(ceiling_.wrote("hardening-minimum") ? "hardening-minimum" : "hardening",
        "hardening = \"" +
            std::string(kHardeningWords[static_cast<std::size_t>(*grant_.hardening)]) +
            "\" is raised to \"" + std::string(kHardeningWords[static_cast<std::size_t>(least)]) +
            "\"",
        written("hardening"));
    grant_.hardening = least;
  }

  void take(std::string_view key, bool& to, bool value) {
    if (!ceiling_.wrote(key) || value) return;
    if (to) say(key, std::string(key) + " is taken away", written(key));
    grant_.origins.replace(key, at(key));
    to = false;
  }

  void streams_and_clocks() {
    const Grant& most = ceiling_.widest;
    take("console.stdin", grant_.console.stdin_stream, most.console.stdin_stream);
    take("console.stdout", grant_.console.stdout_stream, most.console.stdout_stream);
    take("console.stderr", grant_.console.stderr_stream, most.console.stderr_stream);
    if (ceiling_.wrote("console.excess")) {
      grant_.console.excess = std::min(grant_.console.excess, most.console.excess);
    }
    take("clock.wall", grant_.clock.wall, most.clock.wall);
    take("clock.monotonic", grant_.clock.monotonic, most.clock.monotonic);
    take("clock.cpu", grant_.clock.cpu, most.clock.cpu);
    ClockGrant rest = most.clock;
    rest.wall = rest.monotonic = rest.cpu = true;
    const bool had_wall = grant_.clock.wall;
    grant_.clock = meet(grant_.clock, rest);
    if (had_wall && !grant_.clock.wall) {
      say("clock.fixed", "clock.wall is taken away");
      grant_.origins.replace("clock.wall", at("clock.fixed"));
    }
    if (ceiling_.wrote("entropy")) {
      const EntropyGrant before = grant_.entropy;
      grant_.entropy = meet(grant_.entropy, most.entropy);
      if (!(before == grant_.entropy)) say("entropy", "entropy is narrowed", written("entropy"));
      if (most.entropy.source != EntropyGrant::Source::kSystem) {
        grant_.origins.replace("entropy.source", at("entropy"));
      }
    }
  }

  void environment() {
    if (!ceiling_.wrote("environment")) return;
    const Grant& most = ceiling_.widest;
    const Texts& any = ceiling_.any_environment;
    const auto free = [&](const std::string& name) {
      return std::find(any.begin(), any.end(), name) != any.end();
    };
    const auto gone = [&](const std::string& name) {
      const std::string key = "environment." + name;
      say("environment", "the variable " + name + " falls out", written(key));
      return true;
    };
    std::erase_if(grant_.environment, [&](const auto& each) {
      const auto& listed = most.environment;
      return !free(each.first) && std::find(listed.begin(), listed.end(), each) == listed.end() &&
             gone(each.first);
    });
    std::erase_if(grant_.host_environment, [&](const auto& each) {
      const auto& listed = most.host_environment;
      return !free(each.name) && std::find(listed.begin(), listed.end(), each) == listed.end() &&
             gone(each.name);
    });
  }

  // The directory's own number, or the run's where it has none, against the ceiling's numbers.
  void quota(std::optional<std::uint64_t> DirectoryGrant::* own, LimitKey key,
             const DirectoryGrant& entry, const DirectoryGrant* holder, DirectoryGrant& made) {
    const Limits& limits = ceiling_.widest.limits;
    Origin cap = holder == nullptr ? Origin{} : by_ceiling(holder->origin);
    std::optional<std::uint64_t> most = holder == nullptr ? std::nullopt : holder->*own;
    if (limits.is_written(key) && (!most || limits.get(key) < *most)) {
      most = limits.get(key);
      cap = at("limits." + std::string(row_of(key).word));
    }
    made.*own = entry.*own;
    const std::uint64_t now = (entry.*own).value_or(grant_.limits.get(key));
    if (!most || now < *most) return;
    if (now > *most) made.*own = most;
    if (made.*own) made.quota_cap = std::move(cap);
  }

  void cut_to_holder(const DirectoryGrant& entry, const DirectoryGrant* holder,
                     DirectoryGrant& made) {
    if (holder != nullptr) {
      made = meet(entry, *holder);
      if (holder->access <= entry.access) made.access_cap = by_ceiling(holder->origin);
    }
    quota(&DirectoryGrant::written, LimitKey::kWritten, entry, holder, made);
    quota(&DirectoryGrant::inodes, LimitKey::kInodes, entry, holder, made);
    quota(&DirectoryGrant::file_bytes, LimitKey::kFileBytes, entry, holder, made);
  }

  void directories() {
    std::vector<DirectoryGrant> kept;
    for (DirectoryGrant& entry : grant_.directories) {
      DirectoryGrant made = entry;
      const DirectoryGrant* holder = nullptr;
      if (ceiling_.wrote("directory")) {
        holder = holder_of(entry, ceiling_, ancestry_);
        if (holder == nullptr) {
          say("directory",
              "the directory " + entry.guest +
                  " falls out: it lies in none of the "
                  "ceiling's",
              entry.origin);
          continue;
        }
      }
      cut_to_holder(entry, holder, made);
      made.network_fs = made.network_fs && ceiling_.network_fs;
      if (!(made == entry)) {
        say_at(holder == nullptr ? at("directory") : by_ceiling(holder->origin),
               "the directory " + entry.guest + " is narrowed to " +
                   std::string(kAccessWords[static_cast<std::size_t>(made.access)]) +
                   " with the ceiling's options",
               entry.origin);
      }
      kept.push_back(std::move(made));
    }
    grant_.directories = std::move(kept);
  }

  template <typename T, typename Meet, typename Name>
  void entries(std::string_view key, std::vector<T>& list, const std::vector<T>& most,
               Meet meet_all, Name name) {
    std::vector<T> kept = ceiling_.wrote(key) ? meet_all(list, most) : list;
    if (ceiling_.restrictions.net == Net::kDenied) kept.clear();
    for (const T& entry : list) {
      if (std::find(kept.begin(), kept.end(), entry) != kept.end()) continue;
      say(ceiling_.restrictions.net == Net::kDenied ? "deny-net" : key,
          std::string(key) + " " + name(entry) + " is narrowed or falls out", entry.origin);
    }
    list = std::move(kept);
  }

  void sockets() {
    entries(
        "listen", grant_.listen, ceiling_.widest.listen,
        [](const auto& a, const auto& b) { return meet(a, b); },
        [](const ListenGrant& each) { return each.address; });
    entries(
        "connect", grant_.connect, ceiling_.widest.connect,
        [](const auto& a, const auto& b) { return meet(a, b, Partner::kCeiling); },
        [](const ConnectGrant& each) { return each.address; });
    for (ConnectGrant& each : grant_.connect) private_hosts(each.private_hosts, each.origin);
  }

  void private_hosts(Texts& list, const Origin& origin) {
    Texts common =
        meet_lists(list, ceiling_.restrictions.private_hosts.value_or(Texts{}), &meet_networks);
    if (common != list) say("private", "private addresses fall out", origin);
    list = std::move(common);
  }

  void fetch() {
    entries(
        "fetch", grant_.fetch, ceiling_.widest.fetch,
        [](const auto& a, const auto& b) { return meet(a, b, Partner::kCeiling); },
        [](const FetchGrant& each) { return each.scheme + "://" + each.host; });
    std::erase_if(grant_.fetch, [&](const FetchGrant& each) {
      if (!each.any_host || ceiling_.any_host) return false;
      say("any-host", "fetch of any host falls out", each.origin);
      return true;
    });
    for (FetchGrant& each : grant_.fetch) private_hosts(each.private_hosts, each.origin);
    const Grant& most = ceiling_.widest;
    grant_.fetch_deny = both(std::move(grant_.fetch_deny), most.fetch_deny);
    NetworkOptions allowed = most.network;
    if (!ceiling_.wrote("network.nat64")) allowed.decode_nat64 = true;
    if (!ceiling_.wrote("network.nat64-prefixes")) {
      allowed.nat64_prefixes = grant_.network.nat64_prefixes;
    }
    if (!ceiling_.wrote("network.dns-cache")) allowed.dns_cache = grant_.network.dns_cache;
    grant_.network = meet(grant_.network, allowed);
    grant_.netfetch = meet(grant_.netfetch, most.netfetch);
  }

  void texts(std::string_view key, Texts& list, const Texts& most, MeetTexts meet_two) {
    if (!ceiling_.wrote(key)) return;
    Texts common = meet_lists(list, most, meet_two);
    for (const std::string& each : list) {
      if (std::find(common.begin(), common.end(), each) != common.end()) continue;
      say(key, std::string(key) + " " + each + " is narrowed or falls out", written(key));
    }
    list = std::move(common);
  }

  void lists() {
    texts("optional-imports", grant_.optional_imports, ceiling_.widest.optional_imports,
          &meet_imports);
    texts("process.run", grant_.process_run, ceiling_.widest.process_run, &meet_equal);
    if (ceiling_.wrote("process") && !ceiling_.wrote("process.run")) grant_.process_run.clear();
  }

  Grant& grant_;
  const Ceiling& ceiling_;
  const Ancestry& ancestry_;
  Findings& narrowed_;
};

}  // namespace

Grant restrict_to(const Grant& grant, const Ceiling& ceiling, const Ancestry& ancestry,
                  Findings& narrowed) {
  Grant made = grant;
  Restricter(made, ceiling, ancestry, narrowed).restrict_all();
  return made;
}

Restrictions stricter(const Restrictions& a, const Restrictions& b) {
  Restrictions made;
  made.unsigned_modules = std::max(a.unsigned_modules, b.unsigned_modules);
  made.unenforced = std::max(a.unenforced, b.unenforced);
  made.log = std::max(a.log, b.log);
  made.sensitive = std::max(a.sensitive, b.sensitive);
  made.net = std::max(a.net, b.net);
  made.hardening_minimum = std::max(a.hardening_minimum, b.hardening_minimum);
  made.expires_within = a.expires_within && b.expires_within
                            ? std::min(*a.expires_within, *b.expires_within)
                            : (a.expires_within ? a.expires_within : b.expires_within);
  if (a.private_hosts && b.private_hosts) {
    made.private_hosts = meet_lists(*a.private_hosts, *b.private_hosts, &meet_networks);
  } else {
    made.private_hosts = a.private_hosts ? a.private_hosts : b.private_hosts;
  }
  return made;
}

}  // namespace warrant::policy
