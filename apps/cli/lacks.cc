// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/lacks.h"

#include <algorithm>
#include <optional>

#include "apps/cli/commands.h"
#include "warrant/codec/json.h"
#include "warrant/codec/text.h"
#include "warrant/policy/guest_name.h"

namespace warrant::cli {
namespace {

using host::PathUse;

constexpr std::size_t kMaxNameShown = 120;
constexpr std::uint32_t kUsageStatus = 2;

std::optional<codec::Json> read_receipt(const RunResult& result) {
  codec::JsonDiagnosis why;
  auto receipt = codec::parse_json(result.receipt, {}, why);
  if (!receipt) return std::nullopt;
  return *std::move(receipt);
}

std::string shown(std::string_view name) { return codec::escape_text(name, kMaxNameShown); }

bool was_called_wrong(const RunResult& result) {
  return result.exit.code == kUsageStatus || result.exit.code == kUsage;
}

// What stands behind the name of an option, or the whole word; empty: an option alone.
std::string_view value_of(std::string_view word) {
  if (!word.starts_with('-')) return word;
  const std::size_t value = word.find('=');
  return value == std::string_view::npos ? std::string_view() : word.substr(value + 1);
}

// A word of the guest that can only be a path, and that no granted directory holds.
bool is_unheld_path(std::string_view text, const policy::Grant& terms) {
  const std::string_view word = value_of(text);
  if (word.find_first_of("/.") == std::string_view::npos) return false;
  const std::string from = word.starts_with('/') ? "/" : terms.cwd.value_or("") + "/";
  const std::string path = policy::normal_guest_name(from + std::string(word));
  return std::none_of(terms.directories.begin(), terms.directories.end(), [&](const auto& each) {
    return policy::lies_in(path, policy::normal_guest_name("/" + each.guest));
  });
}

bool names_unheld_path(const RunSubject& subject) {
  const auto& words = subject.request.guest_words;
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return is_unheld_path(word, subject.terms); });
}

std::string granted_names(const policy::Grant& terms) {
  std::string names;
  for (const policy::DirectoryGrant& each : terms.directories) {
    names += (names.empty() ? "" : ", ") + shown(each.guest);
  }
  return names;
}

// Where none is granted: by the specification one line after each failure. Not where the guest
// looked for nothing and says that it was called the wrong way, nor after a good end unless it
// looked.
bool may_lack_any(const RunSubject& subject, const RunResult& result) {
  if (result.exit.code == 0) {
    if (result.path_use == PathUse::kNone) return false;
    return !is_go(subject.info) || names_unheld_path(subject);  // Go asks at every start
  }
  if (!was_called_wrong(result)) return true;
  return result.path_use != PathUse::kNone && !subject.request.guest_words.empty();
}

// A directory that is granted as "." holds no name that begins at the root.
std::string for_absolute(const RunSubject& subject) {
  for (const std::string& each : subject.request.guest_words) {
    const std::string_view word = value_of(each);
    if (word.size() < 2 || word[0] != '/' || is_go(subject.info)) continue;
    const std::string_view parent = word.substr(0, std::max<std::size_t>(word.rfind('/'), 1));
    return ", and for " + shown(word) + " --dir HOST::" + shown(parent);
  }
  return {};
}

std::string lacked_any(const RunSubject& subject, const RunResult& result) {
  if (!may_lack_any(subject, result)) return {};
  const std::string guest = is_go(subject.info) ? "::/" : "";
  std::string text = "it can open files and was granted no directory: --dir ";
  const std::string own_place = subject.own_place();
  if (own_place.empty()) return text + "." + guest + for_absolute(subject);
  return text + (guest.empty() ? "DIR::." : "DIR::/") + for_absolute(subject) +
         ", where DIR is not this directory: " + shown(own_place) +
         ", where Warrant keeps its own, lies in it";
}

// A directory above granted ones needs no content of its own.
std::string not_held(const std::string& path, const policy::Grant& terms) {
  const std::string names = granted_names(terms);
  const bool above =
      std::any_of(terms.directories.begin(), terms.directories.end(), [&](const auto& each) {
        return policy::lies_in(policy::normal_guest_name("/" + each.guest), path);
      });
  if (above) {
    return "it looked in " + shown(path) + ", above " + names +
           ", and no granted directory holds that: --dir EMPTY::" + shown(path) +
           " --env PWD=" + shown(path) +
           " besides, where EMPTY may be an empty directory, and PWD is where its "
           "relative names begin";
  }
  const std::string parent = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
  return "it looked for " + shown(path) + ", which no granted directory (" + names +
         ") holds: --dir HOST::" + shown(parent);
}

std::string lacked_by_go(const RunSubject& subject, const RunResult& result) {
  for (const policy::DirectoryGrant& each : subject.terms.directories) {
    if (each.guest.starts_with('/')) continue;
    return "Go finds nothing in " + shown(each.guest) +
           ", which is no absolute name: --dir HOST::/";
  }
  if (!result.path_of_none) return {};
  // Go sends what is left of an absolute name.
  return not_held(policy::normal_guest_name("/" + *result.path_of_none), subject.terms);
}

// Whether the guest is likely to have named a path that no granted directory holds.
bool may_lack_others(const RunSubject& subject, const RunResult& result) {
  switch (result.path_use) {
    case PathUse::kNone:
      return false;
    case PathUse::kAsked:
      // An old library asks at its start.
      return was_called_wrong(result) ? names_unheld_path(subject) : true;
    case PathUse::kNamed:
    case PathUse::kUnknown:
      break;
  }
  return names_unheld_path(subject);
}

}  // namespace

bool imports_call(const wasm::ModuleInfo& info, std::string_view prefix) {
  return std::any_of(info.imports.begin(), info.imports.end(), [&](const wasm::Import& import) {
    return import.module.starts_with("wasi_") && import.name.starts_with(prefix);
  });
}

bool is_go(const wasm::ModuleInfo& info) {
  return std::any_of(info.custom_sections.begin(), info.custom_sections.end(),
                     [](const wasm::CustomSection& section) {
                       return section.name == "go:buildid" || section.name == "go.buildid";
                     });
}

std::string lacked_paths(const RunSubject& subject, const RunResult& result) {
  const policy::Grant& terms = subject.terms;
  if (!imports_call(subject.info, "path_")) return {};
  if (terms.directories.empty()) return lacked_any(subject, result);
  const bool has_all = std::any_of(terms.directories.begin(), terms.directories.end(),
                                   [](const auto& each) { return each.guest == "/"; });
  if (has_all || result.exit.code == 0) return {};
  if (is_go(subject.info)) {
    std::string go = lacked_by_go(subject, result);
    if (!go.empty()) return go;
  }
  if (!may_lack_others(subject, result)) return {};
  const std::string from = "; a relative name counts from " + shown(terms.cwd.value_or("/"));
  const auto receipt = read_receipt(result);
  const codec::Json* decisions = receipt ? receipt->find("decisions") : nullptr;
  if (result.path_use == PathUse::kNamed ||
      (decisions != nullptr && decisions->find("fs") != nullptr)) {
    return "no other path is there for it but " + granted_names(terms) + ": --dir HOST::GUEST" +
           from;
  }
  return "it opened nothing in " + granted_names(terms) +
         ", and no other path is there for it: --dir HOST::GUEST" + from;
}

std::string lacked_encodings(const RunSubject& subject, const RunResult& result) {
  const auto names_python = [](std::string_view text) {
    return text.find("python") != std::string_view::npos &&
           text.find("micropython") == std::string_view::npos;
  };
  const auto& variables = subject.terms.environment;
  const bool python = names_python(subject.request.file) ||
                      std::any_of(variables.begin(), variables.end(), [](const auto& variable) {
                        return variable.first == "PYTHONHOME";
                      });
  const auto receipt = python && result.exit.code == 1 ? read_receipt(result) : std::nullopt;
  const codec::Json* files = receipt ? receipt->find("files") : nullptr;
  if (files == nullptr || files->as_object() == nullptr) return {};
  const bool has = std::any_of(
      files->as_object()->begin(), files->as_object()->end(), [](const codec::Json::Member& file) {
        return file.key.find("encodings") != std::string::npos || file.key.ends_with(".zip");
      });
  if (has) return {};
  return "it opened nothing named encodings, where the library of Python begins: --dir LIB::/lib "
         "--env PYTHONHOME=/lib --env PYTHONPATH=/lib, where LIB is the directory that holds "
         "encodings/";
}

}  // namespace warrant::cli
