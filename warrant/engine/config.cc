// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/config.h"

#include <array>
#include <charconv>
#include <limits>

#include "warrant/base/bytes.h"

#if defined(__x86_64__)
#include <sys/platform/x86.h>
#else
#include <sys/auxv.h>
#endif

namespace warrant::engine {

namespace {

constexpr std::uint64_t kReservation = 4ULL << 30;
constexpr std::uint64_t kGuard = 32ULL << 20;
constexpr std::uint64_t kStackForHost = 1ULL << 20;

// A setting of generated code that is on or off, as its word in the key and its setter.
struct Switch {
  std::string_view word;
  void (*set)(wasm_config_t*, bool);
  bool on;
};

constexpr std::array kSwitches = {
    Switch{"signals-based-traps", wasmtime_config_signals_based_traps_set, true},
    Switch{"memory-init-cow", wasmtime_config_memory_init_cow_set, true},
    Switch{"memory-may-move", wasmtime_config_memory_may_move_set, false},
    Switch{"native-unwind-info", wasmtime_config_native_unwind_info_set, false},
    Switch{"table-lazy-init", warrant_wt_config_table_lazy_init, true},
    Switch{"inlining", warrant_wt_config_inlining, false},
    Switch{"bulk-memory", wasmtime_config_wasm_bulk_memory_set, true},
    Switch{"reference-types", wasmtime_config_wasm_reference_types_set, true},
    Switch{"multi-value", wasmtime_config_wasm_multi_value_set, true},
    Switch{"multi-memory", wasmtime_config_wasm_multi_memory_set, true},
    Switch{"tail-calls", wasmtime_config_wasm_tail_call_set, true},
    Switch{"simd", wasmtime_config_wasm_simd_set, true},
    Switch{"relaxed-simd", wasmtime_config_wasm_relaxed_simd_set, true},
    Switch{"exceptions", wasmtime_config_wasm_exceptions_set, true},
    Switch{"gc", wasmtime_config_wasm_gc_set, false},
    Switch{"function-references", wasmtime_config_wasm_function_references_set, false},
    Switch{"memory64", wasmtime_config_wasm_memory64_set, false},
    Switch{"custom-page-sizes", wasmtime_config_wasm_custom_page_sizes_set, false},
    Switch{"wide-arithmetic", wasmtime_config_wasm_wide_arithmetic_set, false},
    Switch{"branch-hinting", wasmtime_config_wasm_branch_hinting_set, false},
    Switch{"stack-switching", wasmtime_config_wasm_stack_switching_set, false},
    Switch{"shared-memory", wasmtime_config_shared_memory_set, false},
    Switch{"component-model", wasmtime_config_wasm_component_model_set, true},
    Switch{"component-model-map", wasmtime_config_wasm_component_model_map_set, false},
    Switch{"concurrency-support", wasmtime_config_concurrency_support_set, false},
};

// The same for what the options decide; read by both functions below.
std::array<Switch, 5> optional_switches(const Options& options) {
  const bool deterministic = options.determinism == Determinism::kOn;
  return {{
      {"epoch-interruption", wasmtime_config_epoch_interruption_set,
       options.profile == Profile::kPooled},
      {"consume-fuel", wasmtime_config_consume_fuel_set, options.fuel == Fuel::kCounted},
      {"relaxed-simd-deterministic", wasmtime_config_wasm_relaxed_simd_deterministic_set,
       deterministic},
      {"nan-canonicalization", wasmtime_config_cranelift_nan_canonicalization_set, deterministic},
      {"address-map", warrant_wt_config_address_map, options.address_map == AddressMap::kOn},
  }};
}

void set_pool(wasm_config_t* config, const PoolSizes& sizes) {
  const PoolHandle pool(wasmtime_pooling_allocation_config_new());
  wasmtime_pooling_allocation_config_t* const to = pool.get();
  wasmtime_pooling_allocation_config_total_core_instances_set(to, sizes.instances);
  wasmtime_pooling_allocation_config_total_component_instances_set(to, sizes.instances);
  wasmtime_pooling_allocation_config_total_memories_set(to, sizes.memories);
  wasmtime_pooling_allocation_config_total_tables_set(to, sizes.tables);
  wasmtime_pooling_allocation_config_total_gc_heaps_set(to, sizes.instances);
  wasmtime_pooling_allocation_config_total_stacks_set(to, 1);
  wasmtime_pooling_allocation_config_max_memory_size_set(to, sizes.max_memory);
  wasmtime_pooling_allocation_config_max_core_instance_size_set(to, sizes.max_instance_size);
  wasmtime_pooling_allocation_config_table_elements_set(to, sizes.table_elements);
  wasmtime_pooling_allocation_config_max_tables_per_module_set(to, 4);
  wasmtime_pooling_allocation_config_max_memories_per_module_set(to, 4);
  wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(to,
                                                                     sizes.memory_keep_resident);
  wasmtime_pooling_allocation_config_table_keep_resident_set(to, sizes.table_keep_resident);
  wasmtime_pooling_allocation_config_max_unused_warm_slots_set(to, sizes.instances);
  wasmtime_pooling_allocation_config_decommit_batch_size_set(to, 1);
  wasmtime_pooling_allocation_strategy_set(config, to);
}

void append_hex(std::string& to, std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) to += kDigits[value >> shift & 15U];
}

// Features of the processor that a program may use, as the C library found them at start.
std::string processor_text() {
  std::string text;
#if defined(__x86_64__)
  for (unsigned leaf = 0; leaf <= CPUID_INDEX_14_ECX_0; ++leaf) {
    const cpuid_feature* const feature = __x86_get_cpuid_feature_leaf(leaf);
    for (const unsigned bits : feature->active_array) append_hex(text, bits);
  }
#else
  append_hex(text, getauxval(AT_HWCAP));
  append_hex(text, getauxval(AT_HWCAP2));
#endif
  return text;
}

}  // namespace

ConfigHandle make_config(const Options& options, Allocation allocation, Compiler compiler) {
  ConfigHandle handle(wasm_config_new());
  wasm_config_t* const config = handle.get();
  wasmtime_config_strategy_set(config, WASMTIME_STRATEGY_CRANELIFT);
  wasmtime_config_cranelift_opt_level_set(config, WASMTIME_OPT_LEVEL_SPEED);
  for (const Switch& item : kSwitches) item.set(config, item.on);
  for (const Switch& item : optional_switches(options)) item.set(config, item.on);
  wasmtime_config_memory_reservation_set(config, kReservation);
  wasmtime_config_memory_guard_size_set(config, kGuard);
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max() - kStackForHost;
  const std::uint64_t stack = options.stack < most ? options.stack : most;
  wasmtime_config_max_wasm_stack_set(config, stack);
  wasmtime_config_async_stack_size_set(config, stack + kStackForHost);
  warrant_wt_config_backtrace(config, options.backtrace_frames);
  if (allocation == Allocation::kPooled) set_pool(config, options.pool);
  warrant_wt_config_processor(config);
  if (compiler == Compiler::kOff) warrant_wt_config_compiler_disable(config);
  return handle;
}

EngineHandle make_engine(ConfigHandle config, ErrorHandle& error) {
  wasm_engine_t* made = nullptr;
  error.reset(warrant_wt_engine_new(config.release(), &made));
  return EngineHandle(made);
}

std::string settings_text(const Options& options) {
  std::string text = "1";
  for (const std::uint64_t each :
       {static_cast<std::uint64_t>(options.profile), static_cast<std::uint64_t>(options.fuel),
        static_cast<std::uint64_t>(options.determinism),
        static_cast<std::uint64_t>(options.address_map), options.stack}) {
    text += ',' + std::to_string(each);
  }
  return text;
}

std::optional<Options> options_of_settings(std::string_view text) {
  std::array<std::uint64_t, 6> values{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) {
      if (at == end || *at != ',') return std::nullopt;
      ++at;
    }
    const auto [next, error] = std::from_chars(at, end, values[i]);
    if (error != std::errc{}) return std::nullopt;
    at = next;
  }
  const bool known = values[0] == 1 && values[1] <= 1 && values[2] <= 1 && values[3] <= 1 &&
                     values[4] <= 1 && values[5] <= kMostStack;
  if (at != end || !known) return std::nullopt;
  Options options;
  options.profile = static_cast<Profile>(values[1]);
  options.fuel = static_cast<Fuel>(values[2]);
  options.determinism = static_cast<Determinism>(values[3]);
  options.address_map = static_cast<AddressMap>(values[4]);
  options.stack = values[5];
  return options;
}

std::string codegen_text(const Options& options) {
  std::size_t length = 0;
  const char* const target = warrant_wt_target(&length);
  std::string text(target, length);
  text += " shim " + std::to_string(WARRANT_WT_VERSION) + "\nprocessor " + processor_text();
  text += "\ncranelift speed drc reservation " + std::to_string(kReservation) + " guard " +
          std::to_string(kGuard) + " backtrace-details off\n";
  const auto append = [&text](const Switch& item) {
    text.append(item.word).append(item.on ? " on\n" : " off\n");
  };
  for (const Switch& item : kSwitches) append(item);
  for (const Switch& item : optional_switches(options)) append(item);
  return text;
}

codec::Digest code_key(std::string_view codegen, const codec::Digest& module) noexcept {
  codec::Sha256 hash;
  hash.update(bytes_of("warrant code 2\nmodule\n"));
  hash.update(module.bytes());
  hash.update(bytes_of(codegen));
  return hash.finish();
}

}  // namespace warrant::engine
