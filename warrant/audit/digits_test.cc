// SPDX-License-Identifier: Apache-2.0
// Digits are those of the number, whatever was printed before it.
#include "warrant/audit/digits.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace warrant::audit {
namespace {

TEST(Digits, AreThoseOfTheNumberWhateverWasPrintedBefore) {
  const std::vector<std::uint64_t> each = {0,
                                           1,
                                           9,
                                           10,
                                           9'999,
                                           10'000,
                                           10'001,
                                           19'999,
                                           20'000,
                                           99'999,
                                           100'000,
                                           100'007,
                                           109'999,
                                           1'795'282'638'000'000,
                                           1'795'282'638'009'999,
                                           1'795'282'638'010'000,
                                           5,
                                           std::numeric_limits<std::uint64_t>::max(),
                                           std::numeric_limits<std::uint64_t>::max() - 1'615};
  for (const std::uint64_t before : each) {
    for (const std::uint64_t number : each) {
      Digits digits;
      (void)digits.print(before);
      EXPECT_EQ(digits.print(number), std::to_string(number)) << "after " << before;
    }
  }
}

TEST(Digits, CountWithoutAMiss) {
  Digits digits;
  for (std::uint64_t number = 0; number < 120'000; ++number) {
    ASSERT_EQ(digits.print(number), std::to_string(number));
  }
}

}  // namespace
}  // namespace warrant::audit
