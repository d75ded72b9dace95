// SPDX-License-Identifier: Apache-2.0
// What wasi_unstable does otherwise: preview1.md section 9.
#include <gtest/gtest.h>

#include "tests/support/world.h"

namespace warrant::testing {
namespace {

TEST(Unstable, SeekCountsWhenceFromCurrent) {
  World world;
  world.dir.file.data = "0123456789";
  ASSERT_EQ(world.guest.open("f"), wasi::kSuccess);
  const std::uint32_t fd = world.guest.opened();
  const auto seek = [&](std::int64_t offset, std::uint32_t whence) {
    EXPECT_EQ(world.guest.call_unstable("fd_seek", fd, offset, whence, 0x80), wasi::kSuccess);
    return world.guest.memory.at<std::uint64_t>(0x80);
  };
  EXPECT_EQ(seek(4, 2), 4U);
  EXPECT_EQ(seek(3, 0), 7U);
  EXPECT_EQ(seek(-1, 1), 9U);
  EXPECT_EQ(world.guest.call_unstable("fd_seek", fd, 0, 3, 0x80), wasi::kInval);
}

TEST(Unstable, FileStatIs56BytesWithASaturatedLinkCount) {
  World world;
  world.dir.file.data = "1234567";
  ASSERT_EQ(world.guest.open("f"), wasi::kSuccess);
  ASSERT_EQ(world.guest.call_unstable("fd_filestat_get", world.guest.opened(), 0x40),
            wasi::kSuccess);
  const FakeMemory& memory = world.guest.memory;
  EXPECT_EQ(memory.at<std::uint32_t>(0x40 + 16), 4U);
  EXPECT_EQ(memory.at<std::uint32_t>(0x40 + 20), 0xFFFF'FFFFU);
  EXPECT_EQ(memory.at<std::uint64_t>(0x40 + 24), 7U);
  EXPECT_EQ(memory.at<std::uint64_t>(0x40 + 32), 1001U);
  EXPECT_EQ(memory.at<std::uint64_t>(0x40 + 40), 1002U);
  EXPECT_EQ(memory.at<std::uint64_t>(0x40 + 48), 1003U);
  EXPECT_EQ(memory.at<std::uint8_t>(0x40 + 56), 0xAA);
  world.guest.path("l");
  ASSERT_EQ(world.guest.call_unstable("path_filestat_get", 3, 0, Guest::kPath, 1, 0x40),
            wasi::kSuccess);
  EXPECT_EQ(memory.at<std::uint32_t>(0x40 + 20), 3U);
}

TEST(Unstable, FileStatOfTheLast56BytesOfMemoryFits) {
  World world;
  EXPECT_EQ(world.guest.call_unstable("fd_filestat_get", 3, 0x10000 - 56), wasi::kSuccess);
  EXPECT_EQ(world.guest.call("fd_filestat_get", 3, 0x10000 - 56), Guest::kEnded);
}

TEST(Unstable, SubscriptionsAre56BytesWithAnIdentifierThatIsIgnored) {
  World world;
  FakeMemory& memory = world.guest.memory;
  memory.set(0x6000, std::uint64_t{1});
  memory.set(0x6008, std::uint8_t{0});
  memory.set(0x6010, std::uint64_t{0xFFFF'FFFF'FFFF'FFFF});  // identifier
  memory.set(0x6018, std::uint32_t{1});
  memory.set(0x6020, std::uint64_t{3});
  memory.set(0x6028, std::uint64_t{0});
  memory.set(0x6030, std::uint16_t{1});
  memory.set(0x6038, std::uint64_t{2});
  memory.set(0x6040, std::uint8_t{1});
  memory.set(0x6048, std::uint32_t{99});
  ASSERT_EQ(world.guest.call_unstable("poll_oneoff", 0x6000, 0x8000, 2, 0x10), wasi::kSuccess);
  EXPECT_EQ(memory.at<std::uint32_t>(0x10), 2U);
  EXPECT_EQ(memory.at<std::uint64_t>(0x8000), 1U);
  EXPECT_EQ(memory.at<std::uint16_t>(0x8008), 0);
  EXPECT_EQ(memory.at<std::uint64_t>(0x8020), 2U);
  EXPECT_EQ(memory.at<std::uint16_t>(0x8028), wasi::kBadF);
  EXPECT_EQ(memory.at<std::uint64_t>(0x6010), 0xFFFF'FFFF'FFFF'FFFFU);  // not rewritten
}

TEST(Unstable, HasNoRightToAccept) {
  World::Options options;
  options.listeners = 1;
  World world(options);
  const std::uint32_t length = world.guest.path("f");
  EXPECT_EQ(
      world.guest.call_unstable("path_open", 3, 0, Guest::kPath, length, 0, 1ULL << 29, 0, 0, 0x10),
      wasi::kInval);
  EXPECT_EQ(world.guest.call("path_open", 3, 0, Guest::kPath, length, 0, 1ULL << 29, 0, 0, 0x10),
            wasi::kSuccess);
  ASSERT_EQ(world.guest.call_unstable("fd_fdstat_get", 5, 0x40), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.at<std::uint64_t>(0x48), 0x1820000AU);
}

TEST(Unstable, SharesTheDescriptorTable) {
  World world;
  ASSERT_EQ(world.guest.open("f"), wasi::kSuccess);
  EXPECT_EQ(world.guest.call_unstable("fd_close", world.guest.opened()), wasi::kSuccess);
  EXPECT_EQ(world.guest.call("fd_close", world.guest.opened()), wasi::kBadF);
}

TEST(Stub, AnswersNosysWhereItCanAndIsRecorded) {
  static constexpr wasm::ValType kI32[] = {wasm::ValType::kI32};
  static constexpr wasm::ValType kI64[] = {wasm::ValType::kI64};
  World world;
  const auto stub = wasi_p1::make_stub("env", "extra", kI32, kI32);
  EXPECT_EQ(world.guest.run(stub, {1}), wasi::kNoSys);
  EXPECT_EQ(world.guest.sink.last().kind, audit::Kind::kImport);
  EXPECT_EQ(world.guest.sink.last().reason, cap::Reason::kMissingImport);
  EXPECT_EQ(world.guest.sink.last().path, "extra");
  EXPECT_EQ(world.guest.sink.last().second_path, "env");
  EXPECT_EQ(world.guest.run(wasi_p1::make_stub("env", "wide", kI32, kI64), {1}), Guest::kEnded);
  EXPECT_EQ(world.guest.run(wasi_p1::make_stub("env", "none", kI32, {}), {1}), Guest::kEnded);
  EXPECT_EQ(world.guest.sink.denials(), 3U);
}

}  // namespace
}  // namespace warrant::testing
