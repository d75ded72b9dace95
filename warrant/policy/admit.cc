// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>

#include "warrant/codec/text.h"
#include "warrant/policy/guest_name.h"
#include "warrant/policy/text_checks.h"
#include "warrant/policy/units.h"
#include "warrant/policy/warrant.h"
#include "warrant/policy/words.h"

namespace warrant::policy {
namespace {

constexpr std::size_t kMaxWords = 1'024;
constexpr std::size_t kMaxWordBytes = 128U << 10;
constexpr std::size_t kMaxDirectories = 64;

void check_limits(Limits& limits, Findings& narrowed) {
  for (const LimitRow& row : limit_rows()) {
    const std::uint64_t before = limits.get(row.key);
    if (!limits.clamp(row.key, row.ceiling)) continue;
    narrowed.push_back({"limits." + std::string(row.word) + " = " + print_limit(row.key, before) +
                            " is cut to the ceiling of " + print_limit(row.key, row.ceiling),
                        "--" + std::string(row.word) + " " + print_limit(row.key, row.ceiling)});
  }
}

// Where each limit stands, in words; and the defaults that are lower here than elsewhere.
void place_limits(Grant& terms, const Grant& grant, Findings& lowered) {
  constexpr std::string_view kPrefix = "limits.";
  for (const auto& [key, origin] : terms.origins.all()) {
    if (!key.starts_with(kPrefix)) continue;
    const auto limit = find_limit(std::string_view(key).substr(kPrefix.size()));
    if (!limit) continue;
    terms.limits.place(*limit, origin);
    const std::uint64_t before = grant.limits.get(*limit);
    const std::uint64_t now = terms.limits.get(*limit);
    if (grant.limits.is_written(*limit) || now >= before) continue;
    lowered.push_back({"a ceiling lowers the default of " + key + " to " + print_limit(*limit, now),
                       "it is " + print_limit(*limit, before) + " elsewhere", origin, "ceiling"});
  }
}

// Counts and sizes above their ceiling are no values; a time is, and is cut. Spec: egress.md 14.
void check_fetch_times(std::vector<FetchGrant>& entries, Findings& narrowed) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  for (FetchGrant& entry : entries) {
    for (const FetchBound bound :
         {FetchBound::kDns, FetchBound::kConnect, FetchBound::kFirstByte, FetchBound::kTimeout}) {
      const std::uint64_t most = (bound == FetchBound::kTimeout ? 300 : 30) * kSecond;
      std::optional<std::uint64_t>& written = entry.bounds.values[static_cast<std::size_t>(bound)];
      if (!written || *written <= most) continue;
      std::string key(kFetchBoundKeys[static_cast<std::size_t>(bound)]);
      std::replace(key.begin(), key.end(), '_', '-');
      narrowed.push_back({"fetch " + entry.scheme + "://" + entry.host + ": " + key + " = " +
                              print_duration(Nanoseconds{*written}) + " is cut to the ceiling of " +
                              print_duration(Nanoseconds{most}),
                          key + " = \"" + print_duration(Nanoseconds{most}) + "\"", entry.origin});
      written = most;
    }
  }
}

void check_environment(const Grant& grant, Findings& refused) {
  std::vector<std::string_view> names;
  names.reserve(grant.host_environment.size() + grant.environment.size());
  for (const EnvironmentReference& each : grant.host_environment) names.push_back(each.name);
  for (const auto& [name, value] : grant.environment) {
    names.push_back(name);
    if (name.empty() || name.find_first_of(std::string_view("=\0", 2)) != std::string::npos) {
      refused.push_back({"an environment variable's name is empty or holds '=' or NUL",
                         "name it with letters, digits and '_'"});
    }
    if (value.find('\0') != std::string::npos) {
      refused.push_back({"the value of the environment variable " + name + " holds a NUL byte",
                         "values end at NUL for every program: take it out"});
    }
  }
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
    refused.push_back({"an environment variable is set twice: " +
                           std::string(*std::adjacent_find(names.begin(), names.end())),
                       "write it once"});
  }
  if (auto finding = check_words(grant, {})) refused.push_back(*std::move(finding));
}

void check_directories(const Grant& grant, Findings& refused) {
  std::vector<std::string> names;
  for (const DirectoryGrant& directory : grant.directories) {
    if (const auto problem = check_guest_name(directory.guest)) {
      refused.push_back({"directory " + directory.guest + ": " + std::string(*problem),
                         "--dir HOST::GUEST names it anew"});
    }
    if (directory.access == Access::kOverlay) {
      refused.push_back({"directory " + directory.guest + ": overlay is not in this build yet",
                         "grant it as read, or as write"});
    }
    names.push_back(normal_guest_name(directory.guest));
  }
  std::sort(names.begin(), names.end());
  const auto twin = std::adjacent_find(names.begin(), names.end());
  if (twin != names.end()) {
    refused.push_back({"two directories are granted under one name: " + *twin,
                       "--dir HOST::GUEST gives one of them another name"});
  }
  if (names.size() > kMaxDirectories) {
    refused.push_back({"more than 64 directories are granted", "grant a common parent"});
  }
}

void check_cwd(const Grant& grant, Findings& refused) {
  if (!grant.cwd) return;
  const bool covered = std::any_of(
      grant.directories.begin(), grant.directories.end(),
      [&](const DirectoryGrant& directory) { return lies_in(*grant.cwd, directory.guest); });
  if (!covered) {
    refused.push_back({"the working directory " + *grant.cwd + " lies in no granted directory",
                       "--dir HOST::" + *grant.cwd + " grants it"});
  }
  for (const DirectoryGrant& directory : grant.directories) {
    if (normal_guest_name(directory.guest) != "/") continue;
    refused.push_back({"with a working directory no other directory can be named " +
                           (directory.guest.empty() ? "\"\"" : directory.guest),
                       "leave out the working directory, or --dir HOST::/name"});
  }
}

void check_sockets(const Grant& grant, Findings& refused) {
  for (const ListenGrant& each : grant.listen) {
    if (const auto fault = check_listen(each.address)) {
      refused.push_back({"listen \"" + codec::escape_text(each.address) + "\" " + *fault,
                         "--listen 127.0.0.1:8080", each.origin});
    }
    for (const std::string& peer : each.peers) {
      if (const auto fault = check_network(peer)) {
        refused.push_back({"the peer \"" + codec::escape_text(peer) + "\" " + *fault,
                           "--listen ADDR:PORT=127.0.0.1", each.origin});
      }
    }
  }
  for (const ConnectGrant& each : grant.connect) {
    if (const auto fault = check_connect(each.address)) {
      refused.push_back({"connect \"" + codec::escape_text(each.address) + "\" " + *fault,
                         "--connect 127.0.0.1:5432", each.origin});
    }
  }
}

// Nothing is known of hosts here: a directory is beneath another only when they are one text.
class TextAncestry final : public Ancestry {
 public:
  bool lies_in(const std::string& inner, const std::string& outer) const override {
    return inner == outer;
  }
};

void cut_expiry(Grant& grant, const Restrictions& restrictions, const std::optional<Timestamp>& now,
                Admitted& admitted) {
  if (!restrictions.expires_within) return;
  if (!now) {
    admitted.refused.push_back({"a ceiling asks when this expires, and the time is not known",
                                "give the time to admit()"});
    return;
  }
  const Timestamp last = add(*now, *restrictions.expires_within);
  if (grant.expires && *grant.expires <= last) return;
  if (grant.expires) {
    admitted.narrowed.push_back(
        {"expires is cut to " + print_timestamp(last),
         "write a time within " + print_duration(*restrictions.expires_within),
         {},
         "ceiling"});
  }
  grant.expires = last;
}

}  // namespace

Admitted admit(const Grant& grant) { return admit(grant, {}); }

Admitted admit(const Grant& grant, const Against& against) {
  Admitted admitted;
  Grant terms = grant;
  normalize(terms);
  if (against.request != nullptr) terms = intersect(terms, *against.request);
  Restrictions restrictions;
  const TextAncestry by_text;
  for (const Ceiling& ceiling : against.ceilings) {
    Restrictions allowed = ceiling.restrictions;
    if (!allowed.private_hosts) allowed.private_hosts.emplace();  // not written: none
    restrictions = stricter(restrictions, allowed);
    // A door's own choice is held against it too.
    restrictions.hardening_minimum = std::max(restrictions.hardening_minimum,
                                              ceiling.widest.hardening.value_or(Hardening::kOff));
    terms = restrict_to(terms, ceiling, against.ancestry == nullptr ? by_text : *against.ancestry,
                        admitted.narrowed);
  }
  check_limits(terms.limits, admitted.narrowed);
  place_limits(terms, grant, admitted.lowered);
  check_fetch_times(terms.fetch, admitted.narrowed);
  cut_expiry(terms, restrictions, against.now, admitted);
  check_environment(terms, admitted.refused);
  check_directories(terms, admitted.refused);
  check_cwd(terms, admitted.refused);
  check_sockets(terms, admitted.refused);
  if (terms.uses && !terms.id) {
    admitted.refused.push_back({"a ceiling asks for a number of uses, and the grant has no id",
                                "write id and uses in the grant"});
  }
  if (terms.require) {
    for (const Finding& each : admitted.narrowed) admitted.refused.push_back(each);
  }
  if (admitted.refused.empty()) admitted.warrant = Warrant(std::move(terms), restrictions);
  return admitted;
}

Warrant Warrant::narrow(const Grant& wanted) const {
  Grant asked = wanted;
  normalize(asked);
  Grant narrowed = intersect(terms_, asked);
  // Here what is in force counts as written: no wish goes beyond it.
  for (const LimitRow& row : limit_rows()) narrowed.limits.clamp(row.key, limits().get(row.key));
  return {std::move(narrowed), restrictions_};
}

std::optional<Finding> check_words(const Grant& grant, std::span<const std::string> arguments) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : grant.environment) bytes += name.size() + value.size() + 2;
  for (const std::string& argument : arguments) bytes += argument.size() + 1;
  if (arguments.size() + grant.environment.size() <= kMaxWords && bytes <= kMaxWordBytes) {
    return std::nullopt;
  }
  return Finding{"arguments and environment are more than 1024 entries or 128KiB",
                 "give long lists in a file or on standard input"};
}

}  // namespace warrant::policy
