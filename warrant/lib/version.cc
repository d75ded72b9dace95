// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/version.h"

#include "warrant/engine/engine.h"

namespace warrant {
namespace {

#if defined(__x86_64__)
constexpr const char* kTarget = "x86_64-linux-gnu";
#elif defined(__aarch64__)
constexpr const char* kTarget = "aarch64-linux-gnu";
#else
#error "name this target"
#endif

}  // namespace

Version this_version() {
  return {WARRANT_VERSION, std::string(engine::wasmtime_version()), kTarget, __VERSION__};
}

}  // namespace warrant
