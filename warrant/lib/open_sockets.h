// SPDX-License-Identifier: Apache-2.0
#pragma once
// The sockets of a grant, opened before the guest starts; internal to lib.
//
// Listeners first, then connections, each in the grant's order: that is their order as descriptors,
// and an object's GrantIndex counts in the same way. All or nothing; every reason is named, not the
// first. Connecting waits at most ten seconds for each and the limit `wall` for all; names are
// looked up once and lead nowhere else (connect_names.h). Spec: grants.md section 2,
// preview1.md 4.1, egress.md sections 6 and 8.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "warrant/audit/sink.h"
#include "warrant/cap/socket.h"
#include "warrant/lib/outcome.h"
#include "warrant/os/ambient.h"
#include "warrant/os/socket.h"
#include "warrant/os/waiter.h"
#include "warrant/policy/warrant.h"

namespace warrant::lib {

struct OpenedSockets {
  std::vector<std::unique_ptr<cap::Socket>> sockets;
  std::vector<std::string> listening;  // "127.0.0.1:40123", where the grant left the port open
};

// `waiter` outlives the sockets; its deadline is taken away again.
Outcome<OpenedSockets> open_sockets(os::Ambient ambient, const policy::Warrant& warrant,
                                    os::Waiter& waiter, audit::Sink& sink);

// Why a run would refuse the addresses that [[connect]] names, one line each. No name is looked up
// and nothing is opened.
std::vector<std::string> connect_faults(const policy::Warrant& warrant);

// The same from descriptors that open_sockets() of another process opened, in their order; as many
// as there are grants.
std::vector<std::unique_ptr<cap::Socket>> adopt_sockets(const policy::Warrant& warrant,
                                                        os::Waiter& waiter,
                                                        std::span<os::OwnedFd> opened);

}  // namespace warrant::lib
