// SPDX-License-Identifier: Apache-2.0
#pragma once
// The addresses of this machine's interfaces, asked of the kernel on a descriptor that is opened
// once, so that the list can be had after no more sockets may be made.
//
// list() is at most one second old. Nothing when the kernel does not answer: the caller then knows
// no address of its own. One thread. Spec: egress.md section 6 (`self_address`).
#include <span>
#include <vector>

#include "warrant/base/result.h"
#include "warrant/base/time.h"
#include "warrant/cap/address.h"
#include "warrant/os/ambient.h"
#include "warrant/os/fd.h"

namespace warrant::os {

class InterfaceAddresses {
 public:
  static Result<InterfaceAddresses> open(Ambient);
  std::span<const cap::IpAddress> list();
  BorrowedFd fd() const noexcept { return socket_.borrow(); }

 private:
  explicit InterfaceAddresses(OwnedFd socket) noexcept : socket_(std::move(socket)) {}
  bool ask();
  bool take(std::span<const std::byte> answer, bool& finished);

  OwnedFd socket_;
  std::uint32_t sequence_ = 0;
  Nanoseconds asked_{0};
  std::vector<cap::IpAddress> addresses_;
};

}  // namespace warrant::os
