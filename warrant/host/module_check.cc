// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/module_check.h"

#include <array>

#include "warrant/host/limit_reason.h"
#include "warrant/netfetch/functions.h"
#include "warrant/wasi_p1/functions.h"

namespace warrant::host {

using policy::LimitKey;

std::vector<wasm::HostFunction> provided_functions() {
  const auto wasi = wasi_p1::functions();
  const auto fetching = netfetch::functions();
  std::vector<wasm::HostFunction> all(wasi.begin(), wasi.end());
  all.insert(all.end(), fetching.begin(), fetching.end());
  return all;
}

wasm::ReadLimits read_limits(const policy::Limits& limits) {
  const auto count = [&](LimitKey key) { return static_cast<std::uint32_t>(limits.get(key)); };
  wasm::ReadLimits read;
  read.module_bytes = limits.get(LimitKey::kModuleBytes);
  read.types = count(LimitKey::kTypes);
  read.functions = count(LimitKey::kFunctions);
  read.function_bytes = count(LimitKey::kFunctionBytes);
  read.locals = count(LimitKey::kLocals);
  read.imports = count(LimitKey::kImports);
  read.exports = count(LimitKey::kExports);
  read.blocks = count(LimitKey::kBlocks);
  read.element_segments = count(LimitKey::kSegments);
  read.table_elements = limits.get(LimitKey::kTable);
  return read;
}

std::optional<ModuleFault> fault_of_start_sizes(const wasm::ModuleInfo& info,
                                                const policy::Limits& limits) {
  std::uint64_t pages = 0;
  for (const wasm::MemoryType& memory : info.memories) pages += memory.minimum_pages;
  struct Row {
    LimitKey key;
    std::uint64_t wanted;
    std::string_view what;
  };
  const std::uint64_t bytes = pages > UINT64_MAX >> 16U ? UINT64_MAX : pages << 16U;
  const std::array<Row, 4> rows = {{{LimitKey::kMemory, bytes, "bytes of memory"},
                                    {LimitKey::kMemories, info.memories.size(), "memories"},
                                    {LimitKey::kTables, info.tables, "tables"},
                                    {LimitKey::kTable, info.table_elements, "table elements"}}};
  for (const Row& row : rows) {
    if (row.wanted <= limits.get(row.key)) continue;
    const std::string word(policy::row_of(row.key).word);
    return ModuleFault{"starts with " + std::to_string(row.wanted) + " " + std::string(row.what) +
                           ", above the limit " + word + " = " +
                           policy::print_limit(row.key, limits.get(row.key)),
                       how_to_raise(row.key, limits),
                       {}};
  }
  return std::nullopt;
}

ModuleFault fault_of_imports(const std::vector<wasm::ImportProblem>& problems) {
  ModuleFault fault;
  for (const wasm::ImportProblem& each : problems) {
    std::string line = each.text;
    if (!each.advice.empty()) line += "; " + std::string(each.advice);
    fault.more.push_back(std::move(line));
  }
  fault.what = fault.more.size() == 1 ? "an import has nobody here who provides it"
                                      : std::to_string(fault.more.size()) +
                                            " imports have nobody here who provides them";
  fault.hint =
      "`warrant inspect FILE` lists all imports; a module that can do without one runs "
      "with --allow-missing-import MODULE.NAME";
  return fault;
}

}  // namespace warrant::host
