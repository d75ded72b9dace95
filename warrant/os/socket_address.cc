// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/socket_address.h"

#include <array>
#include <cstring>

namespace warrant::os {
namespace {

using NameCall = int (*)(int, sockaddr*, socklen_t*);

std::optional<cap::Endpoint> ask(NameCall call, BorrowedFd fd) noexcept {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  void* const place = &address;
  if (call(fd.number(), static_cast<sockaddr*>(place), &size) != 0) return std::nullopt;
  return endpoint_of(address);
}

}  // namespace

SocketAddress::SocketAddress(const cap::Endpoint& endpoint) noexcept {
  const auto bytes = endpoint.address.bytes();
  if (endpoint.address.family() == cap::IpFamily::kV4) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
    std::memcpy(&storage_, &v4, sizeof v4);
    size_ = sizeof v4;
    return;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(endpoint.port);
  std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
  std::memcpy(&storage_, &v6, sizeof v6);
  size_ = sizeof v6;
}

const sockaddr* SocketAddress::data() const noexcept {
  const void* const place = &storage_;
  return static_cast<const sockaddr*>(place);
}

std::optional<cap::Endpoint> endpoint_of(const sockaddr_storage& address) noexcept {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return cap::Endpoint{cap::IpAddress::v4(bytes), ntohs(v4.sin_port)};
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return cap::Endpoint{cap::IpAddress::v6(bytes), ntohs(v6.sin6_port)};
  }
  return std::nullopt;
}

std::optional<cap::Endpoint> local_endpoint(BorrowedFd fd) noexcept {
  return ask(&::getsockname, fd);
}
std::optional<cap::Endpoint> peer_endpoint(BorrowedFd fd) noexcept {
  return ask(&::getpeername, fd);
}

}  // namespace warrant::os
