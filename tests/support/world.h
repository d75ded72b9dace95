// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest with one of everything, all of it scripted: the console, directory 3 ("/work"), a second
// directory 4 ("/other"), clocks, entropy and a poller.
#include <memory>
#include <utility>

#include "tests/support/fake_ports.h"
#include "tests/support/guest.h"
#include "tests/support/scripted_directory.h"
#include "tests/support/wasi_numbers.h"

namespace warrant::testing {

class World {
 public:
  struct Options {
    cap::Access access = cap::Access::kWrite;
    cap::Access other = cap::Access::kWrite;
    wasi_p1::Limits limits;
    bool with_console = true;
    std::size_t listeners = 0;
    std::size_t connected = 0;
    FakeMemory::Reach reach = FakeMemory::Reach::kDirect;
  };

  World() : World(Options{}) {}
  explicit World(const Options& options) : poller(clock), guest(make(options), options.reach) {}

  FakeStream in, out, err;
  DirectoryScript dir, other;
  FakeClock clock;
  FakeEntropy entropy;
  FakePoller poller;
  std::vector<FakeSocket*> sockets;  // owned by the guest
  Guest guest;

 private:
  wasi_p1::Setup make(const Options& options) {
    wasi_p1::Setup setup;
    setup.args = {"tool", "-x"};
    setup.environment = {"A=1", "B==\"\n"};
    if (options.with_console) setup.console = {&in, &out, &err};
    dir.grant = cap::GrantIndex{0};
    other.grant = cap::GrantIndex{1};
    setup.directories.push_back(
        {"/work", std::make_unique<ScriptedDirectory>(dir), options.access});
    setup.directories.push_back(
        {"/other", std::make_unique<ScriptedDirectory>(other), options.other});
    for (std::size_t i = 0; i < options.listeners + options.connected; ++i) {
      auto socket = std::make_unique<FakeSocket>();
      socket->listener = i < options.listeners;
      sockets.push_back(socket.get());
      setup.sockets.push_back(std::move(socket));
    }
    setup.clock = &clock;
    setup.entropy = &entropy;
    setup.poller = &poller;
    setup.limits = options.limits;
    return setup;
  }
};

}  // namespace warrant::testing
