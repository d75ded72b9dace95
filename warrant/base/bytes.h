// SPDX-License-Identifier: Apache-2.0
#pragma once
// Views between text and bytes; no copy, no check.
#include <cstddef>
#include <span>
#include <string_view>

#include "warrant/base/check.h"

namespace warrant {

inline std::span<const std::byte> bytes_of(std::string_view text WARRANT_LIFETIMEBOUND) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view text_of(std::span<const std::byte> bytes WARRANT_LIFETIMEBOUND) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // NOLINT: bytes as text
}

}  // namespace warrant
