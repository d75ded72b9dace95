// SPDX-License-Identifier: Apache-2.0
#pragma once
// How much of preview1 a guest meets. Spec: host-adapter.md section 1.5.
#include <cstdint>

namespace warrant::wasi_p1 {

// Which functions do their work; the others answer NOSYS and are audited.
enum class Surface : std::uint8_t { kPreview1, kStdout };

}  // namespace warrant::wasi_p1
