// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include "warrant/os/errno.h"

namespace warrant::os {
namespace {

struct Header {
  std::uint32_t kind;
  std::uint32_t size;
};

}  // namespace

Result<Channel::Pair> Channel::make(Ambient) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return error_from_errno(errno, "socketpair");
  }
  return Pair{Channel(OwnedFd(ends[0])), Channel(OwnedFd(ends[1]))};
}

Status Channel::send(std::uint32_t kind, std::string_view bytes) noexcept {
  if (bytes.size() > UINT32_MAX) return Error{Errc::kMessageSize, 0, "channel"};
  Header header{kind, static_cast<std::uint32_t>(bytes.size())};
  // sendmsg writes to neither.
  iovec parts[2] = {{&header, sizeof header}, {const_cast<char*>(bytes.data()), bytes.size()}};
  std::size_t at = 0;
  while (at < 2) {
    if (parts[at].iov_len == 0) {
      ++at;
      continue;
    }
    msghdr message{};
    message.msg_iov = parts + at;
    message.msg_iovlen = 2 - at;
    const ssize_t done = ::sendmsg(fd_.number(), &message, MSG_NOSIGNAL);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return error_from_errno(errno, "channel");
    auto left = static_cast<std::size_t>(done);
    for (; at < 2 && left >= parts[at].iov_len; ++at) left -= parts[at].iov_len;
    if (at == 2) break;
    parts[at].iov_base = static_cast<char*>(parts[at].iov_base) + left;
    parts[at].iov_len -= left;
  }
  return {};
}

Status Channel::read_all(char* to, std::size_t size) noexcept {
  while (size > 0) {
    const ssize_t done = ::read(fd_.number(), to, size);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return error_from_errno(errno, "channel");
    if (done == 0) return Error{Errc::kConnectionReset, 0, "channel"};
    to += done;
    size -= static_cast<std::size_t>(done);
  }
  return {};
}

Result<Channel::Message> Channel::receive(std::size_t most) {
  std::array<char, sizeof(Header)> raw{};
  WARRANT_CHECKED(read_all(raw.data(), raw.size()));
  const auto header = std::bit_cast<Header>(raw);
  if (header.size > most) return Error{Errc::kMessageSize, 0, "channel"};
  Message message{header.kind, std::vector<char>(header.size)};
  WARRANT_CHECKED(read_all(message.bytes.data(), message.bytes.size()));
  return message;
}

bool Channel::is_connected() const noexcept {
  pollfd set{fd_.number(), 0, 0};
  return ::poll(&set, 1, 0) == 0;
}

bool Channel::wait(int milliseconds) const noexcept {
  pollfd set{fd_.number(), POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&set, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace warrant::os
