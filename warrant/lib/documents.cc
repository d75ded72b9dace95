// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/documents.h"

#include <algorithm>

#include "warrant/base/bytes.h"
#include "warrant/codec/hash.h"
#include "warrant/codec/text.h"
#include "warrant/os/places.h"
#include "warrant/os/trusted_file.h"
#include "warrant/policy/read.h"
#include "warrant/toml/parse.h"

namespace warrant {
namespace lib {
namespace {

std::string joined(const std::string& directory, std::string_view path) {
  std::string whole = path.starts_with('/') ? "" : directory;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") whole.append("/").append(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return whole.empty() ? "/" : whole;
}

std::string directory_of(const std::string& path) {
  return joined("", path.substr(0, path.rfind('/')));
}

policy::Parsed<codec::Json> read_tree(std::string_view text, const std::string& source,
                                      Syntax syntax) {
  if (syntax == Syntax::kJson) return policy::read_json(text, source);
  policy::Parsed<codec::Json> parsed;
  if (auto fault = policy::check_text(text, source)) {
    parsed.findings.push_back(*std::move(fault));
    return parsed;
  }
  codec::JsonDiagnosis why;
  auto tree = toml::parse_toml(
      text, {.depth = policy::kMaxDocumentDepth, .nodes = policy::kMaxDocumentNodes}, why);
  if (tree) {
    parsed.value = *std::move(tree);
  } else {
    parsed.findings.push_back(
        {why.text,
         "a line of TOML is KEY = VALUE, [TABLE] or [[LIST]]; texts stand in quotes: \"/work\"",
         {source, why.at},
         "syntax"});
  }
  return parsed;
}

template <typename T>
using Reader = policy::Parsed<T> (*)(const codec::Json& tree, const policy::Reading& reading);

template <typename T>
Outcome<T> parse(std::string_view text, const std::string& source, Syntax syntax, Reader<T> read) {
  auto tree = read_tree(text, source, syntax);
  if (!tree.value) return problem_of(tree.findings);
  policy::Reading reading;
  reading.source = source;
  reading.spelling = syntax == Syntax::kJson ? policy::Spelling::kJson : policy::Spelling::kToml;
  reading.document = codec::sha256(bytes_of(text));
  auto parsed = read(*tree.value, reading);
  if (!parsed.value) return problem_of(parsed.findings);
  return *std::move(parsed.value);
}

struct Loaded {
  os::TrustedFile file;
  Syntax syntax;
};

Outcome<Loaded> load(const os::Ambient& ambient, const std::string& path, std::string_view kind,
                     std::vector<host::Source>& read) {
  if (path.ends_with(".cue")) {
    return Problem{Problem::Kind::kInvalid,
                   codec::escape_text(path) + ": CUE is not in this build yet",
                   "export it: cue export --out json, and name the JSON file",
                   {}};
  }
  os::TrustReport report;
  auto file = os::load_trusted(ambient, path, policy::kMaxDocumentBytes,
                               os::judge_of_process(ambient), report);
  if (!file) {
    const bool missing = file.error().code == Errc::kNoEntry;
    return Problem{missing ? Problem::Kind::kNotFound : Problem::Kind::kRefused,
                   std::string(kind) + " " + codec::escape_text(report.text),
                   codec::escape_text(report.fix),
                   {}};
  }
  read.push_back(
      {std::string(kind), "sha256:" + codec::sha256(bytes_of(file->text)).hex(), file->path});
  return Loaded{*std::move(file), path.ends_with(".json") ? Syntax::kJson : Syntax::kToml};
}

void make_files_absolute(policy::Grant& grant, const std::string& directory) {
  make_absolute(grant, directory);
  for (policy::FetchGrant& each : grant.fetch) {
    if (each.ca) each.ca = joined(directory, *each.ca);
  }
}

}  // namespace

std::string line_of(const policy::Finding& finding) {
  std::string line = codec::escape_text(policy::print_line(finding));
  if (!finding.fix.empty()) line += "; " + codec::escape_text(finding.fix);
  return line;
}

Problem problem_of(const policy::Findings& findings) {
  Problem problem{Problem::Kind::kInvalid,
                  codec::escape_text(policy::print_line(findings.front())),
                  codec::escape_text(findings.front().fix),
                  {}};
  for (std::size_t i = 1; i < findings.size(); ++i) {
    // What to do is told once.
    const bool told = std::any_of(findings.begin(), findings.begin() + static_cast<long>(i),
                                  [&](const auto& each) { return each.fix == findings[i].fix; });
    problem.more.push_back(told ? codec::escape_text(policy::print_line(findings[i]))
                                : line_of(findings[i]));
  }
  return problem;
}

Outcome<policy::Config> parse_config(std::string_view text, const std::string& source,
                                     Syntax syntax) {
  return parse<policy::Config>(text, source, syntax, policy::parse_config);
}

Outcome<policy::Config> load_config(const os::Ambient& ambient, const std::string& path,
                                    std::vector<host::Source>& read) {
  auto loaded = load(ambient, path, "config", read);
  if (!loaded) return loaded.problem();
  return parse_config(loaded->file.text, path, loaded->syntax);
}

void make_absolute(policy::Grant& grant, const std::string& directory) {
  for (policy::DirectoryGrant& each : grant.directories) each.host = joined(directory, each.host);
}

std::string working_directory(const os::Ambient& ambient) { return os::working_directory(ambient); }

}  // namespace lib

Outcome<Grant> Grant::parse_toml(std::string_view text, const std::string& source) {
  auto parsed = lib::parse<policy::Grant>(text, source, lib::Syntax::kToml, policy::parse_grant);
  if (!parsed) return parsed.problem();
  return Grant(*std::move(parsed));
}

Outcome<Grant> Grant::parse_json(std::string_view text, const std::string& source) {
  auto parsed = lib::parse<policy::Grant>(text, source, lib::Syntax::kJson, policy::parse_grant);
  if (!parsed) return parsed.problem();
  return Grant(*std::move(parsed));
}

Outcome<Grant> Grant::load(const os::Ambient& ambient, const std::string& path) {
  std::vector<host::Source> read;
  return load(ambient, path, read);
}

Outcome<Grant> Grant::load(const os::Ambient& ambient, const std::string& path,
                           std::vector<host::Source>& read) {
  auto loaded = lib::load(ambient, path, "grant", read);
  if (!loaded) return loaded.problem();
  auto parsed =
      lib::parse<policy::Grant>(loaded->file.text, path, loaded->syntax, policy::parse_grant);
  if (!parsed) return parsed.problem();
  lib::make_files_absolute(*parsed, lib::directory_of(loaded->file.path));
  return Grant(*std::move(parsed));
}

Outcome<Ceiling> Ceiling::parse_toml(std::string_view text, const std::string& source) {
  auto parsed =
      lib::parse<policy::Ceiling>(text, source, lib::Syntax::kToml, policy::parse_ceiling);
  if (!parsed) return parsed.problem();
  return Ceiling(*std::move(parsed));
}

Outcome<Ceiling> Ceiling::parse_json(std::string_view text, const std::string& source) {
  auto parsed =
      lib::parse<policy::Ceiling>(text, source, lib::Syntax::kJson, policy::parse_ceiling);
  if (!parsed) return parsed.problem();
  return Ceiling(*std::move(parsed));
}

Outcome<Ceiling> Ceiling::load(const os::Ambient& ambient, const std::string& path) {
  std::vector<host::Source> read;
  return load(ambient, path, read);
}

Outcome<Ceiling> Ceiling::load(const os::Ambient& ambient, const std::string& path,
                               std::vector<host::Source>& read) {
  auto loaded = lib::load(ambient, path, "ceiling", read);
  if (!loaded) return loaded.problem();
  auto parsed =
      lib::parse<policy::Ceiling>(loaded->file.text, path, loaded->syntax, policy::parse_ceiling);
  if (!parsed) return parsed.problem();
  lib::make_files_absolute(parsed->widest, lib::directory_of(loaded->file.path));
  return Ceiling(*std::move(parsed));
}

Outcome<std::vector<policy::Ceiling>> load_ceilings(const os::Ambient& ambient,
                                                    const std::vector<std::string>& named) {
  std::vector<host::Source> read;
  return load_ceilings(ambient, os::find_places(ambient), named, read);
}

Outcome<std::vector<policy::Ceiling>> load_ceilings(const os::Ambient& ambient,
                                                    const os::Places& places,
                                                    const std::vector<std::string>& named,
                                                    std::vector<host::Source>& read) {
  std::vector<std::string> paths;
  if (places.system_ceiling == os::Presence::kPresent) paths.emplace_back(os::kSystemCeiling);
  if (places.user_ceiling == os::Presence::kPresent) paths.push_back(places.ceiling_file());
  paths.insert(paths.end(), named.begin(), named.end());
  std::vector<policy::Ceiling> ceilings;
  for (const std::string& path : paths) {
    auto ceiling = Ceiling::load(ambient, path, read);
    if (!ceiling) return ceiling.problem();
    ceilings.push_back(*std::move(ceiling));
  }
  return ceilings;
}

}  // namespace warrant
