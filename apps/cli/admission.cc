// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/admission.h"

#include <algorithm>
#include <cstdlib>

#include "apps/cli/commands.h"
#include "warrant/codec/text.h"
#include "warrant/lib/network.h"
#include "warrant/os/loading.h"
#include "warrant/policy/join.h"

namespace warrant::cli {
namespace {

std::optional<Problem> find_config(const os::Places& places, const DocumentFlags& flags,
                                   std::string& file) {
  if (flags.config) {
    file = *flags.config;
  } else if (places.config_file) {
    if (!places.config_file->starts_with('/')) {
      return Problem{Problem::Kind::kRefused,
                     "WARRANT_CONFIG is \"" + codec::escape_text(*places.config_file) +
                         "\", and a relative path is no place for a configuration",
                     "write the absolute path, or unset it",
                     {}};
    }
    file = *places.config_file;
  } else if (places.user_config == os::Presence::kPresent) {
    file = places.own_config_file();
  }
  return std::nullopt;
}

bool has_relative(const policy::Grant& grant) {
  return std::any_of(grant.directories.begin(), grant.directories.end(),
                     [](const auto& each) { return !each.host.starts_with('/'); });
}

}  // namespace

Outcome<Standing> load_settings(os::Ambient ambient, const DocumentFlags& flags) {
  Standing standing;
  standing.places = os::find_places(ambient);
  if (auto problem = find_config(standing.places, flags, standing.config_file)) {
    return *std::move(problem);
  }
  if (standing.config_file.empty()) return standing;
  auto config = lib::load_config(ambient, standing.config_file, standing.sources);
  if (!config) return config.problem();
  standing.config = *std::move(config);
  if (standing.config.cache_dir) standing.places.cache = *standing.config.cache_dir;
  return standing;
}

Outcome<Standing> load_standing(os::Ambient ambient, const DocumentFlags& flags) {
  auto standing = load_settings(ambient, flags);
  std::vector<host::Source> read;
  const os::Places places = standing ? standing->places : os::find_places(ambient);
  auto ceilings = load_ceilings(ambient, places, flags.ceilings, read);
  if (!ceilings) return ceilings.problem();
  if (!standing) return standing;
  standing->ceilings = *std::move(ceilings);
  standing->sources.insert(standing->sources.begin(), read.begin(), read.end());
  return standing;
}

Outcome<policy::Grant> join_documents(os::Ambient ambient, const RunRequest& request) {
  std::vector<host::Source> read;
  return join_documents(ambient, request, read);
}

Outcome<policy::Grant> join_documents(os::Ambient ambient, const RunRequest& request,
                                      std::vector<host::Source>& read) {
  if (request.documents.grants.empty()) return request.grant;
  std::vector<policy::Grant> grants = {request.grant};
  for (const std::string& path : request.documents.grants) {
    auto grant = Grant::load(ambient, path, read);
    if (!grant) return grant.problem();
    grants.push_back(*std::move(grant));
  }
  auto joined = policy::join(grants);
  if (!joined.value) return lib::problem_of(joined.findings);
  return *std::move(joined.value);
}

Outcome<policy::Grant> absolute(os::Ambient ambient, policy::Grant grant) {
  std::string here;
  if (has_relative(grant)) {
    here = lib::working_directory(ambient);
    if (here.empty()) {
      return Problem{Problem::Kind::kRefused,
                     "the working directory is gone, and a directory is named relative to it",
                     "name it from the root, or cd first",
                     {}};
    }
  }
  lib::make_absolute(grant, here);
  return grant;
}

std::optional<std::string> host_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

std::vector<std::pair<std::string, std::string>> host_variables(const policy::Grant& grant) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const policy::EnvironmentReference& each : grant.host_environment) {
    if (auto value = host_variable(each.variable)) {
      values.emplace_back(each.variable, *std::move(value));
    }
  }
  return values;
}

std::optional<Problem> find_libraries(os::Ambient ambient, const policy::Grant& terms) {
  if (!lib::needs_libraries(terms)) return std::nullopt;
  const Status loads = os::load_from_here(ambient);
  if (loads) return std::nullopt;
  const Errc code = loads.error().code;
  const std::string_view why = code == Errc::kNoEntry ? "is not there"
                               : code == Errc::kNotCapable
                                   ? "may not be trusted: another user could have put it there"
                                   : "cannot be started";
  return Problem{Problem::Kind::kRefused,
                 "the grant needs libraries of the system (Fetch, or a name to connect to), and "
                 "the program that loads them " +
                     std::string(why) + ": " + os::kLoadingProgram + ", from where this one lies",
                 "install warrant whole (`make install`), or copy both files",
                 {}};
}

policy::Grant shown_terms(const policy::Warrant& warrant, const policy::Grant& written) {
  policy::Grant terms = warrant.terms();
  for (policy::DirectoryGrant& each : terms.directories) {
    const auto named = std::find_if(written.directories.begin(), written.directories.end(),
                                    [&](const auto& one) { return one.guest == each.guest; });
    if (named != written.directories.end()) each.host = named->host;
  }
  return terms;
}

std::string lowered_line(const policy::Findings& lowered) {
  std::string line;
  for (const policy::Finding& each : lowered) {
    line +=
        (line.empty() ? "" : "; ") + codec::escape_text(policy::print_line(each)) + ", " + each.fix;
  }
  return line;
}

std::vector<std::string> own_places(const Standing& standing) {
  std::vector<std::string> places = {standing.places.cache, standing.places.state,
                                     standing.places.config};
  if (standing.places.system_ceiling == os::Presence::kPresent) places.emplace_back("/etc/warrant");
  if (standing.config.log_dir) places.push_back(*standing.config.log_dir);
  std::erase(places, "");
  return places;
}

std::string own_place_in(std::string directory, const std::vector<std::string>& places) {
  if (directory.empty()) return {};
  if (directory.back() != '/') directory += '/';
  for (const std::string& each : places) {
    if (!each.empty() && (each + "/").starts_with(directory)) return each;
  }
  return {};
}

std::string shell_directory() { return host_variable("PWD").value_or(""); }

int status_of(const Problem& problem) noexcept {
  switch (problem.kind) {
    case Problem::Kind::kNotFound:
      return kMissing;
    case Problem::Kind::kInvalid:
      return kInvalid;
    case Problem::Kind::kRefused:
      return kRefused;
    case Problem::Kind::kBug:
      return kBug;
  }
  return kBug;
}

}  // namespace warrant::cli
