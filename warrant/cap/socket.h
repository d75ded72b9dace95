// SPDX-License-Identifier: Apache-2.0
#pragma once
// A granted socket: a listener, or a stream or datagram socket that is already connected.
//
// A guest cannot bind, listen or connect: it finds what its warrant names, made before it started.
// accept() judges the peer by the grant; one that is not allowed is closed, reported through
// RefusedPeer and never seen by the guest. Waiting as in cap::Stream. Spec: preview1.md 7.6.
#include <memory>
#include <string_view>

#include "warrant/cap/stream.h"

namespace warrant::cap {

enum class ReceiveFlags : std::uint8_t { kNone = 0, kPeek = 1, kWaitAll = 2, kPeekWaitAll = 3 };
enum class ShutdownSide : std::uint8_t { kRead = 1, kWrite = 2, kBoth = 3 };

struct Received {
  std::uint64_t size = 0;
  bool truncated = false;  // a datagram was cut
};

class RefusedPeer {
 public:
  virtual void refused(std::string_view address) = 0;  // "203.0.113.9:4711"

 protected:
  ~RefusedPeer() = default;
};

class Socket : public Stream {
 public:
  virtual bool is_listener() const noexcept = 0;
  // kInvalid on anything but a listener.
  virtual Result<std::unique_ptr<Socket>> accept(Blocking blocking, RefusedPeer& refused) = 0;
  virtual Result<Received> receive(std::span<const Buffer> to, ReceiveFlags flags,
                                   Blocking blocking) = 0;
  virtual Result<std::uint64_t> send(std::span<const Buffer> from, Blocking blocking) = 0;
  virtual Status shutdown(ShutdownSide side) = 0;
  virtual GrantIndex grant() const noexcept = 0;
};

}  // namespace warrant::cap
