// SPDX-License-Identifier: Apache-2.0
#pragma once
// The secret of this installation that ties compiled code to it: 32 random bytes in the state
// directory, a private file (0600) that is made once and appears whole. Spec: engine.md section 10.
#include <array>
#include <cstddef>
#include <string_view>

#include "warrant/base/result.h"

namespace warrant::engine {

inline constexpr std::size_t kStoreKeyBytes = 32;

Result<std::array<std::byte, kStoreKeyBytes>> load_store_key(std::string_view state_directory);

}  // namespace warrant::engine
