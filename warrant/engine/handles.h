// SPDX-License-Identifier: Apache-2.0
#pragma once
// Owners of the C API's objects: each is deleted once, by the function that the API names for it.
// For the files of this room only; no header that others include may include this one.
#include <memory>
#include <string>
#include <string_view>

#include <warrant_wt.h>

namespace warrant::engine {

template <auto kDelete>
struct Deleter {
  template <typename T>
  void operator()(T* object) const noexcept {
    kDelete(object);
  }
};

template <typename T, auto kDelete>
using Handle = std::unique_ptr<T, Deleter<kDelete>>;

using ConfigHandle = Handle<wasm_config_t, wasm_config_delete>;
using EngineHandle = Handle<wasm_engine_t, wasm_engine_delete>;
using LinkerHandle = Handle<wasmtime_linker_t, wasmtime_linker_delete>;
using ModuleHandle = Handle<wasmtime_module_t, wasmtime_module_delete>;
using PreHandle = Handle<wasmtime_instance_pre_t, wasmtime_instance_pre_delete>;
using StoreHandle = Handle<wasmtime_store_t, wasmtime_store_delete>;
using ErrorHandle = Handle<wasmtime_error_t, wasmtime_error_delete>;
using TrapHandle = Handle<wasm_trap_t, wasm_trap_delete>;
using PoolHandle =
    Handle<wasmtime_pooling_allocation_config_t, wasmtime_pooling_allocation_config_delete>;

// A byte vector that the API fills.
class ByteVector {
 public:
  ByteVector() noexcept { wasm_byte_vec_new_empty(&vector_); }
  ~ByteVector() { wasm_byte_vec_delete(&vector_); }
  ByteVector(const ByteVector&) = delete;
  ByteVector& operator=(const ByteVector&) = delete;
  wasm_byte_vec_t* out() noexcept { return &vector_; }
  std::string_view text() const noexcept { return {vector_.data, vector_.size}; }

 private:
  wasm_byte_vec_t vector_{};
};

inline std::string message_of(const wasmtime_error_t& error) {
  ByteVector text;
  wasmtime_error_message(&error, text.out());
  return std::string(text.text());
}

}  // namespace warrant::engine
