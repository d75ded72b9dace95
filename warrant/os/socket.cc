// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/socket.h"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "warrant/os/errno.h"
#include "warrant/os/iovec.h"
#include "warrant/os/socket_address.h"

namespace warrant::os {
namespace {

class Socket final : public cap::Socket {
 public:
  Socket(OwnedFd fd, cap::FileType type, const SocketOptions& options) noexcept
      : fd_(std::move(fd)), type_(type), options_(options) {}

  Result<std::uint64_t> read(std::span<const Buffer> to, cap::Blocking blocking) override;
  Result<std::uint64_t> write(std::span<const Buffer> from, cap::Blocking blocking) override {
    return send(from, blocking);
  }
  cap::FileType type() const noexcept override { return type_; }
  bool is_seekable() const noexcept override { return false; }
  Result<cap::FileStat> stat() override { return cap::FileStat{.type = type_}; }
  Result<std::uint64_t> seek(std::int64_t, Whence) override {
    return Error{Errc::kSeekPipe, 0, "socket"};
  }
  Status sync() override { return Error{Errc::kInvalid, 0, "socket"}; }
  cap::PollToken poll_token() const noexcept override { return cap::PollToken{fd_.number()}; }

  bool is_listener() const noexcept override { return false; }
  Result<std::unique_ptr<cap::Socket>> accept(cap::Blocking, cap::RefusedPeer&) override {
    return Error{Errc::kInvalid, 0, "accept"};
  }
  Result<cap::Received> receive(std::span<const Buffer> to, cap::ReceiveFlags flags,
                                cap::Blocking blocking) override;
  Result<std::uint64_t> send(std::span<const Buffer> from, cap::Blocking blocking) override;
  Status shutdown(cap::ShutdownSide side) override;
  cap::GrantIndex grant() const noexcept override { return options_.grant; }

 private:
  bool is_datagram() const noexcept { return type_ == cap::FileType::kSocketDatagram; }
  // What to do after a transfer failed with this errno: nothing (try again) or an Error.
  Status after(int error, short event, cap::Blocking blocking) const;
  Result<cap::Received> receive_once(Vectors& vectors, int flags, cap::Blocking blocking);
  Result<std::uint64_t> send_once(Vectors& vectors, cap::Blocking blocking);
  Result<cap::Received> fill(Vectors& vectors);
  Result<cap::Received> peek_full(Vectors& vectors);
  Status set_low_water(std::uint64_t bytes) noexcept;

  OwnedFd fd_;
  cap::FileType type_;
  SocketOptions options_;
};

msghdr message_of(Vectors& vectors) noexcept {
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = static_cast<std::size_t>(vectors.count());
  return message;
}

Status Socket::after(int error, short event, cap::Blocking blocking) const {
  if (error == EINTR) return options_.waiter->check();
  if (error != EAGAIN) return error_from_errno(error, "socket");
  if (blocking == cap::Blocking::kNever) return Error{Errc::kAgain, 0, "socket"};
  return options_.waiter->wait(fd_.borrow(), event);
}

Result<cap::Received> Socket::receive_once(Vectors& vectors, int flags, cap::Blocking blocking) {
  for (;;) {
    msghdr message = message_of(vectors);
    const ssize_t got = ::recvmsg(fd_.number(), &message, flags | MSG_DONTWAIT);
    if (got >= 0) {
      return cap::Received{static_cast<std::uint64_t>(got),
                           is_datagram() && (message.msg_flags & MSG_TRUNC) != 0};
    }
    WARRANT_CHECKED(after(errno, POLLIN, blocking));
  }
}

// Until the vectors are full or the stream ends; what came before an error is given first.
Result<cap::Received> Socket::fill(Vectors& vectors) {
  cap::Received all;
  while (vectors.total() > 0) {
    const auto got = receive_once(vectors, 0, cap::Blocking::kWait);
    if (!got && (all.size == 0 || got.error().code == Errc::kCanceled)) return got.error();
    if (!got || got->size == 0) break;
    all.size += got->size;
    vectors.advance(got->size);
  }
  return all;
}

Status Socket::set_low_water(std::uint64_t bytes) noexcept {
  const int wanted = static_cast<int>(std::min<std::uint64_t>(bytes, INT_MAX));
  if (::setsockopt(fd_.number(), SOL_SOCKET, SO_RCVLOWAT, &wanted, sizeof wanted) != 0) {
    return error_from_errno(errno, "socket");
  }
  return {};
}

// Waits until the vectors could be filled, the stream ends or its buffer is full, then looks.
Result<cap::Received> Socket::peek_full(Vectors& vectors) {
  WARRANT_CHECKED(set_low_water(vectors.total()));
  const Status waited = options_.waiter->wait(fd_.borrow(), POLLIN);
  const Status restored = set_low_water(1);
  if (!waited) return waited.error();
  if (!restored) return restored.error();
  return receive_once(vectors, MSG_PEEK, cap::Blocking::kWait);
}

Result<cap::Received> Socket::receive(std::span<const Buffer> to, cap::ReceiveFlags flags,
                                      cap::Blocking blocking) {
  Vectors vectors __attribute__((uninitialized));
  WARRANT_CHECKED(vectors.lower(to, options_.max_transfer, options_.locate));
  // A datagram of no bytes is there to be taken; a stream has nothing to give.
  if (vectors.total() == 0 && !is_datagram()) return cap::Received{};
  WARRANT_CHECKED(options_.waiter->check());
  using cap::ReceiveFlags;
  const bool peek = flags == ReceiveFlags::kPeek || flags == ReceiveFlags::kPeekWaitAll;
  const bool whole = flags == ReceiveFlags::kWaitAll || flags == ReceiveFlags::kPeekWaitAll;
  if (whole && !is_datagram() && blocking == cap::Blocking::kWait) {
    return peek ? peek_full(vectors) : fill(vectors);
  }
  return receive_once(vectors, peek ? MSG_PEEK : 0, blocking);
}

Result<std::uint64_t> Socket::read(std::span<const Buffer> to, cap::Blocking blocking) {
  const auto got = receive(to, cap::ReceiveFlags::kNone, blocking);
  if (!got) return got.error();
  return got->size;
}

Result<std::uint64_t> Socket::send_once(Vectors& vectors, cap::Blocking blocking) {
  for (;;) {
    const msghdr message = message_of(vectors);
    const ssize_t sent = ::sendmsg(fd_.number(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::uint64_t>(sent);
    WARRANT_CHECKED(after(errno, POLLOUT, blocking));
  }
}

Result<std::uint64_t> Socket::send(std::span<const Buffer> from, cap::Blocking blocking) {
  Vectors vectors __attribute__((uninitialized));
  WARRANT_CHECKED(vectors.lower(from, options_.max_transfer, options_.locate));
  WARRANT_CHECKED(options_.waiter->check());
  if (is_datagram()) return send_once(vectors, blocking);
  std::uint64_t done = 0;
  while (vectors.total() > 0) {
    const auto sent = send_once(vectors, blocking);
    if (!sent) {
      if (done > 0) break;
      return sent.error();
    }
    done += *sent;
    vectors.advance(*sent);
    if (blocking == cap::Blocking::kNever) break;
  }
  return done;
}

Status Socket::shutdown(cap::ShutdownSide side) {
  const int how = side == cap::ShutdownSide::kRead    ? SHUT_RD
                  : side == cap::ShutdownSide::kWrite ? SHUT_WR
                                                      : SHUT_RDWR;
  if (::shutdown(fd_.number(), how) != 0) return error_from_errno(errno, "shutdown");
  return {};
}

Status finish_connect(BorrowedFd fd, const Waiter& waiter) {
  WARRANT_CHECKED(waiter.wait(fd, POLLOUT));
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd.number(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return error_from_errno(error, "connect");
  return {};
}

}  // namespace

std::unique_ptr<cap::Socket> adopt_socket(OwnedFd fd, cap::FileType type,
                                          const SocketOptions& options) {
  return std::unique_ptr<cap::Socket>(new Socket(std::move(fd), type, options));
}

Result<std::unique_ptr<cap::Socket>> open_connection(Ambient, Protocol protocol,
                                                     const cap::VettedEndpoint& to,
                                                     const SocketOptions& options) {
  const bool stream = protocol == Protocol::kTcp;
  const SocketAddress address(to.endpoint());
  const int kind = (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  OwnedFd fd(::socket(address.family(), kind, 0));
  if (!fd.is_open()) return error_from_errno(errno, "connect");
  if (::connect(fd.number(), address.data(), address.size()) != 0) {
    if (errno != EINPROGRESS && errno != EINTR) return error_from_errno(errno, "connect");
    WARRANT_CHECKED(finish_connect(fd.borrow(), *options.waiter));
  }
  // A port of the range that connections start from can meet itself where nobody listens.
  if (stream && local_endpoint(fd.borrow()) == peer_endpoint(fd.borrow())) {
    return Error{Errc::kConnectionRefused, 0, "connect"};
  }
  return adopt_socket(std::move(fd),
                      stream ? cap::FileType::kSocketStream : cap::FileType::kSocketDatagram,
                      options);
}

}  // namespace warrant::os
