// SPDX-License-Identifier: Apache-2.0
// What Wasmtime's C API lacks, for room `engine` alone. Spec: engine.md section 12.
//
// Functions that can fail return an error (NULL: good), owned by the caller. `own` arguments are
// consumed. Nothing here may be called with a null pointer unless it says so.
#ifndef WARRANT_WT_H
#define WARRANT_WT_H

#include <wasm.h>
#include <wasmtime.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WARRANT_WT_VERSION 48000803u  // major 48, minor 000, patch 8, shim 03

#define WARRANT_WT_FEATURE_COMPILER 1u
#define WARRANT_WT_FEATURE_POOLING 2u
#define WARRANT_WT_FEATURE_COMPONENTS 4u
#define WARRANT_WT_FEATURE_ASYNC 8u
#define WARRANT_WT_FEATURE_GC 16u
#define WARRANT_WT_FEATURE_GC_DRC 32u
#define WARRANT_WT_FEATURE_WAT 64u

// Sizes in bytes of the types that both sides share.
typedef struct {
  uint32_t version, features;
  uint16_t val, val_raw, ext, func, memory, instance, cval, cfunc;
} warrant_wt_abi_t;
void warrant_wt_abi(warrant_wt_abi_t* out);
// Version of the engine and target triple of its code: static text, not ended by NUL.
const char* warrant_wt_target(size_t* length);

void warrant_wt_config_compiler_disable(wasm_config_t* config);  // the last call before the engine
void warrant_wt_config_backtrace(wasm_config_t* config, uint32_t max_frames);  // 0: none
void warrant_wt_config_address_map(wasm_config_t* config, bool on);
void warrant_wt_config_dense_image_max(wasm_config_t* config, uint64_t bytes);
void warrant_wt_config_table_lazy_init(wasm_config_t* config, bool on);
void warrant_wt_config_inlining(wasm_config_t* config, bool on);
// Compiled code is judged by what the C library knows of the processor, which is not asked again.
void warrant_wt_config_processor(wasm_config_t* config);
// What that is for a feature of x86-64, by its name: 1 there, 0 not, -1 no such name.
int8_t warrant_wt_processor_has(const char* name, size_t length);
wasmtime_error_t* warrant_wt_engine_new(wasm_config_t* own, wasm_engine_t** out);
// What the engine's compiler would hash for compatibility; writes at most `capacity` bytes and
// answers how many there are. An engine without a compiler leaves the compiler's part out.
size_t warrant_wt_engine_compat(const wasm_engine_t* engine, uint8_t* buffer, size_t capacity);

// Kind of compiled code: 0 none, 1 module, 2 component.
uint8_t warrant_wt_detect(const uint8_t* bytes, size_t size);
// Maps the file of `fd` (borrowed, open for reading). It is native code: the caller trusts it.
wasmtime_error_t* warrant_wt_module_deserialize_fd(const wasm_engine_t* engine, int fd,
                                                   wasmtime_module_t** out);

// What a store is made with when its functions are defined below: its data pointer leads here.
typedef struct warrant_wt_call_head {
  const uint8_t* interrupt;  // not 0 after a call: the guest ends; read atomically
  // Called before the next host call, until it is NULL; `caller` is good for the call alone.
  void (*bind)(struct warrant_wt_call_head* head, wasmtime_caller_t* caller);
} warrant_wt_call_head_t;

// A host function at the least cost: `call` lies `call_at` bytes behind the store's call head.
// Another answer than 0 ends the guest with trap 10. Types are WASM_I32 to WASM_F64.
typedef uint8_t (*warrant_wt_callback_t)(const void* descriptor, void* call,
                                         wasmtime_val_raw_t* slots);
wasmtime_error_t* warrant_wt_linker_define(wasmtime_linker_t* linker, const char* module,
                                           size_t module_length, const char* name,
                                           size_t name_length, const wasm_valkind_t* params,
                                           size_t param_count, const wasm_valkind_t* results,
                                           size_t result_count, warrant_wt_callback_t callback,
                                           const void* descriptor, size_t call_at);
// The pointer that the store was made with.
void* warrant_wt_caller_state(const wasmtime_caller_t* caller);
// How many slots the function takes and gives. False when one of them is a reference.
bool warrant_wt_func_shape(wasmtime_context_t* context, const wasmtime_func_t* func, size_t* params,
                           size_t* results);
// The trap code in an error, if there is one.
bool warrant_wt_error_trap_code(const wasmtime_error_t* error, uint8_t* code);
// 0 other, 1 trap or uncaught exception, 2 pool full, 3 heap of exceptions exhausted.
uint8_t warrant_wt_error_kind(const wasmtime_error_t* error);

// Limits of one store and what it uses, sums over all memories (the heap of exceptions included)
// and all tables. Lives longer than the store and is written by it. `refused` may be null.
typedef struct warrant_wt_limits {
  uint64_t memory_bytes, table_elements;
  uint32_t instances, tables, memories;
  uint32_t refusals;  // out, as are those below
  uint64_t memory_used, memory_peak, table_used;
  void (*refused)(void* env, uint8_t what /* 0 memory, 1 table */, uint64_t current,
                  uint64_t wanted);
  void* env;
} warrant_wt_limits_t;
// Replaces wasmtime_store_limiter, which is not called on the same store. Before instantiation.
void warrant_wt_store_limits(wasmtime_store_t* store, warrant_wt_limits_t* limits);
// At each tick of the engine's epoch the store's guest asks `ended`: true ends it with trap 10.
// Sets the first deadline; needs an engine with epoch interruption. Before instantiation.
void warrant_wt_store_interrupt(wasmtime_store_t* store, bool (*ended)(void* env), void* env);

#ifdef __cplusplus
}
#endif
#endif
