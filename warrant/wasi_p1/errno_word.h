// SPDX-License-Identifier: Apache-2.0
#pragma once
// The name of an errno of preview1, as the specification writes it ("notcapable").
#include <string_view>

#include "warrant/wasi_p1/errno.h"

namespace warrant::wasi_p1 {

// "unknown" for a number that is none.
std::string_view word(Errno code) noexcept;

}  // namespace warrant::wasi_p1
