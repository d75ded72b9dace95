// SPDX-License-Identifier: Apache-2.0
#include "bench/engine/floor.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <warrant_wt.h>

typedef struct {
  uint8_t* base;
  size_t size;
} floor_state;

static wasm_engine_t* engine;
static wasmtime_instance_pre_t* pre;

static void need(bool good) {
  if (!good) abort();
}

static wasm_trap_t* empty(void* env, wasmtime_caller_t* caller, wasmtime_val_raw_t* slots,
                          size_t count) {
  (void)env;
  (void)caller;
  (void)slots;
  (void)count;
  return NULL;
}

static wasm_trap_t* clock_now(void* env, wasmtime_caller_t* caller, wasmtime_val_raw_t* slots,
                              size_t count) {
  (void)env;
  (void)count;
  const floor_state* state = warrant_wt_caller_state(caller);
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const uint64_t nanoseconds = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
  const uint32_t to = (uint32_t)slots[2].i32;
  if ((uint64_t)to + 8 > state->size) return wasmtime_trap_new_code(1);
  memcpy(state->base + to, &nanoseconds, 8);
  slots[0].i32 = 0;
  return NULL;
}

static void define(wasmtime_linker_t* linker, const char* name, size_t params,
                   const wasm_valkind_t* kinds, wasmtime_func_unchecked_callback_t callback) {
  wasm_valtype_vec_t in, out;
  wasm_valtype_vec_new_uninitialized(&in, params);
  for (size_t i = 0; i < params; ++i) in.data[i] = wasm_valtype_new(kinds[i]);
  wasm_valtype_vec_new_uninitialized(&out, 1);
  out.data[0] = wasm_valtype_new(WASM_I32);
  wasm_functype_t* type = wasm_functype_new(&in, &out);
  need(wasmtime_linker_define_func_unchecked(linker, "bench", 5, name, strlen(name), type, callback,
                                             NULL, NULL) == NULL);
  wasm_functype_delete(type);
}

void floor_open(const uint8_t* module, size_t size) {
  wasm_config_t* config = wasm_config_new();
  wasmtime_config_epoch_interruption_set(config, true);
  wasmtime_config_memory_may_move_set(config, false);
  wasmtime_config_concurrency_support_set(config, false);
  wasmtime_config_native_unwind_info_set(config, false);
  warrant_wt_config_backtrace(config, 0);
  wasmtime_pooling_allocation_config_t* pool = wasmtime_pooling_allocation_config_new();
  wasmtime_pooling_allocation_config_total_memories_set(pool, 8);
  wasmtime_pooling_allocation_config_total_core_instances_set(pool, 8);
  wasmtime_pooling_allocation_config_total_stacks_set(pool, 1);
  wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(pool, 1u << 20);
  wasmtime_pooling_allocation_config_table_keep_resident_set(pool, 64u << 10);
  wasmtime_pooling_allocation_strategy_set(config, pool);
  wasmtime_pooling_allocation_config_delete(pool);
  need(warrant_wt_engine_new(config, &engine) == NULL);

  wasmtime_linker_t* linker = wasmtime_linker_new(engine);
  const wasm_valkind_t one[] = {WASM_I32};
  const wasm_valkind_t three[] = {WASM_I32, WASM_I64, WASM_I32};
  define(linker, "empty", 1, one, empty);
  define(linker, "clock", 3, three, clock_now);
  wasmtime_module_t* compiled;
  need(wasmtime_module_new(engine, module, size, &compiled) == NULL);
  need(wasmtime_linker_instantiate_pre(linker, compiled, &pre) == NULL);
}

static void run_once(const char* name, size_t slots_used, uint32_t argument) {
  floor_state state = {0};
  wasmtime_store_t* store = wasmtime_store_new(engine, &state, NULL);
  wasmtime_context_t* context = wasmtime_store_context(store);
  wasmtime_context_set_epoch_deadline(context, UINT32_MAX);
  wasmtime_instance_t instance;
  wasm_trap_t* trap = NULL;
  need(wasmtime_instance_pre_instantiate(pre, context, &instance, &trap) == NULL && trap == NULL);
  wasmtime_extern_t item;
  need(wasmtime_instance_export_get(context, &instance, "memory", 6, &item));
  state.base = wasmtime_memory_data(context, &item.of.memory);
  state.size = wasmtime_memory_data_size(context, &item.of.memory);
  need(wasmtime_instance_export_get(context, &instance, name, strlen(name), &item));
  wasmtime_val_raw_t slots[1];
  slots[0].i32 = (int32_t)argument;
  need(wasmtime_func_call_unchecked(context, &item.of.func, slots, slots_used, &trap) == NULL &&
       trap == NULL);
  wasmtime_store_delete(store);
}

void floor_runs(uint32_t times) {
  for (uint32_t i = 0; i < times; ++i) run_once("_start", 0, 0);
}

void floor_calls(const char* name, uint32_t times) { run_once(name, 1, times); }
