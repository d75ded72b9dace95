// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a runner can do for a warrant: the closed set of capability keys, and a descriptor a runner.
//
// A runner must provide what is granted and withhold what is not. A descriptor is a function over
// the keys, read from one table with a row a key: a new key does not compile until its row is
// there, with an answer of each runner. The table of `warrant runners` and of the guide is printed
// from it. Pure data. Spec: runners.md sections 2 and 3.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/wasm/module_info.h"

namespace warrant::host {

enum class RunnerKey : std::uint8_t {
  kModuleCore,
  kModuleComponent,
  kModulePreview0,
  kModuleFeature,
  kImportPreview1,
  kImportNetfetch,
  kImportWarrantFetch,
  kImportYoi,
  kImportProcess,
  kImportEmbedder,
  kArgv0,
  kEnv,
  kCwd,
  kStdinBytes,
  kStdinStream,
  kFsWrite,
  kFsRead,
  kFsOverlay,
  kFsMemory,
  kFsOptions,  // xdev, links, quotas of one directory, hide
  kClockMonotonic,
  kClockWall,
  kClockCpu,
  kClockFixed,
  kClockResolution,
  kEntropy,
  kEntropySeed,
  kConsole,  // streams that can be left out
  kNetFetch,
  kNetFetchVetted,
  kNetSocket,
  kProcessSpawn,
  kSecrets,
  kLimitWall,
  kLimitStdout,
  kLimitStderr,
  kLimitMemory,
  kLimitTable,
  kLimitStack,
  kLimitFuel,
  kLimitCpu,
  kLimitOpenFiles,
  kLimitWritten,
  kLimitInodes,
  kLimitOther,  // every other key of the limits
  kHardening,   // layers of the kernel around the guest's process
  kCancel,
  kAuditEffects,
  kExitFull,
  kStderrPure,
  kUsage,
};
inline constexpr std::size_t kRunnerKeyCount = static_cast<std::size_t>(RunnerKey::kUsage) + 1;
std::string_view word(RunnerKey key) noexcept;  // "clock.wall"

struct RunnerRequest;

struct Support {
  enum class Answer : std::uint8_t { kYes, kNo, kLimited, kNothing } answer = Answer::kYes;
  std::string_view why = {};  // of kNo and kLimited
  // Of kLimited: whether this request is within it.
  bool (*test)(const RunnerRequest& request) = nullptr;
};

struct RunnerEntry {
  Support provide;
  Support withhold = {Support::Answer::kNothing, {}, nullptr};
};

struct Descriptor {
  std::string_view name;  // "native"
  RunnerEntry (*entry)(RunnerKey key);
  std::uint32_t features = 0;    // bit n: wasm::Feature n
  std::string version = {};      // of its engine, where it is known
  std::string unavailable = {};  // why it is not there; empty: it is
};

// What each answers; whether it is there is the caller's to write.
Descriptor native_runner();
Descriptor browser_runner();
Descriptor wasmtime_cli_runner();

// "Y", "-", "L"; "Y / -" where withholding is a question.
std::string print_entry(const RunnerEntry& entry);
// A row a key: the key, then one cell a runner, then the notes of cells that are no plain yes.
std::vector<std::vector<std::string>> support_table(std::span<const Descriptor> runners);

}  // namespace warrant::host
