// SPDX-License-Identifier: Apache-2.0
#pragma once
// The texts of a constant table, side by side in one array of characters.
//
// A row keeps a place in the pool instead of a pointer, so the table needs nothing from the loader:
// a page of pointers is written, and thereby copied, at every start of a position-independent
// program. Filled in constant evaluation; a text that does not fit does not compile. Texts are not
// ended by a zero.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace warrant {

struct PooledText {
  std::uint16_t at = 0;
  std::uint16_t size = 0;
};

template <std::size_t kBytes>
class TextPool {
  static_assert(kBytes <= UINT16_MAX);

 public:
  constexpr PooledText add(std::string_view text) {
    const PooledText added{static_cast<std::uint16_t>(used_),
                           static_cast<std::uint16_t>(text.size())};
    for (const char each : text) chars_.at(used_++) = each;
    return added;
  }
  constexpr std::string_view operator[](PooledText text) const noexcept {
    return {chars_.data() + text.at, text.size};
  }

 private:
  std::array<char, kBytes> chars_ = {};
  std::size_t used_ = 0;
};

}  // namespace warrant
