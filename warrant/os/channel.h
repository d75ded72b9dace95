// SPDX-License-Identifier: Apache-2.0
#pragma once
// Messages between two processes of ours over one stream socket: a kind, a length, bytes.
//
// Whole messages or an error; the end of the other process is kConnectionReset. A message longer
// than receive() is told to take is an error too, and nothing of it is read: its sender is not to
// be trusted. send() asks the allocator for nothing and may be called in a signal handler that did
// not interrupt another send(). One thread. Spec: limits.md section 7.1.
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"
#include "warrant/os/fd.h"

namespace warrant::os {

class Channel {
 public:
  struct Pair;
  static Result<Pair> make(Ambient);
  explicit Channel(OwnedFd fd) noexcept : fd_(std::move(fd)) {}

  Status send(std::uint32_t kind, std::string_view bytes) noexcept;
  struct Message {
    std::uint32_t kind = 0;
    std::vector<char> bytes;
    std::string_view text() const noexcept { return {bytes.data(), bytes.size()}; }
  };
  Result<Message> receive(std::size_t most);
  // The other process is there and has closed nothing.
  bool is_connected() const noexcept;
  // Waits for a message this long at most; true: there is one, or the end.
  bool wait(int milliseconds) const noexcept;
  BorrowedFd fd() const noexcept { return fd_.borrow(); }

 private:
  Status read_all(char* to, std::size_t size) noexcept;
  OwnedFd fd_;
};

struct Channel::Pair {
  Channel ours;
  Channel theirs;
};

}  // namespace warrant::os
