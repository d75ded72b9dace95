// SPDX-License-Identifier: Apache-2.0
#pragma once
// The decimal digits of a number that mostly grows by little: the numbers and times of records.
//
// What the last one has in common with this one is not worked out again. Asks the allocator for
// nothing; the view is good until the next print(). One thread.
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "warrant/base/check.h"

namespace warrant::audit {

class Digits {
 public:
  std::string_view print(std::uint64_t number) noexcept WARRANT_LIFETIMEBOUND {
    const std::uint64_t high = number / kLow;
    if (high == 0 || high != high_) {
      const auto end = std::to_chars(text_.data(), text_.data() + text_.size(), number);
      size_ = static_cast<std::size_t>(end.ptr - text_.data());
      high_ = high;
      return {text_.data(), size_};
    }
    auto low = static_cast<std::uint32_t>(number % kLow);
    char* at = text_.data() + size_;
    for (int digit = 0; digit < kLowDigits; ++digit) {
      *--at = static_cast<char>('0' + low % 10);
      low /= 10;
    }
    return {text_.data(), size_};
  }

 private:
  static constexpr std::uint64_t kLow = 10'000;
  static constexpr int kLowDigits = 4;
  std::uint64_t high_ = 0;  // of what stands in text_; 0: nothing does
  std::array<char, 20> text_;
  std::size_t size_ = 0;
};

}  // namespace warrant::audit
