// SPDX-License-Identifier: Apache-2.0
// Sockets: preview1.md 7.6.
#include <gtest/gtest.h>

#include "tests/support/world.h"

namespace warrant::testing {
namespace {

// Descriptor 5 listens, 6 is connected.
class Sockets : public ::testing::Test {
 protected:
  Sockets() : world_(options()), guest_(world_.guest) {}
  static World::Options options() {
    World::Options options;
    options.listeners = 1;
    options.connected = 1;
    return options;
  }
  FakeSocket& listener() { return *world_.sockets[0]; }
  FakeSocket& stream() { return *world_.sockets[1]; }
  std::uint32_t accept(std::uint32_t flags = 0) {
    return guest_.call("sock_accept", 5, flags, 0x10);
  }
  World world_;
  Guest& guest_;
};

TEST_F(Sockets, ComeBehindTheDirectoriesAndShowTheirRights) {
  ASSERT_EQ(guest_.call("fd_fdstat_get", 5, 0x40), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint8_t>(0x40), 6);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(0x48), 0x3820000AU);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(0x50), 0x1820004AU);
  ASSERT_EQ(guest_.call("fd_fdstat_get", 6, 0x40), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(0x48), 0x1820004AU);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(0x50), 0U);
}

TEST_F(Sockets, AcceptGivesAStreamAtTheLowestFreeNumber) {
  listener().queue.push_back(std::make_unique<FakeSocket>());
  ASSERT_EQ(accept(wasi::kNonblock), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint32_t>(0x10), 7U);
  ASSERT_EQ(guest_.call("fd_fdstat_get", 7, 0x40), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint16_t>(0x42), wasi::kNonblock);
  EXPECT_EQ(guest_.memory.at<std::uint64_t>(0x48), 0x1820004AU);
  EXPECT_EQ(guest_.sink.last().kind, audit::Kind::kNet);
  EXPECT_EQ(guest_.sink.last().operation, "sock_accept");
  EXPECT_EQ(guest_.sink.last().decision, audit::Decision::kAllow);
  EXPECT_EQ(guest_.write(7, "hi"), wasi::kSuccess);
}

TEST_F(Sockets, AcceptTakesNoFlagButNonblock) {
  for (const std::uint32_t flags : {1U, 2U, 8U, 16U, 32U, 0x1'0004U}) {
    EXPECT_EQ(accept(flags), wasi::kInval) << flags;
  }
}

TEST_F(Sockets, AcceptOnAnEmptyQueueWithNonblockIsAgain) {
  ASSERT_EQ(guest_.call("fd_fdstat_set_flags", 5, wasi::kNonblock), wasi::kSuccess);
  EXPECT_EQ(accept(), wasi::kAgain);
  EXPECT_EQ(listener().stream.script.blocking.back(), cap::Blocking::kNever);
}

TEST_F(Sockets, AcceptOnAStreamIsInvalidAndOnAnythingElseNotsock) {
  EXPECT_EQ(guest_.call("sock_accept", 6, 0, 0x10), wasi::kInval);
  for (const std::uint32_t fd : {0U, 1U, 3U}) {
    EXPECT_EQ(guest_.call("sock_accept", fd, 0, 0x10), wasi::kNotSock);
    EXPECT_EQ(guest_.call("sock_recv", fd, Guest::kList, 0, 0, 0x10, 0x20), wasi::kNotSock);
    EXPECT_EQ(guest_.call("sock_send", fd, Guest::kList, 0, 0, 0x10), wasi::kNotSock);
    EXPECT_EQ(guest_.call("sock_shutdown", fd, 1), wasi::kNotSock);
  }
}

TEST_F(Sockets, PeersThatAreNotAllowedAreRecordedAndAcceptGoesOn) {
  listener().refused_peers = {"203.0.113.9:4711"};
  listener().queue.push_back(std::make_unique<FakeSocket>());
  ASSERT_EQ(accept(), wasi::kSuccess);
  ASSERT_EQ(guest_.sink.denials(), 1U);
  EXPECT_EQ(guest_.sink.events[0].reason, cap::Reason::kPeerNotAllowed);
  EXPECT_EQ(guest_.sink.events[0].path, "203.0.113.9:4711");
  EXPECT_EQ(guest_.sink.events[0].grant, cap::GrantIndex{5});
}

TEST_F(Sockets, AcceptOnAFullTableIsMfileAndLeavesThePeerInTheQueue) {
  World::Options full = options();
  full.limits.open_files = 7;
  World world(full);
  world.sockets[0]->queue.push_back(std::make_unique<FakeSocket>());
  EXPECT_EQ(world.guest.call("sock_accept", 5, 0, 0x10), wasi::kMFile);
  EXPECT_EQ(world.sockets[0]->queue.size(), 1U);
  EXPECT_EQ(world.guest.sink.last().reason, cap::Reason::kFdLimit);
}

TEST_F(Sockets, RecvPassesPeekAndWaitallAndReportsACutDatagram) {
  stream().stream.script.input = "datagram";
  stream().cut = true;
  guest_.list({{0x6000, 4}});
  ASSERT_EQ(guest_.call("sock_recv", 6, Guest::kList, 1, 3, 0x10, 0x20), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint32_t>(0x10), 4U);
  EXPECT_EQ(guest_.memory.at<std::uint16_t>(0x20), 1);
  EXPECT_EQ(guest_.memory.at<std::uint8_t>(0x22), 0xAA);
  EXPECT_EQ(stream().received_flags.back(), cap::ReceiveFlags::kPeekWaitAll);
  for (const std::uint32_t flags : {4U, 8U, 0x1'0000U}) {
    EXPECT_EQ(guest_.call("sock_recv", 6, Guest::kList, 1, flags, 0x10, 0x20), wasi::kInval);
  }
}

TEST_F(Sockets, RecvAtTheEndIsZero) {
  guest_.list({{0x6000, 4}});
  ASSERT_EQ(guest_.call("sock_recv", 6, Guest::kList, 1, 0, 0x10, 0x20), wasi::kSuccess);
  EXPECT_EQ(guest_.memory.at<std::uint32_t>(0x10), 0U);
  EXPECT_EQ(guest_.memory.at<std::uint16_t>(0x20), 0);
}

TEST_F(Sockets, SendTakesAllVectorsAndNoFlags) {
  guest_.memory.set_text(0x6000, "abcd");
  guest_.list({{0x6000, 2}, {0x6002, 2}});
  ASSERT_EQ(guest_.call("sock_send", 6, Guest::kList, 2, 0, 0x10), wasi::kSuccess);
  EXPECT_EQ(stream().stream.script.output, "abcd");
  EXPECT_EQ(stream().stream.script.vectors, (std::vector<std::size_t>{2}));
  EXPECT_EQ(guest_.call("sock_send", 6, Guest::kList, 2, 1, 0x10), wasi::kInval);
  stream().stream.script.error = Error{Errc::kPipe, 0, "send"};
  EXPECT_EQ(guest_.call("sock_send", 6, Guest::kList, 2, 0, 0x10), wasi::kPipe);
}

TEST_F(Sockets, ShutdownNeedsASideAndAConnection) {
  for (const std::uint32_t how : {1U, 2U, 3U}) {
    EXPECT_EQ(guest_.call("sock_shutdown", 6, how), wasi::kSuccess);
  }
  EXPECT_EQ(stream().sides,
            (std::vector<cap::ShutdownSide>{cap::ShutdownSide::kRead, cap::ShutdownSide::kWrite,
                                            cap::ShutdownSide::kBoth}));
  for (const std::uint32_t how : {0U, 4U, 8U, 0x101U}) {
    EXPECT_EQ(guest_.call("sock_shutdown", 6, how), wasi::kInval);
  }
  stream().connected = false;
  EXPECT_EQ(guest_.call("sock_shutdown", 6, 3), wasi::kNotConn);
}

TEST_F(Sockets, ReadWriteAndCloseWorkAsOnStreams) {
  stream().stream.script.input = "in";
  std::string text;
  ASSERT_EQ(guest_.read(6, 10, text), wasi::kSuccess);
  EXPECT_EQ(text, "in");
  ASSERT_EQ(guest_.write(6, "out"), wasi::kSuccess);
  EXPECT_EQ(stream().stream.script.output, "out");
  EXPECT_EQ(guest_.call("fd_seek", 6, 0, 0, 0x80), wasi::kSPipe);
  EXPECT_EQ(guest_.call("fd_sync", 6), wasi::kInval);
  ASSERT_EQ(guest_.call("fd_close", 6), wasi::kSuccess);
  EXPECT_EQ(guest_.sink.last().kind, audit::Kind::kNet);
  EXPECT_EQ(guest_.sink.last().bytes, 3U);
  EXPECT_EQ(guest_.call("sock_send", 6, Guest::kList, 0, 0, 0x10), wasi::kBadF);
}

TEST_F(Sockets, WithoutOneThereIsNoDescriptor) {
  World world;
  EXPECT_EQ(world.guest.call("sock_accept", 5, 0, 0x10), wasi::kBadF);
}

}  // namespace
}  // namespace warrant::testing
