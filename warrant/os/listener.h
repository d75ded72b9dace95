// SPDX-License-Identifier: Apache-2.0
#pragma once
// A listening socket of a grant: what it accepts comes from the peers that the grant names.
//
// Bound alone: IPv6 only where the address is IPv6, never shared with another listener. A peer that
// is not named is closed before the guest knows of it and reported; accepting goes on. Waits as in
// os/socket.h. Spec: grants.md section 2, preview1.md 6.2 and 7.6.
#include <memory>
#include <vector>

#include "warrant/cap/address.h"
#include "warrant/os/socket.h"

namespace warrant::os {

struct BoundListener {
  std::unique_ptr<cap::Socket> socket;
  cap::Endpoint bound;  // with the port that was given out where 0 was asked for
};

Result<BoundListener> open_listener(Ambient, const cap::Endpoint& at,
                                    std::vector<cap::IpNetwork> peers,
                                    const SocketOptions& options);

// Takes over a descriptor that listens and does not block.
std::unique_ptr<cap::Socket> adopt_listener(OwnedFd fd, std::vector<cap::IpNetwork> peers,
                                            const SocketOptions& options);

}  // namespace warrant::os
