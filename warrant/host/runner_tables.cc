// SPDX-License-Identifier: Apache-2.0
// What each runner answers to each key: the truth table of runners.md section 3.
#include <algorithm>

#include "warrant/base/utf8.h"
#include "warrant/host/runner_plan.h"
#include "warrant/policy/guest_name.h"

namespace warrant::host {
namespace {

using Answer = Support::Answer;

constexpr Support kYes{Answer::kYes, {}, nullptr};
constexpr RunnerEntry kProvides{kYes};
constexpr RunnerEntry kBoth{kYes, kYes};

constexpr Support no(std::string_view why) { return {Answer::kNo, why, nullptr}; }
constexpr Support limited(std::string_view why, bool (*test)(const RunnerRequest&)) {
  return {Answer::kLimited, why, test};
}

bool never(const RunnerRequest&) { return false; }
bool always(const RunnerRequest&) { return true; }

bool imports_no_sockets(const RunnerRequest& request) {
  return std::none_of(request.info->imports.begin(), request.info->imports.end(),
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

bool argv_is_utf8(const RunnerRequest& request) {
  return std::all_of(request.argv.begin(), request.argv.end(),
                     [](const std::string& each) { return is_utf8(each); });
}

RunnerEntry native_entry(RunnerKey key) {
  switch (key) {
    case RunnerKey::kModuleComponent:
      return {no("components are not in this build yet")};
    case RunnerKey::kImportYoi:
    case RunnerKey::kImportProcess:
      return {no("this import is not in this build yet")};
    case RunnerKey::kFsOverlay:
      return {no("overlays are not in this build yet")};
    case RunnerKey::kFsMemory:
      return {no("/tmp in memory is not in this build yet")};
    case RunnerKey::kProcessSpawn:
      return {no("children are not in this build yet"), kYes};
    case RunnerKey::kEnv:
    case RunnerKey::kStdinBytes:
    case RunnerKey::kStdinStream:
    case RunnerKey::kClockMonotonic:
    case RunnerKey::kClockWall:
    case RunnerKey::kClockCpu:
    case RunnerKey::kEntropy:
    case RunnerKey::kConsole:
    case RunnerKey::kNetSocket:
    case RunnerKey::kNetFetch:
      return kBoth;
    case RunnerKey::kModuleCore:
    case RunnerKey::kModulePreview0:
    case RunnerKey::kModuleFeature:
    case RunnerKey::kImportPreview1:
    case RunnerKey::kImportEmbedder:
    case RunnerKey::kImportNetfetch:
    case RunnerKey::kImportWarrantFetch:
    case RunnerKey::kNetFetchVetted:
    case RunnerKey::kSecrets:
    case RunnerKey::kArgv0:
    case RunnerKey::kCwd:
    case RunnerKey::kFsWrite:
    case RunnerKey::kFsRead:
    case RunnerKey::kFsOptions:
    case RunnerKey::kClockFixed:
    case RunnerKey::kClockResolution:
    case RunnerKey::kEntropySeed:
    case RunnerKey::kLimitWall:
    case RunnerKey::kLimitStdout:
    case RunnerKey::kLimitStderr:
    case RunnerKey::kLimitMemory:
    case RunnerKey::kLimitTable:
    case RunnerKey::kLimitStack:
    case RunnerKey::kLimitFuel:
    case RunnerKey::kLimitCpu:
    case RunnerKey::kLimitOpenFiles:
    case RunnerKey::kLimitWritten:
    case RunnerKey::kLimitInodes:
    case RunnerKey::kLimitOther:
    case RunnerKey::kCancel:
    case RunnerKey::kAuditEffects:
    case RunnerKey::kExitFull:
    case RunnerKey::kStderrPure:
    case RunnerKey::kUsage:
      return kProvides;
  }
  return {no("unknown")};
}

constexpr std::string_view kNoImports = "the wasmtime command line cannot be given host imports";

RunnerEntry wasmtime_cli_entry(RunnerKey key) {
  switch (key) {
    case RunnerKey::kModuleCore:
    case RunnerKey::kModulePreview0:
    case RunnerKey::kModuleFeature:
    case RunnerKey::kLimitWall:
    case RunnerKey::kLimitStdout:
    case RunnerKey::kLimitStderr:
    case RunnerKey::kLimitMemory:
    case RunnerKey::kLimitTable:
    case RunnerKey::kLimitStack:
    case RunnerKey::kLimitFuel:
    case RunnerKey::kLimitCpu:
    case RunnerKey::kCancel:
      return kProvides;
    case RunnerKey::kEnv:
    case RunnerKey::kStdinBytes:
    case RunnerKey::kStdinStream:
      return kBoth;
    case RunnerKey::kModuleComponent:
      return {limited("only imports of wasi cli, io, clocks, filesystem, random", never)};
    case RunnerKey::kImportPreview1:
      return {limited("no sock_* functions", imports_no_sockets)};
    case RunnerKey::kImportNetfetch:
    case RunnerKey::kImportWarrantFetch:
    case RunnerKey::kImportYoi:
    case RunnerKey::kImportProcess:
    case RunnerKey::kImportEmbedder:
    case RunnerKey::kNetFetchVetted:
    case RunnerKey::kSecrets:
      return {no(kNoImports)};
    case RunnerKey::kArgv0:
      return {limited("arguments in UTF-8 only", argv_is_utf8)};
    case RunnerKey::kCwd:
      return {limited("only the root of a granted directory", cwd_is_a_root)};
    case RunnerKey::kFsWrite:
      return {limited("no name with \"::\"", names_have_no_colons)};
    case RunnerKey::kFsRead:
      return {no("the wasmtime command line opens every directory read-write")};
    case RunnerKey::kFsOverlay:
      return {no("an external process needs a real directory; a copy is not made silently")};
    case RunnerKey::kFsMemory:
    case RunnerKey::kFsOptions:
      return {no("the wasmtime command line has plain directories only")};
    case RunnerKey::kClockMonotonic:
    case RunnerKey::kClockWall:
      return {kYes, no("the wasmtime command line always provides a clock")};
    case RunnerKey::kClockFixed:
    case RunnerKey::kClockResolution:
    case RunnerKey::kEntropySeed:
      return {no("the wasmtime command line has the machine's clocks and entropy only")};
    case RunnerKey::kEntropy:
      return {kYes, no("the wasmtime command line always provides entropy")};
    case RunnerKey::kConsole:
      return {kYes, no("the wasmtime command line always has the three streams")};
    case RunnerKey::kNetFetch:
    case RunnerKey::kProcessSpawn:
      return {no(kNoImports), kYes};
    case RunnerKey::kClockCpu:
    case RunnerKey::kNetSocket:
      return {no("the wasmtime command line has no clock of the processor, no granted socket"),
              kYes};
    case RunnerKey::kLimitOpenFiles:
    case RunnerKey::kLimitWritten:
    case RunnerKey::kLimitInodes:
    case RunnerKey::kLimitOther:
      return {limited("written: refused; a default: reported as not enforced", never)};
    case RunnerKey::kAuditEffects:
      return {limited("start, exit and limits of the process only", never)};
    case RunnerKey::kExitFull:
    case RunnerKey::kStderrPure:
      return {limited("exit codes 0 to 125 only, and a report of its own after a trap", never)};
    case RunnerKey::kUsage:
      return {limited("time only", always)};
  }
  return {no("unknown")};
}

RunnerEntry browser_entry(RunnerKey key) {
  constexpr std::string_view kBlocking = "needs JSPI or shared memory";
  switch (key) {
    case RunnerKey::kEnv:
    case RunnerKey::kClockMonotonic:
    case RunnerKey::kClockWall:
    case RunnerKey::kEntropy:
    case RunnerKey::kConsole:
    case RunnerKey::kStdinBytes:
      return kBoth;
    case RunnerKey::kModuleComponent:
      return {no("browsers run core modules only")};
    case RunnerKey::kStdinStream:
      return {limited(kBlocking, never), kYes};
    case RunnerKey::kFsWrite:
      return {limited("browser storage, or a picked folder that was imported", never)};
    case RunnerKey::kClockCpu:
      return {no("browsers have no clock of the processor"), kYes};
    case RunnerKey::kNetFetch:
      return {limited("only with browser-unpinned, and JSPI or shared memory", never), kYes};
    case RunnerKey::kNetFetchVetted:
      return {no("a page cannot choose the address that it connects to")};
    case RunnerKey::kNetSocket:
      return {no("a page has no sockets"), kYes};
    case RunnerKey::kProcessSpawn:
      return {limited(kBlocking, never), kYes};
    case RunnerKey::kSecrets:
      return {limited("no locked memory; the receipt says so", always)};
    case RunnerKey::kLimitStack:
      return {limited("the engine's own", never)};
    case RunnerKey::kLimitFuel:
      return {no("browsers do not count instructions")};
    case RunnerKey::kLimitCpu:
      return {limited("counted as wall time, which is stricter", always)};
    case RunnerKey::kUsage:
      return {limited("time and bytes only", always)};
    case RunnerKey::kModuleCore:
    case RunnerKey::kModulePreview0:
    case RunnerKey::kModuleFeature:
    case RunnerKey::kImportPreview1:
    case RunnerKey::kImportNetfetch:
    case RunnerKey::kImportWarrantFetch:
    case RunnerKey::kImportYoi:
    case RunnerKey::kImportProcess:
    case RunnerKey::kImportEmbedder:
    case RunnerKey::kArgv0:
    case RunnerKey::kCwd:
    case RunnerKey::kFsRead:
    case RunnerKey::kFsOverlay:
    case RunnerKey::kFsMemory:
    case RunnerKey::kFsOptions:
    case RunnerKey::kClockFixed:
    case RunnerKey::kClockResolution:
    case RunnerKey::kEntropySeed:
    case RunnerKey::kLimitWall:
    case RunnerKey::kLimitStdout:
    case RunnerKey::kLimitStderr:
    case RunnerKey::kLimitMemory:
    case RunnerKey::kLimitTable:
    case RunnerKey::kLimitOpenFiles:
    case RunnerKey::kLimitWritten:
    case RunnerKey::kLimitInodes:
    case RunnerKey::kLimitOther:
    case RunnerKey::kCancel:
    case RunnerKey::kAuditEffects:
    case RunnerKey::kExitFull:
    case RunnerKey::kStderrPure:
      return kProvides;
  }
  return {no("unknown")};
}

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

Descriptor native_runner() { return {"native", native_entry, kOurs, {}, {}}; }

Descriptor browser_runner() {
  return {"browser", browser_entry, kOurs, {}, "this build is no page of a browser"};
}

Descriptor wasmtime_cli_runner() { return {"wasmtime-cli", wasmtime_cli_entry, kOurs, {}, {}}; }

}  // namespace warrant::host
