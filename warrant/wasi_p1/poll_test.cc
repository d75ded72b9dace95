// SPDX-License-Identifier: Apache-2.0
// poll_oneoff: preview1.md 7.5.
#include <gtest/gtest.h>

#include "tests/support/world.h"

namespace warrant::testing {
namespace {

constexpr std::uint32_t kIn = 0x6000;
constexpr std::uint32_t kEvents = 0x8000;
constexpr std::uint64_t kWallStart = 1'700'000'000'000'000'000;
constexpr std::uint64_t kMonotonicStart = 1'000'000'000;

struct Event {
  std::uint64_t userdata;
  std::uint16_t error;
  std::uint8_t type;
  std::uint64_t bytes;
  std::uint16_t flags;
  friend bool operator==(const Event&, const Event&) = default;
};

class Polling : public ::testing::Test {
 protected:
  Polling() : world_(sockets()) {}
  static World::Options sockets() {
    World::Options options;
    options.listeners = 1;
    options.limits.poll = 8;
    return options;
  }
  void clock(std::uint64_t userdata, std::uint32_t id, std::uint64_t timeout,
             std::uint16_t flags = 0) {
    const std::uint32_t at = begin(userdata, 0);
    world_.guest.memory.set(at + 16, id);
    world_.guest.memory.set(at + 24, timeout);
    world_.guest.memory.set(at + 32, std::uint64_t{0});
    world_.guest.memory.set(at + 40, flags);
  }
  void fd(std::uint64_t userdata, std::uint8_t tag, std::uint32_t number) {
    world_.guest.memory.set(begin(userdata, tag) + 16, number);
  }
  std::uint32_t poll() { return world_.guest.call("poll_oneoff", kIn, kEvents, count_, 0x10); }
  std::vector<Event> events() {
    std::vector<Event> all;
    const FakeMemory& memory = world_.guest.memory;
    for (std::uint32_t i = 0; i < memory.at<std::uint32_t>(0x10); ++i) {
      const std::uint32_t at = kEvents + 32 * i;
      all.push_back({memory.at<std::uint64_t>(at), memory.at<std::uint16_t>(at + 8),
                     memory.at<std::uint8_t>(at + 10), memory.at<std::uint64_t>(at + 16),
                     memory.at<std::uint16_t>(at + 24)});
    }
    return all;
  }
  cap::PollItem& will_be_ready(std::int64_t token) {
    cap::PollItem& item = world_.poller.ready[cap::PollToken{token}];
    item.ready = true;
    return item;
  }

  World world_;
  std::uint32_t count_ = 0;

 private:
  std::uint32_t begin(std::uint64_t userdata, std::uint8_t tag) {
    const std::uint32_t at = kIn + 48 * count_++;
    world_.guest.memory.set(at, userdata);
    world_.guest.memory.set(at + 8, tag);
    return at;
  }
};

TEST_F(Polling, NothingIsInvalidAndTooMuchIsADenial) {
  EXPECT_EQ(poll(), wasi::kInval);
  for (int i = 0; i < 9; ++i) clock(0, 1, 0);
  EXPECT_EQ(poll(), wasi::kNoMem);
  EXPECT_EQ(world_.guest.sink.last().reason, cap::Reason::kListLimit);
  EXPECT_EQ(world_.guest.sink.denials(), 1U);
}

TEST_F(Polling, UnknownTagClockOrFlagIsInvalidForTheCall) {
  fd(1, 3, 0);
  EXPECT_EQ(poll(), wasi::kInval);
  count_ = 0;
  clock(1, 4, 0);
  EXPECT_EQ(poll(), wasi::kInval);
  count_ = 0;
  clock(1, 1, 0, 2);
  EXPECT_EQ(poll(), wasi::kInval);
  count_ = 0;
  clock(1, 1, 0);
  fd(2, 200, 0);
  EXPECT_EQ(poll(), wasi::kInval);
  EXPECT_EQ(world_.guest.memory.at<std::uint32_t>(kEvents), 0xAAAA'AAAAU);
}

TEST_F(Polling, BadDescriptorsRightsAndCpuClocksAreEventsOfASuccessfulCall) {
  fd(1, 1, 99);
  fd(2, 1, 1);  // stdout does not read
  clock(3, 2, 100);
  clock(4, 3, 100);
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events(), (std::vector<Event>{{1, wasi::kBadF, 1, 0, 0},
                                          {2, wasi::kNotCapable, 1, 0, 0},
                                          {3, wasi::kNotSup, 0, 0, 0},
                                          {4, wasi::kNotSup, 0, 0, 0}}));
  EXPECT_TRUE(world_.poller.waits.empty());
}

TEST_F(Polling, AnErrorReturnsAtOnceWithWhateverElseIsReady) {
  fd(1, 1, 99);
  clock(2, 1, 1'000'000'000);
  fd(3, 1, 0);
  will_be_ready(1).bytes = 7;
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events(), (std::vector<Event>{{1, wasi::kBadF, 1, 0, 0}, {3, 0, 1, 7, 0}}));
  ASSERT_EQ(world_.poller.waits.size(), 1U);
  EXPECT_EQ(world_.poller.waits[0].monotonic, Nanoseconds{0});
}

TEST_F(Polling, AClockThatIsNotGrantedIsThatEventsErrorAndADenial) {
  world_.clock.granted = {cap::ClockId::kMonotonic};
  clock(1, 0, 5);
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events(), (std::vector<Event>{{1, wasi::kNotCapable, 0, 0, 0}}));
  ASSERT_EQ(world_.guest.sink.denials(), 1U);
  EXPECT_EQ(world_.guest.sink.last().reason, cap::Reason::kClockNotGranted);
}

TEST_F(Polling, RelativeTimeoutsBecomePointsOfTheMonotonicClock) {
  clock(7, 0, 5'000);
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events(), (std::vector<Event>{{7, 0, 0, 0, 0}}));
  ASSERT_EQ(world_.poller.waits.size(), 1U);
  EXPECT_EQ(world_.poller.waits[0].monotonic, Nanoseconds{kMonotonicStart + 5'000});
  EXPECT_EQ(world_.poller.waits[0].wall, std::nullopt);
}

TEST_F(Polling, AbsoluteTimeoutsKeepTheirClock) {
  clock(7, 0, kWallStart + 10, 1);
  clock(8, 1, kMonotonicStart + 20, 1);
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(world_.poller.waits[0].wall, Nanoseconds{kWallStart + 10});
  EXPECT_EQ(world_.poller.waits[0].monotonic, Nanoseconds{kMonotonicStart + 20});
  EXPECT_EQ(events(), (std::vector<Event>{{8, 0, 0, 0, 0}}));
}

TEST_F(Polling, PassedPointsAndZeroAreReadyAtOnce) {
  clock(1, 1, 3, 1);
  clock(2, 0, kWallStart, 1);
  clock(3, 1, 0);
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events(), (std::vector<Event>{{1, 0, 0, 0, 0}, {2, 0, 0, 0, 0}, {3, 0, 0, 0, 0}}));
  EXPECT_TRUE(world_.poller.waits.empty());
}

TEST_F(Polling, AnEndlessTimeoutWaitsForTheRest) {
  clock(1, 1, ~0ULL);
  clock(2, 0, ~0ULL, 1);
  fd(3, 1, 0);
  will_be_ready(1).bytes = 2;
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events(), (std::vector<Event>{{3, 0, 1, 2, 0}}));
  EXPECT_EQ(world_.poller.waits[0].monotonic, std::nullopt);
  EXPECT_EQ(world_.poller.waits[0].wall, std::nullopt);
}

TEST_F(Polling, SeveralReadyKeepTheirOrderAndUserdata) {
  fd(10, 1, 0);
  fd(11, 2, 1);
  fd(12, 1, 0);
  clock(13, 1, 3, 1);
  world_.out.token = cap::PollToken{2};
  will_be_ready(1).bytes = 5;
  will_be_ready(2).bytes = 1;
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events(), (std::vector<Event>{
                          {10, 0, 1, 5, 0}, {11, 0, 2, 1, 0}, {12, 0, 1, 5, 0}, {13, 0, 0, 0, 0}}));
}

TEST_F(Polling, HangupAndErrorsOfStreamsReachTheirEvents) {
  fd(1, 1, 0);
  fd(2, 2, 1);
  world_.out.token = cap::PollToken{2};
  will_be_ready(1).hangup = true;
  will_be_ready(2).error = Errc::kPipe;
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events(), (std::vector<Event>{{1, 0, 1, 0, 1}, {2, wasi::kPipe, 2, 0, 0}}));
}

TEST_F(Polling, RegularFilesAreAlwaysReadyAndTellWhatIsLeft) {
  world_.dir.file.data = "0123456789";
  Guest::Open how;
  how.base = Guest::kWriteRights;
  ASSERT_EQ(world_.guest.open("f", how), wasi::kSuccess);
  const std::uint32_t file = world_.guest.opened();
  world_.guest.call("fd_seek", file, 4, 0, 0x80);
  fd(1, 1, file);
  fd(2, 2, file);
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events()[0], (Event{1, 0, 1, 6, 0}));
  EXPECT_EQ(events()[1].error, 0);
  world_.guest.call("fd_seek", file, 4, 2, 0x80);
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events()[0], (Event{1, 0, 1, 0, 1}));
}

TEST_F(Polling, AStdinOnAFileAtItsEndHangsUp) {
  FakeStream in;
  in.seekable = true;
  in.file_type = cap::FileType::kRegularFile;
  in.size = 9;
  in.position = 9;
  wasi_p1::Setup setup;
  setup.console[0] = &in;
  Guest guest(std::move(setup));
  guest.memory.set(kIn, std::uint64_t{5});
  guest.memory.set(kIn + 8, std::uint8_t{1});
  guest.memory.set(kIn + 16, std::uint32_t{0});
  ASSERT_EQ(guest.call("poll_oneoff", kIn, kEvents, 1, 0x10), wasi::kSuccess);
  EXPECT_EQ(guest.memory.at<std::uint16_t>(kEvents + 24), 1);
  EXPECT_EQ(guest.memory.at<std::uint64_t>(kEvents + 16), 0U);
}

TEST_F(Polling, AStdinOfGivenBytesCountsThemAndHangsUpAtItsEnd) {
  world_.in.token = cap::PollToken::kAlwaysReady;
  world_.in.script.input = "four";
  fd(1, 1, 0);
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events(), (std::vector<Event>{{1, 0, 1, 4, 0}}));
  world_.in.script.input.clear();
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events(), (std::vector<Event>{{1, 0, 1, 0, 1}}));
}

TEST_F(Polling, ListenersAreWaitedForLikeStreams) {
  world_.sockets[0]->stream.token = cap::PollToken{9};
  fd(1, 1, 5);
  will_be_ready(9).bytes = 1;
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events(), (std::vector<Event>{{1, 0, 1, 1, 0}}));
}

TEST_F(Polling, DirectoriesHaveNothingToWaitFor) {
  fd(1, 1, 3);
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(events(), (std::vector<Event>{{1, wasi::kNotCapable, 1, 0, 0}}));
}

TEST_F(Polling, TheEndOfTheRunWhileWaitingWritesNoEvent) {
  clock(1, 1, 1'000'000'000);
  world_.poller.error = Error{Errc::kCanceled, 0, "wait"};
  EXPECT_EQ(poll(), wasi::kIntr);
  EXPECT_EQ(world_.guest.memory.at<std::uint32_t>(kEvents), 0xAAAA'AAAAU);
  EXPECT_EQ(world_.guest.memory.at<std::uint32_t>(0x10), 0xAAAA'AAAAU);
}

TEST_F(Polling, ACoarseClockNeitherEndsEarlyNorReturnsNothing) {
  world_.clock.step = Nanoseconds{1'000};
  world_.poller.shortfall = Nanoseconds{900};
  clock(1, 1, 50);
  clock(2, 1, 5'000'000);
  ASSERT_EQ(poll(), wasi::kSuccess);
  EXPECT_EQ(world_.poller.waits[0].monotonic, Nanoseconds{kMonotonicStart + 1'050});
  EXPECT_EQ(events(), (std::vector<Event>{{1, 0, 0, 0, 0}}));
}

TEST_F(Polling, EventsAreWrittenWholeWithZeroPadding) {
  clock(1, 1, 0);
  ASSERT_EQ(poll(), wasi::kSuccess);
  for (std::uint32_t at = kEvents + 8; at < kEvents + 32; at += 8) {
    EXPECT_EQ(world_.guest.memory.at<std::uint64_t>(at), 0U);
  }
  EXPECT_EQ(world_.guest.memory.at<std::uint8_t>(kEvents + 32), 0xAA);
}

TEST_F(Polling, TheListMayLieUnderTheEvents) {
  clock(1, 1, 0);
  clock(2, 1, 0);
  EXPECT_EQ(world_.guest.call("poll_oneoff", kIn, kIn, 2, 0x10), wasi::kSuccess);
  EXPECT_EQ(world_.guest.memory.at<std::uint64_t>(kIn), 1U);
  EXPECT_EQ(world_.guest.memory.at<std::uint64_t>(kIn + 32), 2U);
}

}  // namespace
}  // namespace warrant::testing
