// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>

#include "warrant/cap/reason.h"
#include "warrant/os/clock.h"
#include "warrant/os/console.h"
#include "warrant/os/entropy.h"
#include "warrant/os/errno.h"
#include "warrant/os/iovec.h"
#include "warrant/os/mount_table.h"
#include "warrant/os/poller.h"
#include "warrant/os/short_wait.h"
#include "warrant/os/timespec.h"

namespace warrant::os {
namespace {

Ambient ambient() { return Ambient::danger_from_main(); }

std::unique_ptr<Waiter> new_waiter() { return *std::move(Waiter::make(ambient())); }

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reader = OwnedFd(ends[0]);
    writer = OwnedFd(ends[1]);
  }
  OwnedFd reader;
  OwnedFd writer;
};

Buffer whole(std::string& text) { return Buffer::host(std::as_writable_bytes(std::span(text))); }

std::unique_ptr<cap::Stream> console(BorrowedFd fd, ConsoleSide side, const Waiter& waiter) {
  auto made = open_console(ambient(), fd, side, {.waiter = &waiter});
  EXPECT_TRUE(made);
  return *std::move(made);
}

TEST(Errno, UnknownNumbersBecomeIo) {
  EXPECT_EQ(from_errno(ENOENT), Errc::kNoEntry);
  EXPECT_EQ(from_errno(EDQUOT), Errc::kQuota);
  EXPECT_EQ(from_errno(ECHILD), Errc::kIo);
  EXPECT_EQ(from_errno(100'000), Errc::kIo);
  EXPECT_EQ(cap::reason_of(error_from_errno(EMFILE, "x")), cap::Reason::kHostLimit);
}

TEST(Timespec, TimesOutsideTheRangeAreClamped) {
  EXPECT_EQ(from_parts(-1, 999'999'999), Nanoseconds{0});
  EXPECT_EQ(from_parts(INT64_MAX, 0), kForever);
  EXPECT_EQ(from_parts(2, 5), Nanoseconds{2'000'000'005});
}

TEST(MountTable, FindsTheTypeBehindOptionalFields) {
  constexpr std::string_view kTable =
      "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
      "27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw\n";
  EXPECT_EQ(mount_type_in(kTable, 27), "ext4");
  EXPECT_EQ(mount_type_in(kTable, 22), "proc");
  EXPECT_EQ(mount_type_in(kTable, 2), std::nullopt);
}

TEST(Vectors, MoreThanTheKernelTakesIsInvalid) {
  std::string text(8, 'x');
  std::vector<Buffer> many(kMaxVectors + 1, whole(text));
  Vectors vectors;
  EXPECT_EQ(vectors.lower(many, 1 << 20, nullptr).error().code, Errc::kInvalid);
}

TEST(Vectors, ClipKeepsTheRestForTheNextPiece) {
  std::string one(5, 'a');
  std::string two(7, 'b');
  const std::array<Buffer, 2> both = {whole(one), whole(two)};
  Vectors vectors;
  ASSERT_TRUE(vectors.lower(both, 11, nullptr));
  EXPECT_EQ(vectors.total(), 11U);
  ASSERT_EQ(vectors.clip(8), 2);
  EXPECT_EQ(vectors.data()[1].iov_len, 3U);
  vectors.restore();
  vectors.advance(8);
  ASSERT_EQ(vectors.count(), 1);
  EXPECT_EQ(vectors.data()[0].iov_len, 3U);
  EXPECT_EQ(vectors.data()[0].iov_base, two.data() + 3);
}

TEST(Vectors, ABufferOutsideItsMemoryFailsTheCall) {
  const Buffer lost = Buffer::guest_unchecked(MemoryRef{7}, 16, 16);
  Vectors vectors;
  const Locate nowhere = [](MemoryRef, std::uint64_t, std::uint64_t) noexcept -> std::byte* {
    return nullptr;
  };
  EXPECT_EQ(vectors.lower(std::span(&lost, 1), 100, nowhere).error().code, Errc::kInvalid);
}

TEST(Clock, AnUngrantedClockIsDenied) {
  const auto waiter = new_waiter();
  Clock clock(ambient(), {.wall = {.granted = true}}, *waiter);
  EXPECT_TRUE(clock.now(cap::ClockId::kWall));
  EXPECT_EQ(clock.now(cap::ClockId::kMonotonic).error(),
            cap::denied(cap::Reason::kClockNotGranted, "clock"));
  EXPECT_FALSE(clock.resolution(cap::ClockId::kThreadCpu));
}

TEST(Clock, MonotonicCountsFromOneSecondBeforeTheRunAndRoundsDown) {
  const auto waiter = new_waiter();
  Clock clock(ambient(), {.monotonic = {.granted = true, .granularity = Nanoseconds{1'000'000}}},
              *waiter);
  const std::uint64_t now = count(*clock.now(cap::ClockId::kMonotonic));
  EXPECT_GE(now, 1'000'000'000U);
  EXPECT_LT(now, 1'000'000'000'000U);
  EXPECT_EQ(now % 1'000'000, 0U);
  EXPECT_EQ(*clock.resolution(cap::ClockId::kMonotonic), Nanoseconds{1'000'000});
}

TEST(Entropy, TheSystemFillsTheWholeRange) {
  SystemEntropy entropy(ambient(), nullptr);
  std::string bytes(70'000, '\0');
  ASSERT_TRUE(entropy.fill(whole(bytes)));
  EXPECT_NE(bytes.substr(69'000), std::string(1'000, '\0'));
}

TEST(Entropy, ASeededStreamDoesNotDependOnHowItIsCut) {
  std::string at_once(300, '\0');
  SeededEntropy one(7, nullptr);
  ASSERT_TRUE(one.fill(whole(at_once)));
  SeededEntropy other(7, nullptr);
  std::string pieces;
  for (const std::size_t size : {1U, 63U, 64U, 65U, 100U, 7U}) {
    std::string piece(size, '\0');
    ASSERT_TRUE(other.fill(whole(piece)));
    pieces += piece;
  }
  EXPECT_EQ(pieces, at_once);
  SeededEntropy third(8, nullptr);
  std::string different(300, '\0');
  ASSERT_TRUE(third.fill(whole(different)));
  EXPECT_NE(different, at_once);
}

// RFC 7539 has the block of the zero key and zero nonce (its section A.1, test vector 1).
TEST(Entropy, SeedZeroIsThePublishedKeyStream) {
  SeededEntropy entropy(0, nullptr);
  std::string bytes(8, '\0');
  ASSERT_TRUE(entropy.fill(whole(bytes)));
  EXPECT_EQ(bytes, "\x76\xb8\xe0\xad\xa0\xf1\x3d\x90");
}

TEST(Console, AClosedDescriptorOrADirectoryIsNothing) {
  const auto waiter = new_waiter();
  EXPECT_EQ(console(BorrowedFd(-1), ConsoleSide::kInput, *waiter), nullptr);
  const OwnedFd directory(::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_EQ(console(directory.borrow(), ConsoleSide::kInput, *waiter), nullptr);
}

TEST(Console, WhatStoodInAFileBeforeTheRunIsOutOfReach) {
  const OwnedFd file(::memfd_create("out", MFD_CLOEXEC));
  ASSERT_EQ(::write(file.number(), "before", 6), 6);
  const auto waiter = *Waiter::make(ambient());
  const auto output = console(file.borrow(), ConsoleSide::kOutput, *waiter);
  EXPECT_EQ(output->seek(5, cap::Stream::Whence::kSet).error().code, Errc::kInvalid);
  EXPECT_EQ(output->seek(-6, cap::Stream::Whence::kEnd).error().code, Errc::kInvalid);
  EXPECT_EQ(*output->seek(0, cap::Stream::Whence::kCurrent), 6U);
  EXPECT_EQ(*output->seek(6, cap::Stream::Whence::kSet), 6U);
}

TEST(Console, AllBuffersGoThroughAPipeAndSidesAreKept) {
  const auto waiter = new_waiter();
  Pipe pipe;
  const auto out = console(pipe.writer.borrow(), ConsoleSide::kOutput, *waiter);
  const auto in = console(pipe.reader.borrow(), ConsoleSide::kInput, *waiter);
  std::string hello = "hello ";
  std::string world = "world";
  const std::array<Buffer, 2> both = {whole(hello), whole(world)};
  EXPECT_EQ(*out->write(both, cap::Blocking::kWait), 11U);
  std::string got(32, '\0');
  const Buffer to = whole(got);
  EXPECT_EQ(*in->read(std::span(&to, 1), cap::Blocking::kWait), 11U);
  EXPECT_EQ(got.substr(0, 11), "hello world");
  EXPECT_EQ(in->read(std::span(&to, 1), cap::Blocking::kNever).error().code, Errc::kAgain);
  EXPECT_EQ(out->read(std::span(&to, 1), cap::Blocking::kNever).error().code, Errc::kBadHandle);
  EXPECT_EQ(in->write(both, cap::Blocking::kNever).error().code, Errc::kBadHandle);
  EXPECT_FALSE(in->is_seekable());
  EXPECT_EQ(in->seek(0, cap::Stream::Whence::kSet).error().code, Errc::kSeekPipe);
  EXPECT_EQ(in->sync().error().code, Errc::kInvalid);
  pipe.writer.reset();
  EXPECT_EQ(*in->read(std::span(&to, 1), cap::Blocking::kWait), 0U);
}

TEST(Console, AWriteLargerThanThePipeEndsShortWhenTheRunIsCancelled) {
  const auto waiter = new_waiter();
  Pipe pipe;
  const auto out = console(pipe.writer.borrow(), ConsoleSide::kOutput, *waiter);
  std::string large(1 << 20, 'x');
  const Buffer from = whole(large);
  std::thread other([&] {
    std::string got(100'000, '\0');
    std::size_t seen = 0;
    while (seen < got.size()) {
      const ssize_t n = ::read(pipe.reader.number(), got.data(), got.size() - seen);
      if (n <= 0) break;
      seen += static_cast<std::size_t>(n);
    }
    waiter->cancel();
  });
  const auto written = out->write(std::span(&from, 1), cap::Blocking::kWait);
  other.join();
  ASSERT_TRUE(written);
  EXPECT_GE(*written, 100'000U);
  EXPECT_LT(*written, large.size());
  EXPECT_EQ(out->write(std::span(&from, 1), cap::Blocking::kWait).error().code, Errc::kCanceled);
}

TEST(Console, AReaderThatIsGoneIsPipe) {
  ASSERT_NE(::signal(SIGPIPE, SIG_IGN), SIG_ERR);
  const auto waiter = new_waiter();
  Pipe pipe;
  pipe.reader.reset();
  const auto out = console(pipe.writer.borrow(), ConsoleSide::kOutput, *waiter);
  std::string text = "x";
  const Buffer from = whole(text);
  EXPECT_EQ(out->write(std::span(&from, 1), cap::Blocking::kWait).error().code, Errc::kPipe);
}

TEST(Console, ARegularFileHasAPositionAndHidesItsInode) {
  const auto waiter = new_waiter();
  const OwnedFd file(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  ASSERT_TRUE(file.is_open());
  const auto out = console(file.borrow(), ConsoleSide::kOutput, *waiter);
  std::string text = "twelve bytes";
  const Buffer from = whole(text);
  EXPECT_EQ(*out->write(std::span(&from, 1), cap::Blocking::kWait), 12U);
  EXPECT_TRUE(out->is_seekable());
  EXPECT_EQ(*out->seek(0, cap::Stream::Whence::kCurrent), 12U);
  const auto stat = *out->stat();
  EXPECT_EQ(stat.size, 12U);
  EXPECT_EQ(stat.inode, 0U);
  EXPECT_EQ(stat.device, 0U);
  EXPECT_EQ(stat.type, cap::FileType::kRegularFile);
  EXPECT_TRUE(out->sync());
  EXPECT_EQ(out->poll_token(), cap::PollToken::kAlwaysReady);
}

TEST(Waiter, TheDeadlineEndsAWaitWithItsReason) {
  const auto waiter = new_waiter();
  Pipe pipe;
  waiter->set_deadline(saturating_add(host_monotonic(), Nanoseconds{20'000'000}));
  const Status waited = waiter->wait(pipe.reader.borrow(), POLLIN);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, Errc::kCanceled);
  EXPECT_EQ(cap::reason_of(waited.error()), cap::Reason::kWall);
}

constexpr Nanoseconds kBound{200}, kAtOnce{199}, kAsleep{0};

// Answers in a row that come within the bound.
void answer_at_once(ShortWait& wait, unsigned times) {
  for (unsigned i = 0; i < times; ++i) {
    wait.sent(Nanoseconds{1'000});
    EXPECT_EQ(wait.until(), kAsleep) << i;
    wait.answered(kAtOnce);
    EXPECT_EQ(wait.until(), kAsleep) << i << ": nothing is awaited";
  }
}

TEST(ShortWait, AServerThatWasQuickOftenEnoughIsWaitedForAwake) {
  ShortWait wait(kBound);
  answer_at_once(wait, ShortWait::kQuickAnswers);
  wait.sent(Nanoseconds{2'000});
  wait.sent(Nanoseconds{2'100});
  EXPECT_EQ(wait.until(), Nanoseconds{2'300});
  wait.answered(kAtOnce);
  EXPECT_EQ(wait.until(), Nanoseconds{2'300});
  wait.answered(kAtOnce);
  EXPECT_EQ(wait.until(), kAsleep);
}

TEST(ShortWait, WhatEndsARowIsSleptForUntilTheNextRow) {
  const auto slow = [](ShortWait& wait) { wait.answered(kBound); };
  const auto nothing = [](ShortWait& wait) { wait.gave_up(); };
  const auto busy = [](ShortWait& wait) {
    wait.disturb();
    EXPECT_EQ(wait.until(), kAsleep);
    wait.answered(kBound);
  };
  const auto vain = [](ShortWait& wait) {
    wait.waited(Nanoseconds{3'199});
    EXPECT_EQ(wait.until(), Nanoseconds{3'200});
    wait.waited(Nanoseconds{3'200});
    EXPECT_EQ(wait.until(), kAsleep);
    wait.answered(kBound);
  };
  for (void (*end)(ShortWait&) : {+slow, +nothing, +busy, +vain}) {
    ShortWait wait(kBound);
    answer_at_once(wait, ShortWait::kQuickAnswers);
    wait.sent(Nanoseconds{3'000});
    EXPECT_EQ(wait.until(), Nanoseconds{3'200});
    end(wait);
    answer_at_once(wait, ShortWait::kQuickAnswers);
    wait.sent(Nanoseconds{4'000});
    EXPECT_EQ(wait.until(), Nanoseconds{4'200});
  }
}

TEST(ShortWait, ABoundOfNothingIsNever) {
  ShortWait wait(Nanoseconds{0});
  for (unsigned i = 0; i < 2 * ShortWait::kQuickAnswers; ++i) {
    wait.sent(Nanoseconds{1'000});
    EXPECT_EQ(wait.until(), kAsleep);
    wait.answered(Nanoseconds{0});
  }
}

TEST(Poller, CountsBytesAndTellsHangups) {
  const auto waiter = new_waiter();
  Poller poller(*waiter);
  Pipe pipe;
  ASSERT_EQ(::write(pipe.writer.number(), "abc", 3), 3);
  std::array<cap::PollItem, 3> items = {
      cap::PollItem{.token = cap::PollToken{pipe.reader.number()}},
      cap::PollItem{.token = cap::PollToken{pipe.writer.number()},
                    .interest = cap::PollFor::kWrite},
      cap::PollItem{.token = cap::PollToken{1'000'000}}};
  EXPECT_TRUE(*poller.wait(items, std::nullopt, std::nullopt));
  EXPECT_EQ(items[0].bytes, 3U);
  EXPECT_FALSE(items[0].hangup);
  EXPECT_GE(items[1].bytes, 1U);
  EXPECT_EQ(items[2].error, Errc::kBadHandle);
  pipe.writer.reset();
  std::array<cap::PollItem, 1> reader = {
      cap::PollItem{.token = cap::PollToken{pipe.reader.number()}}};
  EXPECT_TRUE(*poller.wait(reader, std::nullopt, std::nullopt));
  EXPECT_TRUE(reader[0].hangup);
  EXPECT_EQ(reader[0].bytes, 3U);
}

TEST(Poller, TheNullDeviceIsAtItsEndAndZerosAreNot) {
  const auto waiter = new_waiter();
  Poller poller(*waiter);
  const OwnedFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const OwnedFd zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  std::array<cap::PollItem, 3> items = {
      cap::PollItem{.token = cap::PollToken{null.number()}},
      cap::PollItem{.token = cap::PollToken{zero.number()}},
      cap::PollItem{.token = cap::PollToken{null.number()}, .interest = cap::PollFor::kWrite}};
  EXPECT_TRUE(*poller.wait(items, std::nullopt, std::nullopt));
  EXPECT_TRUE(items[0].ready && items[0].hangup && items[0].bytes == 0);
  EXPECT_TRUE(items[1].ready && !items[1].hangup && items[1].bytes == 1);
  EXPECT_TRUE(items[2].ready && !items[2].hangup && items[2].bytes == 1);
}

TEST(Poller, ATerminalAtItsEndIsReadyWithAHangup) {
  const auto waiter = new_waiter();
  Poller poller(*waiter);
  const OwnedFd keyboard(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(keyboard.is_open());
  ASSERT_EQ(::unlockpt(keyboard.number()), 0);
  const OwnedFd terminal(::open(::ptsname(keyboard.number()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  std::array<cap::PollItem, 1> items = {cap::PollItem{.token = cap::PollToken{terminal.number()}}};
  ASSERT_EQ(::write(keyboard.number(), "ab\n", 3), 3);
  EXPECT_TRUE(*poller.wait(items, std::nullopt, std::nullopt));
  EXPECT_TRUE(items[0].ready && !items[0].hangup && items[0].bytes == 3);
  std::array<char, 8> line{};
  ASSERT_EQ(::read(terminal.number(), line.data(), line.size()), 3);
  ASSERT_EQ(::write(keyboard.number(), "\x04", 1), 1);
  EXPECT_TRUE(*poller.wait(items, std::nullopt, std::nullopt));
  EXPECT_TRUE(items[0].ready && items[0].hangup && items[0].bytes == 0);
}

TEST(Poller, TimeComesOnBothClocksAlsoWhenItHasPassed) {
  const auto waiter = new_waiter();
  Poller poller(*waiter);
  EXPECT_FALSE(*poller.wait({}, Nanoseconds{0}, std::nullopt));
  EXPECT_FALSE(*poller.wait({}, std::nullopt, Nanoseconds{0}));
  Clock clock(ambient(), {.wall = {.granted = true}, .monotonic = {.granted = true}}, *waiter);
  const Nanoseconds mono =
      saturating_add(*clock.now(cap::ClockId::kMonotonic), Nanoseconds{5'000'000});
  EXPECT_FALSE(*poller.wait({}, mono, std::nullopt));
  EXPECT_GE(*clock.now(cap::ClockId::kMonotonic), mono);
  const Nanoseconds wall = saturating_add(*clock.now(cap::ClockId::kWall), Nanoseconds{5'000'000});
  EXPECT_FALSE(*poller.wait({}, kForever, wall));
  EXPECT_GE(*clock.now(cap::ClockId::kWall), wall);
}

TEST(Poller, CancelEndsAWaitForEver) {
  const auto waiter = new_waiter();
  Poller poller(*waiter);
  std::thread other([&] { waiter->cancel(); });
  const auto waited = poller.wait({}, std::nullopt, std::nullopt);
  other.join();
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error(), cap::error_of(Errc::kCanceled, cap::Reason::kCancelled, "wait"));
}

TEST(Poller, TheFirstCauseOfTheEndIsWhatEveryWaitTells) {
  const auto waiter = new_waiter();
  waiter->set_deadline(saturating_add(host_monotonic(), Nanoseconds{3'600'000'000'000}));
  waiter->cancel(cap::Reason::kWall);  // a timer that came before this clock's deadline
  waiter->cancel();
  Poller poller(*waiter);
  const auto waited = poller.wait({}, std::nullopt, std::nullopt);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error(), cap::error_of(Errc::kCanceled, cap::Reason::kWall, "wait"));
}

TEST(Poller, SomethingAlwaysReadyDoesNotWaitButCollectsTheRest) {
  const auto waiter = new_waiter();
  Poller poller(*waiter);
  Pipe pipe;
  std::array<cap::PollItem, 2> items = {
      cap::PollItem{.token = cap::PollToken{pipe.reader.number()}}, cap::PollItem{}};
  EXPECT_TRUE(*poller.wait(items, std::nullopt, std::nullopt));
  EXPECT_FALSE(items[0].ready);
  EXPECT_TRUE(items[1].ready);
}

}  // namespace
}  // namespace warrant::os
