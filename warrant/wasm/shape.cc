// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasm/shape.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace warrant::wasm {
namespace {

// Functions of preview 1 without a parameter that is an address.
constexpr std::array<std::string_view, 14> kWithoutAddress{
    "fd_advise",
    "fd_allocate",
    "fd_close",
    "fd_datasync",
    "fd_fdstat_set_flags",
    "fd_fdstat_set_rights",
    "fd_filestat_set_size",
    "fd_filestat_set_times",
    "fd_renumber",
    "fd_sync",
    "proc_exit",
    "proc_raise",
    "sched_yield",
    "sock_shutdown",
};

bool uses_addresses(const Import& import) noexcept {
  if (import.kind != ExternKind::kFunction) return false;
  if (import.module == "wasi_snapshot_preview1" || import.module == "wasi_unstable") {
    return std::find(kWithoutAddress.begin(), kWithoutAddress.end(), import.name) ==
           kWithoutAddress.end();
  }
  return import.module == "openagentic_netfetch" || import.module == "warrant_fetch" ||
         import.module.starts_with("yoi:");
}

bool has_imported_memory(const ModuleInfo& info) noexcept {
  return std::any_of(info.imports.begin(), info.imports.end(),
                     [](const Import& import) { return import.kind == ExternKind::kMemory; });
}

// True when the module exports a function of that name.
bool check_entry(const ModuleInfo& info, std::string_view name, ShapeCheck& check) {
  const Export* entry = find_export(info, name);
  if (entry == nullptr) return false;
  if (entry->kind != ExternKind::kFunction) {
    check.problems.push_back("the export \"" + std::string(name) + "\" is not a function");
  } else if (!entry->type.params.empty() || !entry->type.results.empty()) {
    check.problems.push_back("\"" + std::string(name) + "\" has the type " + print(entry->type) +
                             "; it must have none: ()");
  }
  return true;
}

void check_memory(const ModuleInfo& info, ShapeCheck& check) {
  std::vector<std::string>& problems = check.problems;
  if (has_imported_memory(info)) {
    problems.push_back("imports its memory: build so that it has and exports its own");
  }
  for (const MemoryType& memory : info.memories) {
    if (memory.shared) problems.push_back("has a shared memory: build without threads");
    if (memory.memory64) problems.push_back("has a 64-bit memory: build for wasm32");
  }
  const Export* exported = find_export(info, "memory");
  if (exported != nullptr && exported->kind != ExternKind::kMemory) {
    problems.push_back("the export \"memory\" is not a memory");
  } else if (exported == nullptr &&
             std::any_of(info.imports.begin(), info.imports.end(), uses_addresses)) {
    problems.push_back("exports no memory named \"memory\", which its imports need");
  }
}

}  // namespace

const Export* find_export(const ModuleInfo& info, std::string_view name) noexcept {
  const auto found = std::find_if(info.exports.begin(), info.exports.end(),
                                  [name](const Export& each) { return each.name == name; });
  return found == info.exports.end() ? nullptr : &*found;
}

ShapeCheck check_shape(const ModuleInfo& info) {
  ShapeCheck check;
  check_memory(info, check);
  const bool has_start = check_entry(info, "_start", check);
  check.has_initialize = check_entry(info, "_initialize", check);
  check.shape = has_start ? Shape::kCommand : Shape::kReactor;
  if (has_start && check.has_initialize) {
    check.problems.push_back(
        "exports both \"_start\" and \"_initialize\": it is either a command or a reactor");
  }
  return check;
}

std::vector<std::string> check_features(const ModuleInfo& info) {
  std::vector<std::string> problems;
  if (info.has(Feature::kLegacyExceptions)) {
    problems.push_back(
        "uses the older form of exceptions (try/catch), which no native runner has: translate it "
        "with "
        "wasm-opt --translate-to-exnref, or build with the current form (exnref)");
  }
  if (info.has(Feature::kThreads)) {
    problems.push_back("uses threads or shared memory, which are off: build without threads");
  }
  if (info.has(Feature::kMemory64)) {
    problems.push_back("uses 64-bit addresses, which are off: build for wasm32");
  }
  if (info.has(Feature::kGc)) {
    problems.push_back("uses garbage-collected types or typed references, which are off");
  }
  return problems;
}

}  // namespace warrant::wasm
