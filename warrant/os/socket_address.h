// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::Endpoint to the host's socket address and back. Never with a scope; no text, no names.
#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>

#include "warrant/cap/address.h"
#include "warrant/os/fd.h"

namespace warrant::os {

class SocketAddress {
 public:
  explicit SocketAddress(const cap::Endpoint& endpoint) noexcept;
  const sockaddr* data() const noexcept;
  socklen_t size() const noexcept { return size_; }
  sa_family_t family() const noexcept { return storage_.ss_family; }

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

// Nothing for a family that is neither IPv4 nor IPv6.
std::optional<cap::Endpoint> endpoint_of(const sockaddr_storage& address) noexcept;
std::optional<cap::Endpoint> local_endpoint(BorrowedFd fd) noexcept;
std::optional<cap::Endpoint> peer_endpoint(BorrowedFd fd) noexcept;

}  // namespace warrant::os
