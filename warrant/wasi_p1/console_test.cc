// SPDX-License-Identifier: Apache-2.0
// Descriptors 0 to 2: preview1.md 4.1, 4.2, 6.2.
#include <gtest/gtest.h>

#include "tests/support/world.h"

namespace warrant::testing {
namespace {

TEST(Console, ReadsAndWritesWithAllVectorsAtOnce) {
  World world;
  world.in.script.input = "hello";
  world.guest.list({{0x6000, 2}, {0x6010, 8}});
  ASSERT_EQ(world.guest.call("fd_read", 0, Guest::kList, 2, 0x10), wasi::kSuccess);
  EXPECT_EQ(world.guest.memory.at<std::uint32_t>(0x10), 5U);
  EXPECT_EQ(world.guest.memory.text(0x6010, 3), "llo");
  EXPECT_EQ(world.in.script.vectors, (std::vector<std::size_t>{2}));
  EXPECT_EQ(world.guest.write(1, "out"), wasi::kSuccess);
  EXPECT_EQ(world.guest.write(2, "err"), wasi::kSuccess);
  EXPECT_EQ(world.out.script.output, "out");
  EXPECT_EQ(world.err.script.output, "err");
}

TEST(Console, InputOnlyReadsAndOutputOnlyWrites) {
  World world;
  std::string text;
  EXPECT_EQ(world.guest.write(0, "x"), wasi::kBadF);
  EXPECT_EQ(world.guest.read(1, 4, text), wasi::kBadF);
  EXPECT_TRUE(world.in.script.output.empty());
  EXPECT_EQ(world.guest.sink.denials(), 0U);
}

TEST(Console, WithNonblockAnswersAgainWhereItWouldWait) {
  World world;
  ASSERT_EQ(world.guest.call("fd_fdstat_set_flags", 0, wasi::kNonblock), wasi::kSuccess);
  world.in.script.error = Error{Errc::kAgain, 0, "read"};
  std::string text;
  EXPECT_EQ(world.guest.read(0, 4, text), wasi::kAgain);
  EXPECT_EQ(world.in.script.blocking.back(), cap::Blocking::kNever);
  world.guest.call("fd_fdstat_set_flags", 0, 0);
  world.guest.read(0, 4, text);
  EXPECT_EQ(world.in.script.blocking.back(), cap::Blocking::kWait);
}

TEST(Console, ReaderGoneIsPipe) {
  World world;
  world.out.script.error = Error{Errc::kPipe, 0, "write"};
  EXPECT_EQ(world.guest.write(1, "x"), wasi::kPipe);
}

TEST(Console, OverItsSizeInModeFailIsADenial) {
  World world;
  world.out.script.error = cap::error_of(Errc::kFileTooBig, cap::Reason::kOutputLimit, "write");
  EXPECT_EQ(world.guest.write(1, "x"), wasi::kFBig);
  EXPECT_EQ(world.guest.sink.denials(), 1U);
  EXPECT_EQ(world.guest.sink.last().kind, audit::Kind::kConsole);
  EXPECT_EQ(world.guest.sink.last().path, "stdout");
}

TEST(Console, ShowsItsRights) {
  World world;
  struct Expected {
    std::uint32_t fd;
    std::uint64_t base;
  };
  for (const auto& [fd, base] :
       {Expected{0, 0x0820000A}, Expected{1, 0x08200059}, Expected{2, 0x08200059}}) {
    ASSERT_EQ(world.guest.call("fd_fdstat_get", fd, 0x40), wasi::kSuccess);
    EXPECT_EQ(world.guest.memory.at<std::uint64_t>(0x48), base);
    EXPECT_EQ(world.guest.memory.at<std::uint64_t>(0x50), 0U);
  }
}

// One world whose stdout was redirected to a regular file of 100 bytes, at position 40.
class RedirectedConsole : public ::testing::Test {
 protected:
  RedirectedConsole() : guest_(make()) {}
  wasi_p1::Setup make() {
    out_.seekable = true;
    out_.file_type = cap::FileType::kRegularFile;
    out_.size = 100;
    out_.position = 40;
    in_.seekable = true;
    in_.file_type = cap::FileType::kRegularFile;
    wasi_p1::Setup setup;
    setup.console = {&in_, &out_, nullptr};
    return setup;
  }
  FakeStream in_, out_;
  Guest guest_;
};

TEST_F(RedirectedConsole, SeeksAndTells) {
  ASSERT_EQ(guest_.call("fd_tell", 1, 0x80), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(0x80), 40U);
  ASSERT_EQ(guest_.call("fd_seek", 1, 2, 2, 0x80), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(0x80), 102U);
}

TEST_F(RedirectedConsole, ShowsSeekAndTellSoThatItIsNoTerminal) {
  ASSERT_EQ(guest_.call("fd_fdstat_get", 1, 0x40), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint8_t>(0x40), 4);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(0x48), 0x0820007DU);
  ASSERT_EQ(guest_.call("fd_fdstat_get", 0, 0x40), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(0x48), 0x0820002EU);
}

TEST_F(RedirectedConsole, HasNoPositionalCallsSizesTimesOrAdvice) {
  guest_.list({{0x6000, 2}});
  EXPECT_EQ(guest_.call("fd_pread", 1, Guest::kList, 1, 0, 0x10), wasi::kSPipe);
  EXPECT_EQ(guest_.call("fd_pwrite", 1, Guest::kList, 1, 0, 0x10), wasi::kSPipe);
  EXPECT_EQ(guest_.call("fd_filestat_set_size", 1, 0), wasi::kNotCapable);
  EXPECT_EQ(guest_.call("fd_allocate", 1, 0, 9), wasi::kNotCapable);
  EXPECT_EQ(guest_.call("fd_filestat_set_times", 1, 0, 0, 2), wasi::kNotCapable);
  EXPECT_EQ(guest_.call("fd_advise", 1, 0, 9, 0), wasi::kNotCapable);
}

TEST_F(RedirectedConsole, HonoursAppendAndSync) {
  ASSERT_EQ(guest_.call("fd_fdstat_set_flags", 1, wasi::kAppend | wasi::kSync), wasi::kSuccess);
  EXPECT_EQ(guest_.write(1, "x"), wasi::kSuccess);
  EXPECT_EQ(out_.position, 100U);
  EXPECT_EQ(out_.syncs, 1);
  EXPECT_EQ(guest_.call("fd_sync", 1), wasi::kSuccess);
  EXPECT_EQ(out_.syncs, 2);
}

TEST_F(RedirectedConsole, TellsItsSize) {
  ASSERT_EQ(guest_.call("fd_filestat_get", 1, 0x40), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(0x40), 0U);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(0x40 + 32), 100U);
}

TEST_F(RedirectedConsole, OneThatIsNotGrantedIsClosedAndItsFirstUseDenied) {
  EXPECT_EQ(guest_.write(2, "x"), wasi::kBadF);
  EXPECT_EQ(guest_.write(2, "x"), wasi::kBadF);
  ASSERT_EQ(guest_.sink.denials(), 1U);
  EXPECT_EQ(guest_.sink.last().kind, audit::Kind::kConsole);
  EXPECT_EQ(guest_.sink.last().reason, cap::Reason::kConsoleNotGranted);
  EXPECT_EQ(guest_.sink.last().path, "stderr");
  EXPECT_EQ(guest_.sink.last().error, 8);
}

TEST(Console, SlotsThatAreClosedAreNeverHandedOut) {
  World::Options options;
  options.with_console = false;
  World world(options);
  ASSERT_EQ(world.guest.open("f"), wasi::kSuccess);
  EXPECT_EQ(world.guest.opened(), 5U);
  ASSERT_EQ(world.guest.call("fd_close", 3), wasi::kSuccess);
  ASSERT_EQ(world.guest.call("fd_close", 5), wasi::kSuccess);
  Guest::Open how;
  how.fd = 4;
  ASSERT_EQ(world.guest.open("f", how), wasi::kSuccess);
  EXPECT_EQ(world.guest.opened(), 5U);
}

TEST(StdoutSurface, KeepsEightFunctionsAndRecordsTheOthers) {
  FakeStream out;
  FakeClock clock;
  wasi_p1::Setup setup;
  setup.console = {nullptr, &out, nullptr};
  setup.clock = &clock;
  setup.surface = wasi_p1::Surface::kStdout;
  Guest guest(std::move(setup));
  int refused = 0;
  for (const wasm::HostFunction& function : wasi_p1::functions()) {
    if (function.module != "wasi_snapshot_preview1" || function.name == "proc_exit") continue;
    guest.sink.events.clear();
    if (guest.run(function, std::vector<std::uint64_t>(function.params.size())) == wasi::kNoSys) {
      ++refused;
      EXPECT_EQ(guest.sink.denials(), 1U) << function.name;
    }
  }
  EXPECT_EQ(refused, 38);
  EXPECT_EQ(guest.call("fd_prestat_get", 3, 0x40), wasi::kBadF);
  EXPECT_EQ(guest.write(1, "x"), wasi::kSuccess);
  EXPECT_EQ(guest.call("fd_close", 1), wasi::kNoSys);
}

}  // namespace
}  // namespace warrant::testing
