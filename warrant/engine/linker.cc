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

wasm_valtype_vec_t types_of(std::span<const wasm::ValType> from) {
  wasm_valtype_vec_t to;
  wasm_valtype_vec_new_uninitialized(&to, from.size());
  for (std::size_t i = 0; i < from.size(); ++i) to.data[i] = wasm_valtype_new(kind_of(from[i]));
  return to;
}

ErrorHandle define(wasmtime_linker_t* linker, const wasm::HostFunction& function) {
  wasm_valtype_vec_t params = types_of(function.params);
  wasm_valtype_vec_t results = types_of(function.results);
  const FuncTypeHandle type(wasm_functype_new(&params, &results));
  return ErrorHandle(wasmtime_linker_define_func_unchecked(
      linker, function.module.data(), function.module.size(), function.name.data(),
      function.name.size(), type.get(), &enter_host,
      const_cast<wasm::HostFunction*>(&function),  // NOLINT: given back as const
      nullptr));
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
