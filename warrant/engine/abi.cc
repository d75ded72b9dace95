// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/abi.h"

#include <warrant_wt.h>

namespace warrant::engine {

static_assert(sizeof(wasmtime_val_raw_t) == 16);
static_assert(sizeof(wasmtime_val_t) == 32);
static_assert(sizeof(wasmtime_memory_t) == 24);
static_assert(sizeof(wasmtime_func_t) == 16);

#if !defined(WASMTIME_FEATURE_GC) || !defined(WASMTIME_FEATURE_GC_DRC) ||             \
    !defined(WASMTIME_FEATURE_ASYNC) || !defined(WASMTIME_FEATURE_COMPONENT_MODEL) || \
    !defined(WASMTIME_FEATURE_POOLING_ALLOCATOR) || !defined(WASMTIME_FEATURE_CRANELIFT)
#error "conf.h does not belong to the archive that this room links"
#endif

bool abi_matches_headers() noexcept {
  constexpr unsigned kBuilt = WARRANT_WT_FEATURE_COMPILER | WARRANT_WT_FEATURE_POOLING |
                              WARRANT_WT_FEATURE_COMPONENTS | WARRANT_WT_FEATURE_ASYNC |
                              WARRANT_WT_FEATURE_GC | WARRANT_WT_FEATURE_GC_DRC;
  warrant_wt_abi_t abi{};
  warrant_wt_abi(&abi);
  return abi.version == WARRANT_WT_VERSION && (abi.features & kBuilt) == kBuilt &&
         abi.val == sizeof(wasmtime_val_t) && abi.val_raw == sizeof(wasmtime_val_raw_t) &&
         abi.ext == sizeof(wasmtime_extern_t) && abi.func == sizeof(wasmtime_func_t) &&
         abi.memory == sizeof(wasmtime_memory_t) && abi.instance == sizeof(wasmtime_instance_t) &&
         abi.cval == sizeof(wasmtime_component_val_t) &&
         abi.cfunc == sizeof(wasmtime_component_func_t);
}

}  // namespace warrant::engine
