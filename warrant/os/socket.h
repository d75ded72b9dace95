// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::Socket on a socket of the host: connected streams and datagram sockets, and what a listener
// accepts.
//
// The descriptor is ours alone and never blocks: every wait is the run's Waiter, so it ends at the
// deadline, on cancel and on kill. A connection is made only to a VettedEndpoint. SIGPIPE is never
// raised. Waiting sends go on until all is sent, as a blocking socket would. Names are not looked
// up here. One thread at a time. Spec: preview1.md 7.6, limits.md section 3, egress.md section 8.
#include <cstdint>
#include <memory>

#include "warrant/cap/address.h"
#include "warrant/cap/socket.h"
#include "warrant/os/ambient.h"
#include "warrant/os/fd.h"
#include "warrant/os/waiter.h"

namespace warrant::os {

struct SocketOptions {
  const Waiter* waiter = nullptr;  // outlives the socket; required
  Locate locate = nullptr;
  std::uint64_t max_transfer = 16ULL << 20;  // bytes in one call
  cap::GrantIndex grant = cap::kNoGrant;
};

enum class Protocol : std::uint8_t { kTcp, kUdp };

// Waits until the peer answered, within the Waiter's deadline. A datagram socket receives only from
// that endpoint.
Result<std::unique_ptr<cap::Socket>> open_connection(Ambient, Protocol protocol,
                                                     const cap::VettedEndpoint& to,
                                                     const SocketOptions& options);

// Takes over a connected or accepted descriptor that is non-blocking already.
std::unique_ptr<cap::Socket> adopt_socket(OwnedFd fd, cap::FileType type,
                                          const SocketOptions& options);

}  // namespace warrant::os
