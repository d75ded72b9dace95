// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/console.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tests/support/fake_memory.h"
#include "warrant/base/bytes.h"

namespace warrant::host {
namespace {

using testing::FakeAccess;

std::uint64_t put(cap::Stream& stream, std::string_view text) {
  const Buffer buffer = Buffer::host_source(bytes_of(text));
  const auto done = stream.write(std::span(&buffer, 1), cap::Blocking::kWait);
  return done ? *done : 999;
}

TEST(GivenInput, FillsAllBuffersInOrderAndThenEnds) {
  FakeAccess access;
  GivenInput input(bytes_of("hello world"), access);
  std::string first(5, '.');
  std::string second(4, '.');
  const std::array<Buffer, 2> buffers = {Buffer::host(std::as_writable_bytes(std::span(first))),
                                         Buffer::host(std::as_writable_bytes(std::span(second)))};
  EXPECT_EQ(input.waiting(), 11U);
  EXPECT_EQ(*input.read(buffers, cap::Blocking::kWait), 9U);
  EXPECT_EQ(input.waiting(), 2U);
  EXPECT_EQ(first + second, "hello wor");
  EXPECT_EQ(*input.read(buffers, cap::Blocking::kWait), 2U);
  EXPECT_EQ(input.waiting(), 0U);
  EXPECT_EQ(*input.read(buffers, cap::Blocking::kWait), 0U);
  EXPECT_EQ(input.write(buffers, cap::Blocking::kWait).error().code, Errc::kBadHandle);
}

TEST(KeptOutput, DropsAndCountsWhatIsBeyondTheCap) {
  FakeAccess access;
  KeptOutput output(5, Excess::kDrop, access);
  EXPECT_EQ(put(output, "abc"), 3U);
  EXPECT_EQ(put(output, "defg"), 4U);
  EXPECT_EQ(put(output, "h"), 1U);
  EXPECT_EQ(output.take_bytes(), "abcde");
  EXPECT_EQ(output.dropped(), 3U);
}

TEST(KeptOutput, RefusesTheWholeWriteInModeFail) {
  FakeAccess access;
  KeptOutput output(5, Excess::kFail, access);
  EXPECT_EQ(put(output, "abc"), 3U);
  const Buffer buffer = Buffer::host_source(bytes_of("defg"));
  EXPECT_EQ(output.write(std::span(&buffer, 1), cap::Blocking::kWait).error().code,
            Errc::kFileTooBig);
  EXPECT_EQ(output.take_bytes(), "abc");
  EXPECT_EQ(output.dropped(), 0U);
}

TEST(KeptOutput, HandsBytesToACallbackUpToTheCap) {
  FakeAccess access;
  std::string seen;
  KeptOutput output(4, Excess::kDrop, access,
                    [&](std::span<const std::byte> bytes) { seen += text_of(bytes); });
  EXPECT_EQ(put(output, "abcdef"), 6U);
  EXPECT_EQ(seen, "abcd");
  EXPECT_EQ(output.take_bytes(), "");
}

TEST(CappedOutput, PassesTheCapAndThenDrops) {
  FakeAccess access;
  KeptOutput inner(1'000, Excess::kDrop, access);
  CappedOutput output(inner, 4, Excess::kDrop);
  EXPECT_EQ(put(output, "abc"), 3U);
  EXPECT_EQ(put(output, "defg"), 1U);  // a short count, and then
  EXPECT_EQ(put(output, "efg"), 3U);   // the rest is dropped
  EXPECT_EQ(inner.take_bytes(), "abcd");
  EXPECT_EQ(output.dropped(), 3U);
}

}  // namespace
}  // namespace warrant::host
