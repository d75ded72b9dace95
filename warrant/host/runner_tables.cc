// SPDX-License-Identifier: Apache-2.0
// What each runner answers to each key: the truth table of runners.md section 3, a row a key.
#include <algorithm>
#include <array>

#include "warrant/base/utf8.h"
#include "warrant/host/runner_plan.h"
#include "warrant/policy/guest_name.h"
#include "warrant/wasm/shape.h"

namespace warrant::host {
namespace {

using Answer = Support::Answer;
using Key = RunnerKey;

constexpr Support kYes{Answer::kYes, {}, nullptr};
constexpr RunnerEntry kProvides{kYes};
constexpr RunnerEntry kBoth{kYes, kYes};

constexpr Support no(std::string_view why) { return {Answer::kNo, why, nullptr}; }
constexpr Support limited(std::string_view why, bool (*test)(const RunnerRequest&)) {
  return {Answer::kLimited, why, test};
}

bool never(const RunnerRequest&) { return false; }
bool always(const RunnerRequest&) { return true; }

// No socket function, and the memory that wasmtime asks for at every call, proc_exit included.
bool is_plain_wasi(const RunnerRequest& request) {
  const wasm::ModuleInfo& info = *request.info;
  return wasm::find_export(info, "memory") != nullptr &&
         std::none_of(info.imports.begin(), info.imports.end(),
                      [](const wasm::Import& each) { return each.name.starts_with("sock_"); });
}

// The working directory is one of the granted directories itself.
bool cwd_is_a_root(const RunnerRequest& request) {
  const std::string cwd = policy::normal_guest_name(request.terms->cwd.value_or(""));
  return std::any_of(
      request.terms->directories.begin(), request.terms->directories.end(),
      [&](const auto& each) { return policy::normal_guest_name(each.guest) == cwd; });
}

// "HOST::GUEST" is split at the first "::".
bool names_have_no_colons(const RunnerRequest& request) {
  return std::none_of(request.terms->directories.begin(), request.terms->directories.end(),
                      [](const auto& each) {
                        return each.host.find("::") != std::string::npos ||
                               each.guest.find("::") != std::string::npos;
                      });
}

// What it writes is read from a pipe: it is written by then.
bool excess_is_dropped(const RunnerRequest& request) {
  return request.terms->console.excess == policy::Excess::kDrop;
}

bool argv_is_utf8(const RunnerRequest& request) {
  return std::all_of(request.argv.begin(), request.argv.end(),
                     [](const std::string& each) { return is_utf8(each); });
}

// What fetch() of a page does as it is written: it resolves, decodes and stops at redirects itself.
bool page_can_fetch(const RunnerRequest& request) {
  const auto& grants = request.terms->fetch;
  return request.terms->network == policy::NetworkOptions{} &&
         std::all_of(grants.begin(), grants.end(), [](const policy::FetchGrant& each) {
           return each.browser_unpinned && each.scheme == "https" && !each.ca &&
                  each.decompress == policy::Decompress::kOff &&
                  each.redirect != policy::Redirect::kManual;
         });
}

bool is_of(std::string_view name, std::string_view package) {
  return name.starts_with("wasi:" + std::string(package) + "/");
}

// A command whose world is the plain part of WASI 0.2.
bool is_plain_command(const RunnerRequest& request) {
  const wasm::ModuleInfo& info = *request.info;
  const bool plain = std::all_of(
      info.component_imports.begin(), info.component_imports.end(), [](const std::string& name) {
        return is_of(name, "cli") || is_of(name, "io") || is_of(name, "clocks") ||
               is_of(name, "filesystem") || is_of(name, "random");
      });
  return plain &&
         std::any_of(info.component_exports.begin(), info.component_exports.end(),
                     [](const std::string& name) { return name.starts_with("wasi:cli/run@0.2."); });
}

constexpr Support kNotHere = no("this import is not in this build yet");
constexpr Support kCannotImport = no("the wasmtime command line cannot be given host imports");
constexpr Support kDropsOnly =
    limited("what is beyond is dropped; no write can fail", excess_is_dropped);
constexpr Support kPlainOnly = no("the wasmtime command line has plain directories only");
constexpr Support kHasClock = no("the wasmtime command line always provides a clock");
constexpr Support kMachines =
    no("the wasmtime command line has the machine's clocks and entropy only");
constexpr Support kNotThere =
    no("the wasmtime command line has no clock of the processor, no granted socket");
constexpr Support kUnkept = limited("written: refused; a default: reported as not enforced", never);
constexpr Support kReports =
    limited("exit codes 0 to 125 only, and a report of its own after a trap", never);
constexpr Support kPlainWasi =
    limited("no sock_* functions, and only where the module exports its memory", is_plain_wasi);
constexpr Support kNotInPage = no("it is not in this build's page yet");
constexpr Support kNoKernel = no("a page has no layers of the kernel of its own");

struct Row {
  Key key;
  std::string_view word;
  RunnerEntry native;
  RunnerEntry browser;
  RunnerEntry wasmtime_cli;
};

// clang-format off
constexpr std::array<Row, kRunnerKeyCount> kRows = {{
    {Key::kModuleCore, "module.core", kProvides, kProvides, kProvides},
    {Key::kModuleComponent, "module.component",
     {no("components are not in this build yet")},
     {no("browsers run core modules only")},
     {limited("a command, with imports of wasi cli, io, clocks, filesystem, random alone",
              is_plain_command)}},
    {Key::kModulePreview0, "module.preview0", kProvides, kProvides, {kPlainWasi}},
    {Key::kModuleFeature, "module.feature.*", kProvides, kProvides, kProvides},
    {Key::kImportPreview1, "import.wasi_snapshot_preview1",
     kProvides, kProvides, {kPlainWasi}},
    {Key::kImportNetfetch, "import.openagentic_netfetch", kProvides, kProvides, {kCannotImport}},
    {Key::kImportWarrantFetch, "import.warrant_fetch", kProvides, kProvides, {kCannotImport}},
    {Key::kImportYoi, "import.yoi:*", {kNotHere}, {kNotInPage}, {kCannotImport}},
    {Key::kImportProcess, "import.host_process", {kNotHere}, {kNotInPage}, {kCannotImport}},
    {Key::kImportEmbedder, "import.embedder", kProvides, {kNotInPage}, {kCannotImport}},
    {Key::kArgv0, "argv0",
     kProvides, kProvides, {limited("arguments in UTF-8 only", argv_is_utf8)}},
    {Key::kEnv, "env", kBoth, kBoth, kBoth},
    {Key::kCwd, "cwd",
     kProvides, {kNotInPage}, {limited("only the root of a granted directory", cwd_is_a_root)}},
    {Key::kStdinBytes, "stdin.bytes", kBoth, kBoth, kBoth},
    {Key::kStdinStream, "stdin.stream", kBoth, {kNotInPage, kYes}, kBoth},
    {Key::kFsWrite, "fs.write",
     kProvides,
     {kNotInPage},
     {limited("no name with \"::\"", names_have_no_colons)}},
    {Key::kFsRead, "fs.read",
     kProvides, {kNotInPage}, {no("the wasmtime command line opens every directory read-write")}},
    {Key::kFsOverlay, "fs.overlay",
     {no("overlays are not in this build yet")},
     {kNotInPage},
     {no("an external process needs a real directory; a copy is not made silently")}},
    {Key::kFsMemory, "fs.memory",
     {no("/tmp in memory is not in this build yet")}, {kNotInPage}, {kPlainOnly}},
    {Key::kFsOptions, "fs.options", kProvides, {kNotInPage}, {kPlainOnly}},
    {Key::kClockMonotonic, "clock.monotonic", kBoth, kBoth, {kYes, kHasClock}},
    {Key::kClockWall, "clock.wall", kBoth, kBoth, {kYes, kHasClock}},
    {Key::kClockCpu, "clock.cpu",
     kBoth, {no("browsers have no clock of the processor"), kYes}, {kNotThere, kYes}},
    {Key::kClockFixed, "clock.fixed", kProvides, kProvides, {kMachines}},
    {Key::kClockResolution, "clock.resolution", kProvides, kProvides, {kMachines}},
    {Key::kEntropy, "entropy",
     kBoth, kBoth, {kYes, no("the wasmtime command line always provides entropy")}},
    {Key::kEntropySeed, "entropy.seed", kProvides, {kNotInPage}, {kMachines}},
    {Key::kConsole, "console",
     kBoth, kBoth, {kYes, no("the wasmtime command line always has the three streams")}},
    {Key::kNetFetch, "net.fetch",
     kBoth,
     {limited("only with browser-unpinned, over https, without ca, decompress, redirect = manual and "
              "[network]",
              page_can_fetch),
      kYes},
     {kCannotImport, kYes}},
    {Key::kNetFetchVetted, "net.fetch.vetted",
     kProvides, {no("a page cannot choose the address that it connects to")}, {kCannotImport}},
    {Key::kNetSocket, "net.socket", kBoth, {no("a page has no sockets"), kYes}, {kNotThere, kYes}},
    {Key::kProcessSpawn, "process.spawn",
     {no("children are not in this build yet"), kYes}, {kNotInPage, kYes}, {kCannotImport, kYes}},
    {Key::kSecrets, "secrets",
     kProvides, {kNotInPage}, {kCannotImport}},
    {Key::kLimitWall, "limit.wall", kProvides, kProvides, kProvides},
    {Key::kLimitStdout, "limit.stdout", kProvides, kProvides, {kDropsOnly}},
    {Key::kLimitStderr, "limit.stderr", kProvides, kProvides, {kDropsOnly}},
    {Key::kLimitMemory, "limit.memory", kProvides, kProvides, kProvides},
    {Key::kLimitTable, "limit.table", kProvides, kProvides, kProvides},
    {Key::kLimitStack, "limit.stack", kProvides, {limited("the engine's own", never)}, kProvides},
    {Key::kLimitFuel, "limit.fuel",
     kProvides, {no("browsers do not count instructions")}, kProvides},
    {Key::kLimitCpu, "limit.cpu",
     kProvides, {limited("counted as wall time, which is stricter", always)}, kProvides},
    {Key::kLimitOpenFiles, "limit.open-files", kProvides, kProvides, {kUnkept}},
    {Key::kLimitWritten, "limit.written", kProvides, kProvides, {kUnkept}},
    {Key::kLimitInodes, "limit.inodes", kProvides, kProvides, {kUnkept}},
    {Key::kLimitOther, "limit.*", kProvides, kProvides, {kUnkept}},
    {Key::kHardening, "hardening", kProvides, {kNoKernel}, {kUnkept}},
    {Key::kCancel, "cancel", kProvides, kProvides, kProvides},
    {Key::kAuditEffects, "audit.effects",
     kProvides, kProvides, {limited("start, exit and limits of the process only", never)}},
    {Key::kExitFull, "exit.full", kProvides, kProvides, {kReports}},
    {Key::kStderrPure, "stderr.pure", kProvides, kProvides, {kReports}},
    {Key::kUsage, "usage",
     kProvides, {limited("time and bytes only", always)}, {limited("time only", always)}},
}};
// clang-format on

// A new key does not compile until its row is here, with an answer of each runner.
constexpr bool is_complete() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].key != static_cast<Key>(i) || kRows[i].word.empty()) return false;
  }
  return true;
}
static_assert(is_complete());

constexpr const Row& row_of(Key key) { return kRows[static_cast<std::size_t>(key)]; }

constexpr std::uint32_t without(std::uint32_t features, wasm::Feature feature) {
  return features & ~(1U << static_cast<unsigned>(feature));
}

constexpr std::uint32_t kAll = (1U << wasm::kFeatureCount) - 1;
// What our own engine is configured for (engine.md section 3).
constexpr std::uint32_t kOurs = without(
    without(without(without(kAll, wasm::Feature::kThreads), wasm::Feature::kLegacyExceptions),
            wasm::Feature::kMemory64),
    wasm::Feature::kGc);

}  // namespace

std::string_view word(RunnerKey key) noexcept { return row_of(key).word; }

Descriptor native_runner() {
  return {"native", [](Key key) { return row_of(key).native; }, kOurs, {}, {}};
}

Descriptor browser_runner() {
  return {"browser",
          [](Key key) { return row_of(key).browser; },
          kOurs,
          {},
          "this build is no page of a browser"};
}

Descriptor wasmtime_cli_runner() {
  return {"wasmtime-cli", [](Key key) { return row_of(key).wasmtime_cli; }, kOurs, {}, {}};
}

}  // namespace warrant::host
