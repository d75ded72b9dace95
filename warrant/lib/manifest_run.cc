// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/manifest_run.h"

#include <algorithm>

#include "warrant/codec/text.h"
#include "warrant/host/failure.h"
#include "warrant/lib/network.h"
#include "warrant/lib/run_impl.h"
#include "warrant/lib/socket_words.h"
#include "warrant/lib/tool_impl.h"
#include "warrant/os/beneath.h"
#include "warrant/os/load_file.h"
#include "warrant/policy/guest_name.h"
#include "warrant/wasm/imports.h"
#include "warrant/wasm/shape.h"

namespace warrant {
namespace {

using policy::LimitKey;

std::string quoted(std::string_view text) { return "\"" + codec::escape_text(text) + "\""; }

std::string_view path_words(const Error& error) {
  if (error.code == Errc::kNotCapable) return "leads out of the root";
  if (error.code == Errc::kNoEntry) return "is not there";
  if (error.code == Errc::kNotDir) return "has a file where a directory should be";
  return "cannot be read by this user";
}

class Preparing {
 public:
  Preparing(const Ambient& ambient, const Host& host, const host::ManifestInstance& instance,
            const std::string& root)
      : ambient_(ambient), host_(host), instance_(instance), root_(root) {
    made_.name = instance.name;
  }

  PreparedInstance prepare() {
    grant_ = host::grant_of(instance_, root_);
    find_directories();
    find_certificates();
    check_sockets();
    if (load()) judge_module();
    if (made_.refusals.empty()) compile();
    set_launch();
    return std::move(made_);
  }

 private:
  void refuse(std::string text) { made_.refusals.push_back(std::move(text)); }

  // Each directory by its path without links, so that what was judged is what is opened.
  void find_directories() {
    for (std::size_t i = 0; i < instance_.preopens.size(); ++i) {
      const std::string& host_path = instance_.preopens[i].directory.host;
      auto path = os::real_path_beneath(ambient_, root_, host_path);
      if (path) {
        grant_.directories[i].host = *std::move(path);
      } else {
        refuse("preopen " + quoted(host_path) + " " + std::string(path_words(path.error())));
      }
    }
  }

  void find_certificates() {
    for (std::size_t i = 0; i < instance_.fetch.size(); ++i) {
      if (!instance_.fetch[i].ca) continue;
      const std::string& file = *instance_.fetch[i].ca;
      auto path = os::real_path_beneath(ambient_, root_, file);
      if (path) {
        grant_.fetch[i].ca = *std::move(path);
      } else {
        refuse("ca " + quoted(file) + " " + std::string(path_words(path.error())));
      }
    }
  }

  void check_sockets() {
    for (const policy::ListenGrant& each : instance_.listen) {
      if (auto fault = lib::fault_of(each)) refuse(*std::move(fault));
    }
    for (const policy::ConnectGrant& each : instance_.connect) {
      if (auto fault = lib::fault_of(each)) refuse(*std::move(fault));
    }
  }

  // Against every ceiling of the host; a directory was made sure of before.
  std::optional<Warrant> admit(const Tool& tool) {
    policy::Findings narrowed;
    auto warrant = host_.admit(tool, grant_, narrowed);
    if (!warrant) {
      refuse(warrant.problem().what);
      for (const std::string& each : warrant.problem().more) refuse(each);
      return std::nullopt;
    }
    for (const policy::Finding& each : narrowed) {
      made_.narrowed.push_back(codec::escape_text(each.what));
      if (instance_.narrowing == host::Narrowing::kRefused) refuse(made_.narrowed.back());
    }
    // What the start would refuse as well, found while nothing runs yet.
    if (!warrant->terms().fetch.empty()) {
      const auto rules = lib::load_fetch_rules(*warrant);
      if (!rules) {
        refuse(rules.problem().what);
        for (const std::string& each : rules.problem().more) refuse(each);
      }
    }
    if (!made_.refusals.empty()) return std::nullopt;
    return *std::move(warrant);
  }

  bool load() {
    const auto path = os::real_path_beneath(ambient_, root_, instance_.binary);
    if (!path) {
      refuse("binary " + quoted(instance_.binary) + " " + std::string(path_words(path.error())));
      return false;
    }
    auto bytes = os::load_file(ambient_, *path, instance_.limits.get(LimitKey::kModuleBytes));
    if (!bytes) {
      refuse(lib::file_problem(instance_.binary, bytes.error(), instance_.limits).what);
      return false;
    }
    bytes_ = *std::move(bytes);
    const codec::Digest digest = codec::sha256(bytes_);
    if (!instance_.sha256 || *instance_.sha256 == digest) return true;
    refuse("binary " + quoted(instance_.binary) + " has the sha256 " + digest.hex() +
           ", and the manifest says " + instance_.sha256->hex());
    return false;
  }

  void judge_module() {
    wasm::Diagnosis diagnosis;
    auto info = wasm::read_module(bytes_, wasm::ReadDepth::kOutline,
                                  lib::read_limits(instance_.limits), diagnosis);
    if (!info) {
      refuse("binary " + quoted(instance_.binary) + ": " +
             host::exit_of_diagnosis(diagnosis, instance_.limits).message);
      return;
    }
    if (info->kind == wasm::BinaryKind::kComponent) {
      refuse("binary " + quoted(instance_.binary) +
             " is a component, and a module is expected here");
      return;
    }
    for (std::string& each : missing_imports(*info)) refuse(std::move(each));
    for (std::string& each : wasm::check_shape(*info).problems) refuse(std::move(each));
    if (wasm::find_export(*info, "_start") == nullptr &&
        wasm::find_export(*info, "_initialize") == nullptr) {
      refuse("exports neither _start nor _initialize: there is nothing to start");
    }
    const bool old = std::any_of(info->imports.begin(), info->imports.end(),
                                 [](const auto& each) { return each.module == "wasi_unstable"; });
    if (old && instance_.surface == host::Surface::kStdout) {
      refuse("imports wasi_unstable, which the surface \"stdout\" does not have");
    }
  }

  void compile() {
    auto tool = host_.load(bytes_, {.limits = instance_.limits});
    if (!tool) {
      refuse(tool.problem().what);
      for (const std::string& each : tool.problem().more) refuse(each);
      return;
    }
    made_.warrant = admit(*tool);
    if (made_.warrant) made_.tool = *std::move(tool);
  }

  void set_launch() {
    made_.launch.argv = instance_.args;
    if (made_.launch.argv.empty()) made_.launch.argv.push_back(instance_.name);
    made_.launch.surface = instance_.surface;
    made_.launch.inherit_input = true;
    made_.launch.output.to = Output::To::kInherited;
    made_.launch.error_output.to = Output::To::kInherited;
  }

  const Ambient& ambient_;
  const Host& host_;
  const host::ManifestInstance& instance_;
  const std::string& root_;
  policy::Grant grant_;
  std::vector<std::byte> bytes_;
  PreparedInstance made_;
};

// The preopens of an instance by which it writes, and where they really are.
struct Written {
  std::size_t instance;
  const host::ManifestPreopen* preopen;
  std::string host;
};

std::vector<Written> written_by(const host::Manifest& manifest,
                                const std::vector<PreparedInstance>& prepared) {
  std::vector<Written> all;
  for (std::size_t i = 0; i < prepared.size(); ++i) {
    if (!prepared[i].warrant) continue;
    for (const policy::DirectoryGrant& each : prepared[i].warrant->terms().directories) {
      if (each.access != policy::Access::kWrite) continue;
      for (const host::ManifestPreopen& preopen : manifest.instances[i].preopens) {
        const std::string& guest = preopen.directory.guest;
        if (policy::normal_guest_name(guest) != policy::normal_guest_name(each.guest)) continue;
        all.push_back({i, &preopen, each.host});
      }
    }
  }
  return all;
}

bool both_share(const Written& a, const Written& b) {
  return a.preopen->sharing == host::Sharing::kShared &&
         b.preopen->sharing == host::Sharing::kShared;
}

// Two names may be one directory, by a link: what the manifest's text could not show.
void refuse_one_state_for_two(const host::Manifest& manifest,
                              std::vector<PreparedInstance>& prepared) {
  const std::vector<Written> all = written_by(manifest, prepared);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      const bool one =
          policy::lies_in(all[i].host, all[j].host) || policy::lies_in(all[j].host, all[i].host);
      if (!one || all[i].instance == all[j].instance || both_share(all[i], all[j])) continue;
      for (const auto& [mine, other] : {std::pair(i, j), std::pair(j, i)}) {
        prepared[all[mine].instance].refusals.push_back(
            "preopen " + quoted(all[mine].preopen->directory.host) + " is read-write in [" +
            prepared[all[other].instance].name + "] as well, as " +
            quoted(all[other].preopen->directory.host) + R"(: both must say "share": true)");
      }
    }
  }
}

}  // namespace

std::vector<std::string> missing_imports(const wasm::ModuleInfo& info) {
  std::vector<std::string> lines;
  std::vector<std::string> names;
  for (const wasm::ImportProblem& each : wasm::check_imports(info, lib::provided_functions())) {
    const std::string name = codec::escape_text(each.module) + "." + codec::escape_text(each.name);
    const bool absent = each.kind == wasm::ImportProblem::Kind::kUnknownModule ||
                        each.kind == wasm::ImportProblem::Kind::kUnknownName;
    if (!absent) lines.push_back("import " + each.text);
    if (absent && (names.empty() || names.back() != name)) names.push_back(name);
  }
  if (names.empty()) return lines;
  std::string text = std::to_string(names.size()) +
                     (names.size() == 1 ? " import is" : " imports are") + " not provided: ";
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : ", ") + names[i];
  lines.insert(lines.begin(), std::move(text));
  return lines;
}

Outcome<std::vector<PreparedInstance>> prepare_manifest(const Ambient& ambient, const Host& host,
                                                        const host::Manifest& manifest,
                                                        const std::string& root) {
  const auto real_root = os::real_path(ambient, root);
  if (!real_root) {
    return Problem{Problem::Kind::kNotFound,
                   "the root " + quoted(root) + " " + std::string(path_words(real_root.error())),
                   "--root DIR names the directory that the manifest's paths are relative to",
                   {}};
  }
  std::vector<PreparedInstance> prepared;
  prepared.reserve(manifest.instances.size());
  for (const host::ManifestInstance& instance : manifest.instances) {
    prepared.push_back(Preparing(ambient, host, instance, *real_root).prepare());
  }
  refuse_one_state_for_two(manifest, prepared);
  return prepared;
}

}  // namespace warrant
