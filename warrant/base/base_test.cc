// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "warrant/base/buffer.h"
#include "warrant/base/bytes.h"
#include "warrant/base/result.h"
#include "warrant/base/text_pool.h"
#include "warrant/base/time.h"

namespace warrant {
namespace {

Result<std::unique_ptr<int>> half(int value) {
  if (value % 2 != 0) return Error{Errc::kInvalid, 7, "half"};
  return std::make_unique<int>(value / 2);
}

Result<int> quarter(int value) {
  WARRANT_TRY(auto once, half(value));
  WARRANT_TRY(auto twice, half(*once));
  return *twice;
}

TEST(Result, TryPassesTheErrorOnUnchanged) {
  EXPECT_EQ(*quarter(12), 3);
  const auto failed = quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), (Error{Errc::kInvalid, 7, "half"}));
}

TEST(Result, MoveOnlyValuesMoveOut) {
  auto made = half(8);
  std::unique_ptr<int> taken = *std::move(made);
  EXPECT_EQ(*taken, 4);
}

TEST(ResultDeathTest, ReadingTheValueOfAFailureStopsTheProcess) {
  const auto failed = quarter(6);
  EXPECT_DEATH((void)*failed, "");
}

TEST(ResultDeathTest, ReadingTheErrorOfASuccessStopsTheProcess) {
  const auto good = quarter(12);
  EXPECT_DEATH((void)good.error(), "");
}

TEST(Buffer, OnlyShrinks) {
  std::array<std::byte, 8> storage{};
  const Buffer whole = Buffer::host(storage);
  EXPECT_EQ(whole.first(100).size(), 8U);
  EXPECT_EQ(whole.first(3).size(), 3U);
  EXPECT_EQ(whole.after(3).address(), whole.address() + 3);
  EXPECT_EQ(whole.after(3).size(), 5U);
  EXPECT_EQ(whole.after(9).size(), 0U);
}

TEST(Time, ArithmeticSaturates) {
  EXPECT_EQ(saturating_add(kForever, Nanoseconds{1}), kForever);
  EXPECT_EQ(saturating_sub(Nanoseconds{1}, Nanoseconds{2}), Nanoseconds{0});
}

TEST(Bytes, TextAndBytesAreTheSameMemory) {
  const std::string_view text("a\0b", 3);
  EXPECT_EQ(text_of(bytes_of(text)), text);
}

TEST(TextPool, EachTextIsWhereItWasPut) {
  struct Table {
    TextPool<8> texts;
    std::array<PooledText, 4> places;
  };
  constexpr Table kTable = [] {
    Table table;
    std::size_t at = 0;
    for (const std::string_view each : {"abc", "", "de", "fgh"}) {
      table.places[at++] = table.texts.add(each);
    }
    return table;
  }();
  EXPECT_EQ(kTable.texts[kTable.places[0]], "abc");
  EXPECT_EQ(kTable.texts[kTable.places[1]], "");
  EXPECT_EQ(kTable.texts[kTable.places[2]], "de");
  EXPECT_EQ(kTable.texts[kTable.places[3]], "fgh");
}

}  // namespace
}  // namespace warrant
