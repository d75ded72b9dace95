// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/linker.h"

#include <set>
#include <string_view>
#include <utility>

#include "warrant/base/check.h"
#include "warrant/engine/instance.h"

namespace warrant::engine {

namespace {

wasm_valkind_t kind_of(wasm::ValType type) noexcept {
  switch (type) {
    case wasm::ValType::kI32:
      return WASM_I32;
    case wasm::ValType::kI64:
      return WASM_I64;
    case wasm::ValType::kF32:
      return WASM_F32;
    case wasm::ValType::kF64:
      return WASM_F64;
    case wasm::ValType::kV128:
    case wasm::ValType::kFuncRef:
    case wasm::ValType::kExternRef:
    case wasm::ValType::kOther:
      break;
  }
  WARRANT_CHECK(false);  // host functions take and give numbers only
  return WASM_I32;
}

std::vector<wasm_valkind_t> kinds_of(std::span<const wasm::ValType> types) {
  std::vector<wasm_valkind_t> kinds;
  kinds.reserve(types.size());
  for (const wasm::ValType type : types) kinds.push_back(kind_of(type));
  return kinds;
}

// The same at the ABI: references are pointers there, and the slots have the engine's layout.
warrant_wt_callback_t callback_of(const wasm::HostFunction& function) noexcept {
  return reinterpret_cast<warrant_wt_callback_t>(    // NOLINT: as above
      reinterpret_cast<void (*)()>(function.call));  // NOLINT: as above
}

ErrorHandle define(wasmtime_linker_t* linker, const wasm::HostFunction& function) {
  const std::vector<wasm_valkind_t> params = kinds_of(function.params);
  const std::vector<wasm_valkind_t> results = kinds_of(function.results);
  return ErrorHandle(warrant_wt_linker_define(
      linker, function.module.data(), function.module.size(), function.name.data(),
      function.name.size(), params.data(), params.size(), results.data(), results.size(),
      callback_of(function), &function, CallState::offset_of(function.slot)));
}

std::string_view text(const wasm_name_t* name) noexcept { return {name->data, name->size}; }

}  // namespace

LinkerHandle link_all(wasm_engine_t* engine, const FunctionTables& tables, ErrorHandle& error) {
  LinkerHandle linker(wasmtime_linker_new(engine));
  for (const std::span<const wasm::HostFunction> table : tables) {
    for (const wasm::HostFunction& function : table) {
      error = define(linker.get(), function);
      if (error != nullptr) return linker;
    }
  }
  return linker;
}

LinkerHandle link_named(wasm_engine_t* engine, const wasmtime_module_t& module,
                        const FunctionTables& tables, ErrorHandle& error) {
  LinkerHandle linker(wasmtime_linker_new(engine));
  wasm_importtype_vec_t imports;
  wasmtime_module_imports(&module, &imports);
  std::set<std::pair<std::string_view, std::string_view>> wanted;
  for (std::size_t i = 0; i < imports.size; ++i) {
    wanted.emplace(text(wasm_importtype_module(imports.data[i])),
                   text(wasm_importtype_name(imports.data[i])));
  }
  for (const std::span<const wasm::HostFunction> table : tables) {
    for (const wasm::HostFunction& function : table) {
      if (error != nullptr || !wanted.contains({function.module, function.name})) continue;
      error = define(linker.get(), function);
    }
  }
  wasm_importtype_vec_delete(&imports);
  return linker;
}

}  // namespace warrant::engine
