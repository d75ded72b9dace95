// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/listener.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "warrant/os/errno.h"
#include "warrant/os/socket_address.h"

namespace warrant::os {
namespace {

constexpr int kBacklog = 128;

class Listener final : public cap::Socket {
 public:
  Listener(OwnedFd fd, std::vector<cap::IpNetwork> peers, const SocketOptions& options) noexcept
      : fd_(std::move(fd)), peers_(std::move(peers)), options_(options) {}

  Result<std::uint64_t> read(std::span<const Buffer>, cap::Blocking) override {
    return not_connected();
  }
  Result<std::uint64_t> write(std::span<const Buffer>, cap::Blocking) override {
    return not_connected();
  }
  cap::FileType type() const noexcept override { return cap::FileType::kSocketStream; }
  bool is_seekable() const noexcept override { return false; }
  Result<cap::FileStat> stat() override { return cap::FileStat{.type = type()}; }
  Result<std::uint64_t> seek(std::int64_t, Whence) override {
    return Error{Errc::kSeekPipe, 0, "listener"};
  }
  Status sync() override { return Error{Errc::kInvalid, 0, "listener"}; }
  cap::PollToken poll_token() const noexcept override { return cap::PollToken{fd_.number()}; }

  bool is_listener() const noexcept override { return true; }
  Result<std::unique_ptr<cap::Socket>> accept(cap::Blocking blocking,
                                              cap::RefusedPeer& refused) override;
  Result<cap::Received> receive(std::span<const Buffer>, cap::ReceiveFlags,
                                cap::Blocking) override {
    return not_connected();
  }
  Result<std::uint64_t> send(std::span<const Buffer>, cap::Blocking) override {
    return not_connected();
  }
  // The host would stop listening for a shutdown; a guest cannot give back what it was granted.
  Status shutdown(cap::ShutdownSide) override { return not_connected(); }
  cap::GrantIndex grant() const noexcept override { return options_.grant; }

 private:
  static Error not_connected() noexcept { return {Errc::kNotConnected, 0, "listener"}; }
  bool is_allowed(const cap::IpAddress& peer) const noexcept {
    return std::any_of(peers_.begin(), peers_.end(),
                       [&](const cap::IpNetwork& each) { return each.contains(peer); });
  }

  OwnedFd fd_;
  std::vector<cap::IpNetwork> peers_;
  SocketOptions options_;
};

// What accept4 says of a connection that died in the queue, and not of the listener.
bool is_about_peer(int error) noexcept {
  constexpr int kOfPeer[] = {ECONNABORTED, EPROTO,   ENOPROTOOPT, EHOSTDOWN,  ENONET,
                             EHOSTUNREACH, ENETDOWN, ENETUNREACH, EOPNOTSUPP, EPERM};
  return std::find(std::begin(kOfPeer), std::end(kOfPeer), error) != std::end(kOfPeer);
}

Result<std::unique_ptr<cap::Socket>> Listener::accept(cap::Blocking blocking,
                                                      cap::RefusedPeer& refused) {
  for (;;) {
    WARRANT_CHECKED(options_.waiter->check());
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    void* const place = &from;
    OwnedFd made(::accept4(fd_.number(), static_cast<sockaddr*>(place), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!made.is_open()) {
      const int error = errno;
      if (error == EINTR || is_about_peer(error)) continue;
      if (error != EAGAIN) return error_from_errno(error, "accept");
      if (blocking == cap::Blocking::kNever) return Error{Errc::kAgain, 0, "accept"};
      WARRANT_CHECKED(options_.waiter->wait(fd_.borrow(), POLLIN));
      continue;
    }
    const auto peer = endpoint_of(from);
    if (peer && is_allowed(peer->address)) {
      return adopt_socket(std::move(made), cap::FileType::kSocketStream, options_);
    }
    // With bytes unread the close is a reset; either way the peer sees the end.
    made.reset();
    refused.refused(peer ? cap::print(*peer) : "a peer of another family");
  }
}

Status set_on(BorrowedFd fd, int level, int name) noexcept {
  const int on = 1;
  if (::setsockopt(fd.number(), level, name, &on, sizeof on) != 0) {
    return error_from_errno(errno, "listen");
  }
  return {};
}

}  // namespace

Result<BoundListener> open_listener(Ambient, const cap::Endpoint& at,
                                    std::vector<cap::IpNetwork> peers,
                                    const SocketOptions& options) {
  const SocketAddress address(at);
  OwnedFd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return error_from_errno(errno, "listen");
  if (address.family() == AF_INET6) {
    WARRANT_CHECKED(set_on(fd.borrow(), IPPROTO_IPV6, IPV6_V6ONLY));
  }
  // A server can start again while connections of its last run are still dying; two that listen
  // on one port stay impossible.
  WARRANT_CHECKED(set_on(fd.borrow(), SOL_SOCKET, SO_REUSEADDR));
  if (::bind(fd.number(), address.data(), address.size()) != 0 ||
      ::listen(fd.number(), kBacklog) != 0) {
    return error_from_errno(errno, "listen");
  }
  const auto bound = local_endpoint(fd.borrow());
  if (!bound) return Error{Errc::kIo, 0, "listen"};
  return BoundListener{
      std::unique_ptr<cap::Socket>(new Listener(std::move(fd), std::move(peers), options)), *bound};
}

std::unique_ptr<cap::Socket> adopt_listener(OwnedFd fd, std::vector<cap::IpNetwork> peers,
                                            const SocketOptions& options) {
  return std::unique_ptr<cap::Socket>(new Listener(std::move(fd), std::move(peers), options));
}

}  // namespace warrant::os
