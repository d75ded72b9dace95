// SPDX-License-Identifier: Apache-2.0
// The sockets of a run against the machine's own, over loopback. Deadlines are the Waiter's; where
// a call is expected to wait for one, only its answer is looked at, never how long it took.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "warrant/fetch/address_text.h"
#include "warrant/fetch/vet.h"
#include "warrant/os/listener.h"
#include "warrant/os/poller.h"
#include "warrant/os/socket.h"

namespace warrant {
namespace {

using cap::Blocking;
using cap::ReceiveFlags;

os::Ambient ambient() { return os::Ambient::danger_from_main(); }

class Refusals final : public cap::RefusedPeer {
 public:
  void refused(std::string_view address) override { seen.emplace_back(address); }
  std::vector<std::string> seen;
};

// A socket of the other side, which the test drives itself.
class Peer {
 public:
  explicit Peer(int type) : fd_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {}
  explicit Peer(os::OwnedFd fd) : fd_(std::move(fd)) {}
  static sockaddr_in place(const char* address, std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    EXPECT_EQ(::inet_pton(AF_INET, address, &at.sin_addr), 1);
    return at;
  }
  static const sockaddr* plain(const sockaddr_in& at) {
    return static_cast<const sockaddr*>(static_cast<const void*>(&at));
  }
  bool bind(const char* address, std::uint16_t port) const {
    const sockaddr_in at = place(address, port);
    return ::bind(number(), plain(at), sizeof at) == 0;
  }
  bool connect(const char* address, std::uint16_t port) const {
    const sockaddr_in at = place(address, port);
    return ::connect(number(), plain(at), sizeof at) == 0;
  }
  std::uint16_t listen(int backlog) const {
    EXPECT_TRUE(bind("127.0.0.1", 0));
    EXPECT_EQ(::listen(number(), backlog), 0);
    return port();
  }
  std::uint16_t port() const {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    EXPECT_EQ(::getsockname(number(), static_cast<sockaddr*>(static_cast<void*>(&at)), &size), 0);
    return ntohs(at.sin_port);
  }
  Peer accept() const {
    return Peer(os::OwnedFd(::accept4(number(), nullptr, nullptr, SOCK_CLOEXEC)));
  }
  void send(const std::string& text) const {
    EXPECT_EQ(::send(number(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // Up to the end of the stream, or one datagram.
  std::string receive(std::size_t most) const {
    std::string text(most, '\0');
    const ssize_t got = ::recv(number(), text.data(), most, 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
  int number() const { return fd_.number(); }
  void close() { fd_.reset(); }

 private:
  os::OwnedFd fd_;
};

cap::Endpoint at(std::string_view address, std::uint16_t port) {
  return {*fetch::parse_ip(address), port};
}

class Sockets : public testing::Test {
 protected:
  Sockets() : waiter_(*os::Waiter::make(ambient())) {}

  os::BoundListener listen(std::vector<std::string_view> peers = {"127.0.0.0/8"}) {
    std::vector<cap::IpNetwork> networks;
    for (const std::string_view peer : peers) networks.push_back(*fetch::parse_network(peer));
    auto bound = os::open_listener(ambient(), at("127.0.0.1", 0), networks, options());
    EXPECT_TRUE(bound);
    return *std::move(bound);
  }
  Result<std::unique_ptr<cap::Socket>> connect(os::Protocol protocol, std::uint16_t port) {
    const auto vetting = fetch::Vetter::vet_named(at("127.0.0.1", port), {});
    return os::open_connection(ambient(), protocol, *vetting.endpoint, options());
  }
  // A stream of ours with the other end in the test's hand.
  struct Pair {
    std::unique_ptr<cap::Socket> ours;
    Peer theirs;
  };
  Pair pair() {
    Peer server(SOCK_STREAM);
    const std::uint16_t port = server.listen(1);
    auto ours = *connect(os::Protocol::kTcp, port);
    return {std::move(ours), server.accept()};
  }
  os::SocketOptions options() {
    return {.waiter = waiter_.get(), .locate = nullptr, .grant = cap::GrantIndex{3}};
  }
  void expire() { waiter_->set_deadline(os::host_monotonic()); }
  // Far enough away that a call begins to wait before it.
  void expire_soon() {
    waiter_->set_deadline(saturating_add(os::host_monotonic(), Nanoseconds{30'000'000}));
  }

  std::unique_ptr<os::Waiter> waiter_;
  Refusals refusals_;
};

struct Text {
  std::string bytes;
  bool truncated = false;
};

Result<Text> receive(cap::Socket& socket, std::size_t size, ReceiveFlags flags,
                     Blocking blocking = Blocking::kWait) {
  std::string text(size, '?');
  const Buffer to[] = {Buffer::host(std::as_writable_bytes(std::span(text)))};
  const auto got = socket.receive(to, flags, blocking);
  if (!got) return got.error();
  return Text{text.substr(0, got->size), got->truncated};
}

Result<std::uint64_t> send(cap::Socket& socket, std::string text,
                           Blocking blocking = Blocking::kWait) {
  const Buffer from[] = {Buffer::host(std::as_writable_bytes(std::span(text)))};
  return socket.send(from, blocking);
}

TEST_F(Sockets, AnOpenPortIsGivenOutAndServesBothWays) {
  const os::BoundListener bound = listen();
  EXPECT_NE(bound.bound.port, 0);
  EXPECT_EQ(cap::print(bound.bound.address), "127.0.0.1");
  EXPECT_TRUE(bound.socket->is_listener());
  const Peer client(SOCK_STREAM);
  ASSERT_TRUE(client.connect("127.0.0.1", bound.bound.port));
  const auto accepted = bound.socket->accept(Blocking::kWait, refusals_);
  ASSERT_TRUE(accepted);
  cap::Socket& stream = **accepted;
  EXPECT_EQ(stream.type(), cap::FileType::kSocketStream);
  EXPECT_EQ(stream.grant(), cap::GrantIndex{3});
  client.send("question");
  EXPECT_EQ(receive(stream, 100, ReceiveFlags::kNone)->bytes, "question");
  EXPECT_EQ(*send(stream, "answer"), 6U);
  EXPECT_EQ(client.receive(100), "answer");
  EXPECT_TRUE(refusals_.seen.empty());
}

TEST_F(Sockets, APeerThatIsNotNamedIsClosedAndReportedAndTheNextIsServed) {
  const os::BoundListener bound = listen({"127.0.0.2", "10.0.0.0/8"});
  const Peer stranger(SOCK_STREAM);
  ASSERT_TRUE(stranger.connect("127.0.0.1", bound.bound.port));
  const Peer friendly(SOCK_STREAM);
  ASSERT_TRUE(friendly.bind("127.0.0.2", 0));
  ASSERT_TRUE(friendly.connect("127.0.0.1", bound.bound.port));
  const auto accepted = bound.socket->accept(Blocking::kWait, refusals_);
  ASSERT_TRUE(accepted);
  ASSERT_EQ(refusals_.seen.size(), 1U);
  EXPECT_EQ(refusals_.seen[0], "127.0.0.1:" + std::to_string(stranger.port()));
  EXPECT_EQ(stranger.receive(10), "");
  friendly.send("x");
  EXPECT_EQ(receive(**accepted, 1, ReceiveFlags::kNone)->bytes, "x");
}

TEST_F(Sockets, ANonblockingAcceptIsAgainAlsoAfterARefusal) {
  const os::BoundListener bound = listen({"10.0.0.0/8"});
  EXPECT_EQ(bound.socket->accept(Blocking::kNever, refusals_).error().code, Errc::kAgain);
  const Peer stranger(SOCK_STREAM);
  ASSERT_TRUE(stranger.connect("127.0.0.1", bound.bound.port));
  EXPECT_EQ(bound.socket->accept(Blocking::kNever, refusals_).error().code, Errc::kAgain);
  EXPECT_EQ(refusals_.seen.size(), 1U);
}

TEST_F(Sockets, APortInUseIsSaidSoAndIsNeverShared) {
  const os::BoundListener bound = listen();
  const auto second =
      os::open_listener(ambient(), at("127.0.0.1", bound.bound.port), {}, options());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kAddressInUse);
  const Peer sharer(SOCK_STREAM);
  const int on = 1;
  ASSERT_EQ(::setsockopt(sharer.number(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), 0);
  EXPECT_FALSE(sharer.bind("127.0.0.1", bound.bound.port) && ::listen(sharer.number(), 1) == 0);
}

TEST_F(Sockets, AnIpv6ListenerTakesNoIpv4) {
  const auto bound =
      os::open_listener(ambient(), at("::", 0), {*fetch::parse_network("::/0")}, options());
  if (!bound) GTEST_SKIP() << "no IPv6 here";
  int only = 0;
  socklen_t size = sizeof only;
  const int fd = static_cast<int>(bound->socket->poll_token());
  ASSERT_EQ(::getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size), 0);
  EXPECT_EQ(only, 1);
  const Peer client(SOCK_STREAM);
  EXPECT_FALSE(client.connect("127.0.0.1", bound->bound.port));
}

TEST_F(Sockets, AnAddressOfNoInterfaceIsNotAvailable) {
  const auto bound = os::open_listener(ambient(), at("192.0.2.1", 0), {}, options());
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, Errc::kAddressNotAvailable);
}

TEST_F(Sockets, AListenerIsNoStreamAndAStreamNoListener) {
  const os::BoundListener bound = listen();
  EXPECT_EQ(receive(*bound.socket, 1, ReceiveFlags::kNone).error().code, Errc::kNotConnected);
  EXPECT_EQ(send(*bound.socket, "x").error().code, Errc::kNotConnected);
  EXPECT_EQ(bound.socket->shutdown(cap::ShutdownSide::kBoth).error().code, Errc::kNotConnected);
  const auto client = connect(os::Protocol::kTcp, bound.bound.port);
  ASSERT_TRUE(client);
  EXPECT_TRUE(bound.socket->accept(Blocking::kWait, refusals_)) << "it listens still";
  EXPECT_EQ((*client)->accept(Blocking::kWait, refusals_).error().code, Errc::kInvalid);
  EXPECT_EQ((*client)->seek(0, cap::Stream::Whence::kCurrent).error().code, Errc::kSeekPipe);
  EXPECT_EQ((*client)->sync().error().code, Errc::kInvalid);
}

TEST_F(Sockets, AClosedPortRefuses) {
  Peer server(SOCK_STREAM);
  const std::uint16_t port = server.listen(1);
  server.close();
  EXPECT_EQ(connect(os::Protocol::kTcp, port).error().code, Errc::kConnectionRefused);
}

TEST_F(Sockets, PeekLeavesTheBytesAndTheEndIsZero) {
  Pair both = pair();
  both.theirs.send("abc");
  EXPECT_EQ(receive(*both.ours, 2, ReceiveFlags::kPeek)->bytes, "ab");
  EXPECT_EQ(receive(*both.ours, 10, ReceiveFlags::kNone)->bytes, "abc");
  EXPECT_EQ(receive(*both.ours, 1, ReceiveFlags::kNone, Blocking::kNever).error().code,
            Errc::kAgain);
  both.theirs.close();
  EXPECT_EQ(receive(*both.ours, 10, ReceiveFlags::kNone)->bytes, "");
  EXPECT_EQ(receive(*both.ours, 0, ReceiveFlags::kNone)->bytes, "");
}

TEST_F(Sockets, WaitAllWaitsForAllOfItOrTheEnd) {
  Pair both = pair();
  both.theirs.send("abc");
  std::thread later([&] { both.theirs.send("def"); });
  EXPECT_EQ(receive(*both.ours, 6, ReceiveFlags::kPeekWaitAll)->bytes, "abcdef");
  later.join();
  EXPECT_EQ(receive(*both.ours, 4, ReceiveFlags::kWaitAll)->bytes, "abcd");
  both.theirs.close();
  EXPECT_EQ(receive(*both.ours, 4, ReceiveFlags::kPeekWaitAll)->bytes, "ef");
  EXPECT_EQ(receive(*both.ours, 4, ReceiveFlags::kWaitAll)->bytes, "ef");
}

TEST_F(Sockets, OneCallFillsManyBuffers) {
  Pair both = pair();
  std::string first(2, '?');
  std::string second(3, '?');
  const Buffer to[] = {Buffer::host(std::as_writable_bytes(std::span(first))),
                       Buffer::host(std::as_writable_bytes(std::span(second)))};
  both.theirs.send("abcdef");
  const auto got = both.ours->read(to, Blocking::kWait);
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, 5U);
  EXPECT_EQ(first + second, "abcde");
}

TEST_F(Sockets, AWaitingSendSendsAllAndANonblockingOneWhatFits) {
  Pair both = pair();
  const std::string much(8U << 20, 'm');
  const auto some = send(*both.ours, much, Blocking::kNever);
  ASSERT_TRUE(some);
  ASSERT_GT(*some, 0U);
  ASSERT_LT(*some, much.size());
  EXPECT_EQ(send(*both.ours, "x", Blocking::kNever).error().code, Errc::kAgain);
  std::uint64_t seen = 0;
  std::thread reader([&] {
    while (seen < *some + much.size()) {
      const std::string piece = both.theirs.receive(65536);
      if (piece.empty()) break;
      seen += piece.size();
    }
  });
  EXPECT_EQ(*send(*both.ours, much), much.size());
  reader.join();
  EXPECT_EQ(seen, *some + much.size());
}

TEST_F(Sockets, ShutdownEndsOneSideAndAGonePeerIsAPipeError) {
  Pair both = pair();
  ASSERT_TRUE(both.ours->shutdown(cap::ShutdownSide::kWrite));
  EXPECT_EQ(both.theirs.receive(10), "");
  EXPECT_EQ(send(*both.ours, "x").error().code, Errc::kPipe);
  both.theirs.send("still");
  EXPECT_EQ(receive(*both.ours, 10, ReceiveFlags::kNone)->bytes, "still");
}

TEST_F(Sockets, DatagramsKeepTheirBoundsAndSayWhenTheyWereCut) {
  const Peer server(SOCK_DGRAM);
  ASSERT_TRUE(server.bind("127.0.0.1", 0));
  const auto made = connect(os::Protocol::kUdp, server.port());
  ASSERT_TRUE(made);
  cap::Socket& socket = **made;
  EXPECT_EQ(socket.type(), cap::FileType::kSocketDatagram);
  EXPECT_EQ(*send(socket, ""), 0U);
  EXPECT_EQ(*send(socket, "one"), 3U);
  sockaddr_in from{};
  socklen_t size = sizeof from;
  sockaddr* const place = static_cast<sockaddr*>(static_cast<void*>(&from));
  char byte = 0;
  EXPECT_EQ(::recvfrom(server.number(), &byte, 1, 0, place, &size), 0) << "the empty one";
  ASSERT_EQ(::connect(server.number(), place, size), 0);
  EXPECT_EQ(server.receive(10), "one");
  server.send("answer");
  const auto cut = receive(socket, 3, ReceiveFlags::kNone);
  EXPECT_EQ(cut->bytes, "ans");
  EXPECT_TRUE(cut->truncated);
  server.send("whole");
  const auto whole = receive(socket, 10, ReceiveFlags::kWaitAll);
  EXPECT_EQ(whole->bytes, "whole");
  EXPECT_FALSE(whole->truncated);
  const Peer stranger(SOCK_DGRAM);
  ASSERT_TRUE(stranger.connect("127.0.0.1", ntohs(from.sin_port)));
  stranger.send("spoof");
  EXPECT_EQ(receive(socket, 10, ReceiveFlags::kNone, Blocking::kNever).error().code, Errc::kAgain);
}

TEST_F(Sockets, TheDeadlineEndsAcceptReceiveAndSend) {
  const os::BoundListener bound = listen();
  Pair both = pair();
  expire_soon();
  EXPECT_EQ(bound.socket->accept(Blocking::kWait, refusals_).error().code, Errc::kCanceled);
  waiter_->set_deadline(kForever);
  expire_soon();
  EXPECT_EQ(receive(*both.ours, 1, ReceiveFlags::kNone).error().code, Errc::kCanceled);
  waiter_->set_deadline(kForever);
  expire_soon();
  EXPECT_EQ(receive(*both.ours, 1, ReceiveFlags::kPeekWaitAll).error().code, Errc::kCanceled);
  waiter_->set_deadline(kForever);
  while (send(*both.ours, std::string(1U << 20, 'f'), Blocking::kNever)) {
  }
  expire_soon();
  EXPECT_EQ(send(*both.ours, "x").error().code, Errc::kCanceled);
  expire();
  both.theirs.send("there");
  EXPECT_EQ(receive(*both.ours, 5, ReceiveFlags::kNone).error().code, Errc::kCanceled);
}

TEST_F(Sockets, TheDeadlineEndsAConnectThatNobodyAnswers) {
  // A listener whose queue is full drops what comes next.
  const Peer server(SOCK_STREAM);
  const std::uint16_t port = server.listen(0);
  std::vector<std::unique_ptr<Peer>> queued;
  bool full = false;
  for (int i = 0; i < 64 && !full; ++i) {
    queued.push_back(std::make_unique<Peer>(
        os::OwnedFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))));
    queued.back()->connect("127.0.0.1", port);
    pollfd set{queued.back()->number(), POLLOUT, 0};
    full = ::poll(&set, 1, 200) == 0;
  }
  if (!full) GTEST_SKIP() << "this kernel answers for a full queue";
  expire_soon();
  EXPECT_EQ(connect(os::Protocol::kTcp, port).error().code, Errc::kCanceled);
}

TEST_F(Sockets, CancelFromAnotherThreadEndsAWait) {
  const os::BoundListener bound = listen();
  std::thread other([&] { waiter_->cancel(); });
  EXPECT_EQ(bound.socket->accept(Blocking::kWait, refusals_).error().code, Errc::kCanceled);
  other.join();
}

TEST_F(Sockets, ThePollerCountsBytesAndConnections) {
  const os::BoundListener bound = listen();
  Pair both = pair();
  os::Poller poller(*waiter_);
  cap::PollItem items[] = {{.token = bound.socket->poll_token()},
                           {.token = both.ours->poll_token()}};
  both.theirs.send("four");
  ASSERT_TRUE(*poller.wait(items, std::nullopt, std::nullopt));
  EXPECT_FALSE(items[0].ready);
  EXPECT_TRUE(items[1].ready);
  EXPECT_EQ(items[1].bytes, 4U);
  const Peer client(SOCK_STREAM);
  ASSERT_TRUE(client.connect("127.0.0.1", bound.bound.port));
  cap::PollItem one[] = {{.token = bound.socket->poll_token()}};
  ASSERT_TRUE(*poller.wait(one, std::nullopt, std::nullopt));
  EXPECT_EQ(one[0].bytes, 1U);
  both.theirs.close();
  cap::PollItem ended[] = {{.token = both.ours->poll_token()}};
  ASSERT_TRUE(*poller.wait(ended, std::nullopt, std::nullopt));
  EXPECT_TRUE(ended[0].hangup);
}

}  // namespace
}  // namespace warrant
