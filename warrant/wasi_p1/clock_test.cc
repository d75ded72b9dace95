// SPDX-License-Identifier: Apache-2.0
// Clocks, randomness, scheduling and process: preview1.md 6.2 and 7.1.
#include <gtest/gtest.h>

#include "tests/support/world.h"

namespace warrant::testing {
namespace {

TEST(Clock, TellsTheTimeOfEachGrantedClock) {
  World world;
  const std::uint64_t expected[] = {1'700'000'000'000'000'000, 1'000'000'000, 77, 78};
  for (std::uint32_t id = 0; id < 4; ++id) {
    ASSERT_EQ(world.guest.call("clock_time_get", id, 0, 0x10), wasi::kSuccess);
    EXPECT_EQ(world.guest.memory.at<std::uint64_t>(0x10), expected[id]);
  }
}

TEST(Clock, UnknownIdIsInvalid) {
  World world;
  EXPECT_EQ(world.guest.call("clock_time_get", 4, 0, 0x10), wasi::kInval);
  EXPECT_EQ(world.guest.call("clock_res_get", 4, 0x10), wasi::kInval);
  EXPECT_EQ(world.guest.call("clock_time_get", 0xFFFF'FFFF, 0, 0x10), wasi::kInval);
}

TEST(Clock, ResolutionIsNeverZero) {
  World world;
  world.clock.step = Nanoseconds{0};
  ASSERT_EQ(world.guest.call("clock_res_get", 1, 0x10), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.at<std::uint64_t>(0x10), 1U);
}

TEST(Clock, OneThatIsNotGrantedIsADenial) {
  World world;
  world.clock.granted = {cap::ClockId::kMonotonic};
  EXPECT_EQ(world.guest.call("clock_time_get", 0, 0, 0x10), wasi::kNotCapable);
  EXPECT_EQ(world.guest.call("clock_res_get", 2, 0x10), wasi::kNotCapable);
  ASSERT_EQ(world.guest.sink.denials(), 2U);
  EXPECT_EQ(world.guest.sink.events[0].kind, audit::Kind::kClock);
  EXPECT_EQ(world.guest.sink.events[0].reason, cap::Reason::kClockNotGranted);
  EXPECT_EQ(world.guest.sink.events[0].path, "realtime");
  EXPECT_EQ(world.guest.sink.events[0].error, 76);
}

TEST(Clock, WithoutAnyEveryUseIsADenialAndNoByteChanges) {
  Guest guest{wasi_p1::Setup{}};
  guest.memory.set(0x10, std::uint64_t{0x1122});
  EXPECT_EQ(guest.call("clock_time_get", 1, 0, 0x10), wasi::kNotCapable);
  EXPECT_EQ(guest.memory.at<std::uint64_t>(0x10), 0x1122U);
  EXPECT_EQ(guest.sink.denials(), 1U);
}

TEST(Clock, FirstUseOfEachIsRecordedOnce) {
  World world;
  for (int i = 0; i < 3; ++i) world.guest.call("clock_time_get", 1, 0, 0x10);
  world.guest.call("clock_time_get", 0, 0, 0x10);
  EXPECT_EQ(world.guest.sink.events.size(), 2U);
  EXPECT_EQ(world.guest.sink.count(audit::Decision::kAllow), 2U);
}

TEST(Random, LengthZeroIsSuccessWhereverItPoints) {
  World world;
  EXPECT_EQ(world.guest.call("random_get", 0xFFFF'FFFF, 0), wasi::kSuccess);
  EXPECT_TRUE(world.entropy.pieces.empty());
}

TEST(Random, LongRangesAreFilledInPieces) {
  World::Options options;
  options.limits.random_call = 100;
  World world(options);
  ASSERT_EQ(world.guest.call("random_get", 0x200, 250), wasi::kSuccess);
  EXPECT_EQ(world.entropy.pieces, (std::vector<std::uint64_t>{100, 100, 50}));
  EXPECT_EQ(world.guest.memory.text(0x200, 250), std::string(250, 'r'));
  EXPECT_EQ(world.guest.memory.at<std::uint8_t>(0x200 + 250), 0xAA);
}

TEST(Random, BeyondTheRunsBudgetIsDeniedBeforeAnyByte) {
  World::Options options;
  options.limits.random_run = 100;
  World world(options);
  ASSERT_EQ(world.guest.call("random_get", 0x200, 60), wasi::kSuccess);
  EXPECT_EQ(world.guest.call("random_get", 0x300, 41), wasi::kDQuot);
  EXPECT_EQ(world.guest.memory.at<std::uint8_t>(0x300), 0xAA);
  EXPECT_EQ(world.guest.sink.last().reason, cap::Reason::kEntropyQuota);
  EXPECT_EQ(world.guest.sink.denials(), 1U);
  EXPECT_EQ(world.guest.call("random_get", 0x300, 40), wasi::kSuccess);
}

TEST(Random, NotGrantedIsNosysADenialAndLeavesTheBuffer) {
  Guest guest{wasi_p1::Setup{}};
  EXPECT_EQ(guest.call("random_get", 0x200, 16), wasi::kNoSys);
  EXPECT_EQ(guest.memory.at<std::uint8_t>(0x200), 0xAA);
  ASSERT_EQ(guest.sink.denials(), 1U);
  EXPECT_EQ(guest.sink.last().kind, audit::Kind::kEntropy);
  EXPECT_EQ(guest.sink.last().reason, cap::Reason::kEntropyNotGranted);
}

TEST(Process, ExitKeepsTheWholeNumber) {
  World world;
  EXPECT_EQ(world.guest.call("proc_exit", 0x1'0100), Guest::kEnded);
  EXPECT_EQ(world.guest.exit.kind, wasm::ExitRecord::Kind::kExited);
  EXPECT_EQ(world.guest.exit.code, 0x1'0100U);
}

TEST(Process, RaiseAnswersBySignal) {
  World world;
  for (const std::uint32_t ignored : {0U, 13U, 16U, 17U, 22U, 27U}) {
    EXPECT_EQ(world.guest.call("proc_raise", ignored), wasi::kSuccess) << ignored;
  }
  for (const std::uint32_t stops : {18U, 19U, 20U, 21U}) {
    EXPECT_EQ(world.guest.call("proc_raise", stops), wasi::kNoSys) << stops;
  }
  for (const std::uint32_t ends : {1U,  2U,  3U,  4U,  5U,  6U,  7U,  8U,  9U,  10U, 11U,
                                   12U, 14U, 15U, 23U, 24U, 25U, 26U, 28U, 29U, 30U}) {
    EXPECT_EQ(world.guest.call("proc_raise", ends), Guest::kEnded) << ends;
    EXPECT_EQ(world.guest.exit.kind, wasm::ExitRecord::Kind::kSignalled);
    EXPECT_EQ(world.guest.exit.code, ends);
  }
  EXPECT_EQ(world.guest.call("proc_raise", 31), wasi::kInval);
  EXPECT_EQ(world.guest.call("proc_raise", 0x1'0000), wasi::kInval);
}

TEST(Process, YieldLooksForCancel) {
  World world;
  EXPECT_EQ(world.guest.call("sched_yield"), wasi::kSuccess);
  ASSERT_EQ(world.poller.waits.size(), 1U);
  EXPECT_EQ(world.poller.waits[0].monotonic, Nanoseconds{0});
  world.poller.error = Error{Errc::kCanceled, 0, "wait"};
  EXPECT_EQ(world.guest.call("sched_yield"), wasi::kIntr);
}

TEST(Process, YieldNeedsNothing) {
  Guest guest{wasi_p1::Setup{}};
  EXPECT_EQ(guest.call("sched_yield"), wasi::kSuccess);
}

}  // namespace
}  // namespace warrant::testing
