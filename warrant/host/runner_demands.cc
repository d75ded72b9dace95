// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/runner_demands.h"

#include <algorithm>
#include <array>
#include <utility>

namespace warrant::host {
namespace {

using policy::LimitKey;

class Demands {
 public:
  explicit Demands(const RunnerRequest& request)
      : request_(request), terms_(*request.terms), info_(*request.info) {}

  std::vector<RunnerDemand> take() {
    module();
    imports();
    words();
    directories();
    clocks();
    network();
    limits();
    result();
    return std::move(made_);
  }

 private:
  void ask(RunnerKey key, std::string from, Need need = Need::kProvide) {
    made_.push_back({key, need, std::string(word(key)), std::move(from), {}, false});
  }

  void ask_default(RunnerKey key, std::string from) {
    ask(key, std::move(from));
    made_.back().is_default = true;
  }

  // Granted: provide; not granted: withhold.
  void either(RunnerKey key, bool value, const std::string& from, const std::string& otherwise) {
    ask(key, value ? from : otherwise, value ? Need::kProvide : Need::kWithhold);
  }

  void module() {
    const bool component = info_.kind == wasm::BinaryKind::kComponent;
    ask(component ? RunnerKey::kModuleComponent : RunnerKey::kModuleCore, "the module");
    for (std::size_t i = 0; i < wasm::kFeatureCount; ++i) {
      const auto feature = static_cast<wasm::Feature>(i);
      if (!info_.has(feature)) continue;
      const std::string name = "module.feature." + std::string(wasm::word(feature));
      made_.push_back(
          {RunnerKey::kModuleFeature, Need::kProvide, name, "the module", feature, false});
    }
  }

  bool imports_from(std::string_view module) const {
    return std::any_of(info_.imports.begin(), info_.imports.end(),
                       [&](const wasm::Import& each) { return each.module == module; });
  }

  void imports() {
    if (imports_from("wasi_unstable")) ask(RunnerKey::kModulePreview0, "imports of the module");
    if (imports_from("wasi_snapshot_preview1")) {
      ask(RunnerKey::kImportPreview1, "imports of the module");
    }
    if (imports_from("openagentic_netfetch")) {
      ask(RunnerKey::kImportNetfetch, "imports of the module");
    }
    if (imports_from("warrant_fetch")) ask(RunnerKey::kImportWarrantFetch, "imports of the module");
    if (imports_from("host_process")) ask(RunnerKey::kImportProcess, "imports of the module");
    const bool yoi = std::any_of(info_.imports.begin(), info_.imports.end(),
                                 [](const auto& each) { return each.module.starts_with("yoi:"); });
    if (yoi) ask(RunnerKey::kImportYoi, "imports of the module");
    if (!terms_.host_functions.empty() || !terms_.optional_imports.empty()) {
      ask(RunnerKey::kImportEmbedder, "grant optional-imports or host functions");
    }
  }

  void words() {
    ask(RunnerKey::kArgv0, "argv");
    const bool variables = !terms_.environment.empty() || !terms_.host_environment.empty();
    either(RunnerKey::kEnv, variables, "grant environment", "no [environment] in the warrant");
    if (terms_.cwd) ask(RunnerKey::kCwd, "grant cwd");
    if (request_.stdin_form == StdinForm::kBytes) ask(RunnerKey::kStdinBytes, "stdin");
    if (request_.stdin_form == StdinForm::kStream) ask(RunnerKey::kStdinStream, "stdin");
    const policy::ConsoleGrant& console = terms_.console;
    either(RunnerKey::kConsole,
           console.stdin_stream && console.stdout_stream && console.stderr_stream, "grant console",
           "a stream that [console] takes away");
  }

  void directories() {
    std::size_t index = 0;
    for (const policy::DirectoryGrant& each : terms_.directories) {
      const std::string from =
          "grant directory[" + std::to_string(index++) + "] (" + each.guest + ")";
      switch (each.access) {
        case policy::Access::kRead:
          ask(RunnerKey::kFsRead, from);
          break;
        case policy::Access::kWrite:
          ask(RunnerKey::kFsWrite, from);
          break;
        case policy::Access::kOverlay:
          ask(RunnerKey::kFsOverlay, from);
          break;
      }
      policy::DirectoryGrant plain;
      plain.guest = each.guest;
      plain.host = each.host;
      plain.access = each.access;
      if (!(plain == each)) ask(RunnerKey::kFsOptions, from);
    }
    // What nobody wrote and a directory has all the same: one mount, no device, no hard link.
    if (!terms_.directories.empty()) ask_default(RunnerKey::kFsOptions, "defaults of directories");
    if (request_.memory_files) ask(RunnerKey::kFsMemory, "files in memory");
  }

  void clocks() {
    const policy::ClockGrant& clock = terms_.clock;
    const std::string none = "no [clock] for it in the warrant";
    either(RunnerKey::kClockMonotonic, clock.monotonic, "grant clock", none);
    either(RunnerKey::kClockWall, clock.wall, "grant clock", none);
    either(RunnerKey::kClockCpu, clock.cpu, "grant clock", none);
    if (clock.fixed) ask(RunnerKey::kClockFixed, "grant clock.fixed");
    if (clock.resolution) ask(RunnerKey::kClockResolution, "grant clock.resolution");
    using Source = policy::EntropyGrant::Source;
    const Source source = terms_.entropy.source;
    if (source == Source::kSeed) {
      ask(RunnerKey::kEntropySeed, "grant entropy.seed");
    } else {
      either(RunnerKey::kEntropy, source == Source::kSystem, "grant entropy",
             "no [entropy] in the warrant");
    }
  }

  void network() {
    std::size_t index = 0;
    for (const policy::FetchGrant& each : terms_.fetch) {
      const std::string from =
          "grant fetch[" + std::to_string(index++) + "] (" + each.scheme + "://" + each.host + ")";
      ask(RunnerKey::kNetFetch, from);
      if (!each.browser_unpinned) ask(RunnerKey::kNetFetchVetted, from);
      if (each.secret) ask(RunnerKey::kSecrets, from);
    }
    if (terms_.fetch.empty()) {
      either(RunnerKey::kNetFetch, request_.net_fetch, "netFetch is requested",
             "no [[fetch]] in the warrant");
    }
    const bool sockets = !terms_.listen.empty() || !terms_.connect.empty();
    either(RunnerKey::kNetSocket, sockets, "grant listen or connect",
           "no [[listen]] and no [[connect]] in the warrant");
    either(RunnerKey::kProcessSpawn, !terms_.process_run.empty(), "grant process.run",
           "no [process] in the warrant");
  }

  static RunnerKey key_of(LimitKey key) {
    using Pair = std::pair<LimitKey, RunnerKey>;
    constexpr std::array<Pair, 11> kKeys = {{{LimitKey::kWall, RunnerKey::kLimitWall},
                                             {LimitKey::kCpu, RunnerKey::kLimitCpu},
                                             {LimitKey::kFuel, RunnerKey::kLimitFuel},
                                             {LimitKey::kMemory, RunnerKey::kLimitMemory},
                                             {LimitKey::kTable, RunnerKey::kLimitTable},
                                             {LimitKey::kStack, RunnerKey::kLimitStack},
                                             {LimitKey::kStdout, RunnerKey::kLimitStdout},
                                             {LimitKey::kStderr, RunnerKey::kLimitStderr},
                                             {LimitKey::kOpenFiles, RunnerKey::kLimitOpenFiles},
                                             {LimitKey::kWritten, RunnerKey::kLimitWritten},
                                             {LimitKey::kInodes, RunnerKey::kLimitInodes}}};
    const auto found = std::find_if(kKeys.begin(), kKeys.end(),
                                    [&](const Pair& each) { return each.first == key; });
    return found == kKeys.end() ? RunnerKey::kLimitOther : found->second;
  }

  // Limits of reading and compiling are kept by us before any runner sees the module.
  static bool is_of_the_module(LimitKey key) { return key >= LimitKey::kModuleBytes; }

  void limits() {
    for (const policy::LimitRow& row : policy::limit_rows()) {
      if (is_of_the_module(row.key)) continue;
      const bool fails = terms_.console.excess == policy::Excess::kFail &&
                         (row.key == LimitKey::kStdout || row.key == LimitKey::kStderr);
      const bool written = fails || terms_.limits.is_written(row.key);
      // No default number of instructions: it counts only when it is written.
      if (row.key == LimitKey::kFuel && !written) continue;
      const std::string name = "limit." + std::string(row.word);
      made_.push_back({key_of(row.key),
                       Need::kProvide,
                       name,
                       fails     ? "grant console.excess"
                       : written ? "grant limits." + std::string(row.word)
                                 : "a default limit",
                       {},
                       !written});
    }
  }

  void result() {
    ask(RunnerKey::kCancel, "every run can be cancelled");
    if (request_.hardening == HardeningForm::kWritten) {
      ask(RunnerKey::kHardening, "grant or ceiling hardening");
    } else if (request_.hardening == HardeningForm::kDefault) {
      ask_default(RunnerKey::kHardening, "the hardening of a run");
    }
    if (request_.audit_effects) ask(RunnerKey::kAuditEffects, "grant or ceiling audit");
    if (request_.exit_full) ask(RunnerKey::kExitFull, "the tool's exit codes are full");
    if (request_.stderr_pure) ask(RunnerKey::kStderrPure, "stderr is asked for pure");
  }

  const RunnerRequest& request_;
  const policy::Grant& terms_;
  const wasm::ModuleInfo& info_;
  std::vector<RunnerDemand> made_;
};

}  // namespace

std::vector<RunnerDemand> demands_of(const RunnerRequest& request) {
  return Demands(request).take();
}

}  // namespace warrant::host
