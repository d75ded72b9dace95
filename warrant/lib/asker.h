// SPDX-License-Identifier: Apache-2.0
#pragma once
// A question of an executor to its broker, and the answer to it.
//
// What the sink holds is handed over before each question, so that records stand in the order of
// what happened. One question at a time. One thread. Internal to lib. Spec: limits.md section 7.
#include <utility>
#include <vector>

#include "warrant/lib/remote_sink.h"
#include "warrant/lib/wire.h"
#include "warrant/os/channel.h"

namespace warrant::lib {

class Asker {
 public:
  // Both outlive it.
  Asker(os::Channel& channel, RemoteSink& sink) : channel_(channel), sink_(sink) {}
  // False: the broker is gone.
  bool ask(Wire kind, const WireWriter& words) {
    bytes_.clear();
    sink_.hand_over();
    if (!channel_.send(static_cast<std::uint32_t>(kind), words.view())) return false;
    auto answer = sink_.receive();
    if (!answer) return false;
    bytes_ = *std::move(answer);
    return true;
  }
  WireReader answer() const { return WireReader({bytes_.data(), bytes_.size()}); }
  void tell(Wire kind, const WireWriter& words) {
    (void)channel_.send(static_cast<std::uint32_t>(kind), words.view()).has_value();
  }

 private:
  os::Channel& channel_;
  RemoteSink& sink_;
  std::vector<char> bytes_;
};

}  // namespace warrant::lib
