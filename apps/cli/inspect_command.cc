// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "apps/cli/admission.h"
#include "apps/cli/commands.h"
#include "apps/cli/grant_words.h"
#include "apps/cli/module_file.h"
#include "apps/cli/terminal.h"
#include "warrant/codec/hash.h"
#include "warrant/codec/json.h"
#include "warrant/codec/text.h"
#include "warrant/host/proposal.h"
#include "warrant/lib/tool_impl.h"
#include "warrant/netfetch/functions.h"
#include "warrant/policy/print.h"
#include "warrant/wasm/imports.h"
#include "warrant/wasm/shape.h"

namespace warrant::cli {
namespace {

using codec::Json;

constexpr std::size_t kMaxListed = 40;

std::string_view word(wasm::ExternKind kind) {
  switch (kind) {
    case wasm::ExternKind::kFunction:
      return "function";
    case wasm::ExternKind::kTable:
      return "table";
    case wasm::ExternKind::kMemory:
      return "memory";
    case wasm::ExternKind::kGlobal:
      return "global";
    case wasm::ExternKind::kTag:
      return "tag";
  }
  return "function";
}

// What a guest gets at by a preview1 import, as the words of the flags.
std::string_view asks_for(std::string_view name) {
  if (name.starts_with("path_") || name == "fd_readdir" || name.starts_with("fd_prestat")) {
    return "directories";
  }
  if (name.starts_with("clock_")) return "clocks";
  if (name == "random_get") return "entropy";
  if (name.starts_with("sock_")) return "sockets";
  if (name.starts_with("args_") || name.starts_with("environ_")) return "arguments, environment";
  if (name == "poll_oneoff") return "clocks, streams";
  if (name.starts_with("fd_")) return "console, files";
  return "its own end";
}

std::string group_of(const wasm::Import& import) {
  if (import.module.starts_with("wasi_") && import.kind == wasm::ExternKind::kFunction) {
    return std::string(asks_for(import.name));
  }
  const bool fetches =
      import.module == netfetch::kOpenagentic || import.module == netfetch::kWarrantFetch;
  if (fetches && import.kind == wasm::ExternKind::kFunction) return "fetch";
  return "other: " + codec::escape_text(import.module);
}

std::vector<std::string_view> features_of(const wasm::ModuleInfo& info) {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < wasm::kFeatureCount; ++i) {
    const auto feature = static_cast<wasm::Feature>(i);
    if (info.has(feature)) words.push_back(wasm::word(feature));
  }
  return words;
}

std::string kind_of(const wasm::ModuleInfo& info) {
  if (info.kind == wasm::BinaryKind::kComponent) return "component";
  const wasm::ShapeCheck shape = wasm::check_shape(info);
  return shape.shape == wasm::Shape::kCommand ? "module, a command" : "module, a library (reactor)";
}

// The module read again under the limits of a run: a count that is above one raises it.
void raise_counts(std::span<const std::byte> bytes, policy::Limits& limits) {
  for (std::size_t i = 0; i < policy::limit_rows().size(); ++i) {
    wasm::Diagnosis diagnosis;
    if (wasm::read_module(bytes, wasm::ReadDepth::kDeep, lib::read_limits(limits), diagnosis))
      return;
    const auto key = policy::find_limit(diagnosis.limit);
    if (diagnosis.kind != wasm::Diagnosis::Kind::kLimit || !key) return;
    limits.write(*key, policy::row_of(*key).ceiling);
  }
}

// The working directory can be granted only where nothing of our own lies in it.
std::string own_place_beneath(os::Ambient ambient) {
  const os::Places places = os::find_places(ambient);
  return own_place_in(lib::working_directory(ambient), {places.cache, places.state, places.config});
}

class Page {
 public:
  Page(std::span<const std::byte> bytes, const wasm::ModuleInfo& info)
      : info_(info),
        size_(bytes.size()),
        hash_("sha256:" + codec::sha256(bytes).hex()),
        problems_(wasm::check_imports(info, lib::provided_functions())),
        proposal_(host::propose_grant(bytes, info)) {
    if (info.kind != wasm::BinaryKind::kModule) {
      obstacles_.emplace_back("components do not run in this build yet");
      return;
    }
    raise_counts(bytes, proposal_.grant.limits);
    obstacles_ = wasm::check_features(info);
    const wasm::ShapeCheck shape = wasm::check_shape(info);
    obstacles_.insert(obstacles_.end(), shape.problems.begin(), shape.problems.end());
    if (shape.shape != wasm::Shape::kCommand && shape.problems.empty()) {
      obstacles_.emplace_back(
          "exports no _start: it is a library (a reactor), whose exports a program calls "
          "(docs/guide/embedding.md)");
    }
  }

  // About the directory that the proposal names, where it names one.
  void remark(std::string text) {
    if (!proposal_.grant.directories.empty()) proposal_.remarks.push_back(std::move(text));
  }

  std::string json() const {
    Json page = Json::object();
    page.set("kind",
             Json::string(info_.kind == wasm::BinaryKind::kModule ? "module" : "component"));
    page.set("sha256", Json::string(hash_));
    page.set("size", Json::integer(static_cast<std::int64_t>(size_)));
    page.set("command", Json::boolean(kind_of(info_) == "module, a command"));
    page.set("imports", imports_json());
    Json exports = Json::array();
    for (const wasm::Export& each : info_.exports) {
      Json entry = Json::object();
      entry.set("name", Json::string(each.name));
      entry.set("kind", Json::string(word(each.kind)));
      if (each.kind == wasm::ExternKind::kFunction) {
        entry.set("type", Json::string(wasm::print(each.type)));
      }
      exports.push(std::move(entry));
    }
    page.set("exports", std::move(exports));
    Json features = Json::array();
    for (const auto feature : features_of(info_)) features.push(Json::string(feature));
    page.set("features", std::move(features));
    Json sections = Json::array();
    for (const wasm::CustomSection& each : info_.custom_sections) {
      Json entry = Json::object();
      entry.set("name", Json::string(each.name));
      entry.set("size", Json::integer(static_cast<std::int64_t>(each.size)));
      sections.push(std::move(entry));
    }
    page.set("custom_sections", std::move(sections));
    Json obstacles = Json::array();
    for (const std::string& each : obstacles_) obstacles.push(Json::string(each));
    for (const wasm::ImportProblem& each : problems_) {
      if (!is_stubbed(each)) obstacles.push(Json::string(each.text));
    }
    page.set("obstacles", std::move(obstacles));
    page.set("smallest_grant", proposal_json());
    return print_document(page);
  }

  std::string text(std::string_view file) const {
    std::string page = codec::escape_text(file) + "\n";
    std::vector<std::vector<std::string>> facts = {
        {"kind", kind_of(info_)}, {"size", std::to_string(size_) + " bytes"}, {"hash", hash_}};
    const std::string_view language = host::word(proposal_.language);
    if (!language.empty()) facts.push_back({"made with", std::string(language)});
    facts.push_back({"functions", std::to_string(info_.functions)});
    facts.push_back({"memory", memory_line()});
    page += print_columns(facts);
    append_imports(page);
    append_exports(page);
    std::string features;
    for (const auto feature : features_of(info_)) {
      features += (features.empty() ? "" : ", ") + std::string(feature);
    }
    if (!features.empty()) page += "features\n  " + features + "\n";
    if (!info_.custom_sections.empty()) {
      page += "custom sections\n";
      std::vector<std::vector<std::string>> rows;
      rows.reserve(info_.custom_sections.size());
      for (const wasm::CustomSection& each : info_.custom_sections) {
        rows.push_back({codec::escape_text(each.name), std::to_string(each.size) + " bytes"});
      }
      append_rows(rows, page);
    }
    append_obstacles(page);
    append_proposal(file, page);
    return page;
  }

 private:
  // Named by the proposal as one that the module does without.
  bool is_stubbed(const wasm::ImportProblem& problem) const {
    const auto& optional = proposal_.grant.optional_imports;
    return std::find(optional.begin(), optional.end(), problem.module + "." + problem.name) !=
           optional.end();
  }
  bool runs() const {
    return obstacles_.empty() &&
           std::all_of(problems_.begin(), problems_.end(),
                       [&](const wasm::ImportProblem& each) { return is_stubbed(each); });
  }

  Json proposal_json() const {
    Json proposal = Json::object();
    proposal.set("language", Json::string(host::word(proposal_.language)));
    Json flags = Json::array();
    for (const std::string& each : grant_words(proposal_.grant)) flags.push(Json::string(each));
    proposal.set("flags", std::move(flags));
    Json remarks = Json::array();
    for (const std::string& each : proposal_.remarks) remarks.push(Json::string(each));
    proposal.set("remarks", std::move(remarks));
    proposal.set("grant", policy::lower(proposal_.grant));
    return proposal;
  }

  void append_proposal(std::string_view file, std::string& page) const {
    if (!runs()) return;
    const std::string flags = grant_line(proposal_.grant);
    page += "the smallest grant that its imports ask for; narrow it where it can do with less\n";
    page += "  warrant run " + flags + (flags.empty() ? "" : " ") + codec::shell_quote(file) + "\n";
    for (const std::string& each : proposal_.remarks) page += "  " + each + "\n";
    page += "the same as a file for --grant; a relative host counts from the file's directory\n\n";
    page += policy::print_toml(proposal_.grant);
  }

  Json imports_json() const {
    Json imports = Json::array();
    for (const wasm::Import& each : info_.imports) {
      Json entry = Json::object();
      entry.set("module", Json::string(each.module));
      entry.set("name", Json::string(each.name));
      entry.set("kind", Json::string(word(each.kind)));
      if (each.kind == wasm::ExternKind::kFunction) {
        entry.set("type", Json::string(wasm::print(each.type)));
      }
      entry.set("provided", Json::boolean(!is_problem(each)));
      imports.push(std::move(entry));
    }
    return imports;
  }

  bool is_problem(const wasm::Import& import) const {
    return std::any_of(problems_.begin(), problems_.end(), [&](const wasm::ImportProblem& each) {
      return each.module == import.module && each.name == import.name;
    });
  }

  // A function of WASI by its module's name alone.
  bool is_unknown(const wasm::Import& import) const {
    return import.module.starts_with("wasi_") &&
           std::any_of(problems_.begin(), problems_.end(), [&](const wasm::ImportProblem& each) {
             return each.kind != wasm::ImportProblem::Kind::kWrongType &&
                    each.module == import.module && each.name == import.name;
           });
  }

  std::string memory_line() const {
    if (info_.memories.empty()) return "none";
    std::string line;
    for (const wasm::MemoryType& memory : info_.memories) {
      if (!line.empty()) line += ", ";
      line += std::to_string(memory.minimum_pages * 64) + " KiB at start";
      if (memory.maximum_pages) {
        line += ", at most " + std::to_string(*memory.maximum_pages * 64) + " KiB";
      }
    }
    return line;
  }

  static void append_rows(std::vector<std::vector<std::string>> rows, std::string& page) {
    const std::size_t all = rows.size();
    rows.resize(std::min(all, kMaxListed));
    page += print_columns(rows);
    if (all > rows.size()) {
      page += "  and " + std::to_string(all - rows.size()) + " more (--json lists them all)\n";
    }
  }

  void append_imports(std::string& page) const {
    std::map<std::string, std::string> groups;
    std::set<std::pair<std::string_view, std::string_view>> seen;  // Go imports fd_write twice
    for (const wasm::Import& import : info_.imports) {
      std::string& names =
          groups[is_unknown(import) ? "unknown: " + codec::escape_text(import.module)
                                    : group_of(import)];
      if (!seen.emplace(import.module, import.name).second) continue;
      if (!names.empty()) names += ", ";
      names += codec::escape_text(import.name, 80);
    }
    if (groups.empty()) {
      page += "imports nothing\n";
      return;
    }
    page += "imports " + std::to_string(info_.imports.size()) + ", by what they ask for\n";
    std::vector<std::vector<std::string>> rows;
    rows.reserve(groups.size());
    for (const auto& [group, names] : groups) rows.push_back({group, names});
    append_rows(rows, page);
  }

  void append_exports(std::string& page) const {
    page += "exports " + std::to_string(info_.exports.size()) + "\n";
    std::vector<std::vector<std::string>> rows;
    rows.reserve(info_.exports.size());
    for (const wasm::Export& each : info_.exports) {
      rows.push_back({codec::escape_text(each.name, 80), std::string(word(each.kind)),
                      each.kind == wasm::ExternKind::kFunction ? wasm::print(each.type) : ""});
    }
    append_rows(rows, page);
  }

  void append_obstacles(std::string& page) const {
    if (runs()) return;
    page += "what keeps it from running\n";
    for (const std::string& each : obstacles_) page += "  " + codec::escape_text(each) + "\n";
    for (const wasm::ImportProblem& each : problems_) {
      if (is_stubbed(each)) continue;
      page += "  " + each.text + "\n";
      if (!each.advice.empty()) page += "    " + std::string(each.advice) + "\n";
    }
  }

  const wasm::ModuleInfo& info_;
  std::uint64_t size_;
  std::string hash_;
  std::vector<wasm::ImportProblem> problems_;
  host::Proposal proposal_;
  std::vector<std::string> obstacles_;
};

constexpr auto kFlags = std::to_array<Flag>(
    {{"--json", "", Arity::kNone, FlagGroup::kShown, FlagState::kHere, "as JSON"},
     {"--module-bytes", "SIZE", Arity::kValue, FlagGroup::kLimit, FlagState::kHere,
      "size of FILE, 256MiB"}});

}  // namespace

int inspect_command(const Process& process, Words words) {
  Voice voice(When::kAuto, Verbosity::kNormal);
  FileRequest request;
  if (const auto status = parse_file_request(words, kFlags, "inspect", request, voice))
    return *status;
  // Nothing runs here: what a run would refuse for its size is still looked at.
  for (const policy::LimitRow& row : policy::limit_rows()) {
    request.limits.set_default(row.key, row.ceiling);
  }
  if (request.files.size() != 1) {
    voice.error("inspect takes one FILE", {}, "warrant inspect FILE");
    return kUsage;
  }
  std::vector<std::byte> bytes;
  wasm::ModuleInfo info;
  const std::string& file = request.files.front();
  if (const int status =
          read_module_file(process.ambient, file, request.limits, bytes, info, voice)) {
    return status;
  }
  Page page(bytes, info);
  if (const std::string own = own_place_beneath(process.ambient); !own.empty()) {
    page.remark("here . holds " + codec::escape_text(own) +
                ", where Warrant keeps its own: --dir DIR::. with a directory that does not");
  }
  const std::string text = request.json ? page.json() : page.text(file);
  return write_all(STDOUT_FILENO, text) ? kDone : kOutputFailed;
}

}  // namespace warrant::cli
