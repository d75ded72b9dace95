// SPDX-License-Identifier: Apache-2.0
#pragma once
// Clock, entropy, poller, stream and socket of a test: real answers, set by hand, every call kept.
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/fake_memory.h"
#include "warrant/cap/clock.h"
#include "warrant/cap/entropy.h"
#include "warrant/cap/poller.h"
#include "warrant/cap/reason.h"
#include "warrant/cap/socket.h"
#include "warrant/cap/stream.h"

namespace warrant::testing {

class FakeClock final : public cap::Clock {
 public:
  Result<Nanoseconds> now(cap::ClockId id) override {
    if (!granted.contains(id)) return cap::denied(cap::Reason::kClockNotGranted, "clock");
    return time[id];
  }
  Result<Nanoseconds> resolution(cap::ClockId id) override {
    if (!granted.contains(id)) return cap::denied(cap::Reason::kClockNotGranted, "clock");
    return step;
  }
  std::set<cap::ClockId> granted = {cap::ClockId::kWall, cap::ClockId::kMonotonic,
                                    cap::ClockId::kProcessCpu, cap::ClockId::kThreadCpu};
  std::map<cap::ClockId, Nanoseconds> time = {
      {cap::ClockId::kWall, Nanoseconds{1'700'000'000'000'000'000}},
      {cap::ClockId::kMonotonic, Nanoseconds{1'000'000'000}},
      {cap::ClockId::kProcessCpu, Nanoseconds{77}},
      {cap::ClockId::kThreadCpu, Nanoseconds{78}}};
  Nanoseconds step{1};
};

class FakeEntropy final : public cap::Entropy {
 public:
  Status fill(Buffer to) override {
    pieces.push_back(to.size());
    if (error) return *error;
    const Buffer one[] = {to};
    scatter(one, std::string(to.size(), 'r'));
    return {};
  }
  std::vector<std::uint64_t> pieces;
  std::optional<Error> error;
};

// Answers each wait from `ready` (by token); time that is waited for comes at once, and a wait for
// ever ends with the run.
class FakePoller final : public cap::Poller {
 public:
  struct Wait {
    std::size_t items;
    std::optional<Nanoseconds> monotonic;
    std::optional<Nanoseconds> wall;
  };
  explicit FakePoller(FakeClock& clock) : clock_(clock) {}
  Result<bool> wait(std::span<cap::PollItem> items, std::optional<Nanoseconds> monotonic,
                    std::optional<Nanoseconds> wall) override {
    waits.push_back({items.size(), monotonic, wall});
    if (error) return *error;
    bool any = false;
    for (cap::PollItem& item : items) {
      const auto found = ready.find(item.token);
      if (found == ready.end()) continue;
      const cap::PollItem& answer = found->second;
      item.ready = answer.ready;
      item.hangup = answer.hangup;
      item.bytes = answer.bytes;
      item.error = answer.error;
      any = true;
    }
    if (any) return true;
    if (!monotonic && !wall) return Error{Errc::kCanceled, 0, "wait"};
    advance(cap::ClockId::kMonotonic, monotonic);
    if (!monotonic) advance(cap::ClockId::kWall, wall);
    return false;
  }
  std::map<cap::PollToken, cap::PollItem> ready;
  std::vector<Wait> waits;
  std::optional<Error> error;
  Nanoseconds shortfall{0};  // how far the guest's clock lags behind the point that came

 private:
  void advance(cap::ClockId id, std::optional<Nanoseconds> to) {
    if (to && clock_.time[id] < *to) clock_.time[id] = saturating_sub(*to, shortfall);
  }
  FakeClock& clock_;
};

// What a console stream or a socket answers, and what was asked of it.
struct StreamScript {
  std::string input;                    // to be read; empty is the end
  std::string output;                   // written
  std::optional<Error> error;           // of the next read or write
  std::vector<std::size_t> vectors;     // buffers of each read or write
  std::vector<cap::Blocking> blocking;  // of each
  std::uint64_t accepts = ~0ULL;        // bytes that one write takes
};

class FakeStream : public cap::Stream {
 public:
  Result<std::uint64_t> read(std::span<const Buffer> to, cap::Blocking blocking) override {
    note(to.size(), blocking);
    if (script.error) return *script.error;
    const std::uint64_t moved = scatter(to, script.input);
    script.input.erase(0, moved);
    return moved;
  }
  Result<std::uint64_t> write(std::span<const Buffer> from, cap::Blocking blocking) override {
    note(from.size(), blocking);
    if (script.error) return *script.error;
    const std::string all = gather(from).substr(0, script.accepts);
    script.output += all;
    return all.size();
  }
  cap::FileType type() const noexcept override { return file_type; }
  bool is_seekable() const noexcept override { return seekable; }
  Result<cap::FileStat> stat() override {
    cap::FileStat stat;
    stat.type = file_type;
    stat.size = size;
    return stat;
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (!seekable) return Error{Errc::kSeekPipe, 0, "seek"};
    const std::uint64_t start = whence == Whence::kSet   ? 0
                                : whence == Whence::kEnd ? size
                                                         : position;
    position = start + static_cast<std::uint64_t>(offset);
    return position;
  }
  Status sync() override {
    ++syncs;
    return {};
  }
  cap::PollToken poll_token() const noexcept override { return token; }
  std::uint64_t waiting() const noexcept override { return script.input.size(); }

  StreamScript script;
  cap::FileType file_type = cap::FileType::kUnknown;
  bool seekable = false;
  std::uint64_t size = 0;
  std::uint64_t position = 0;
  int syncs = 0;
  cap::PollToken token = cap::PollToken{1};

 private:
  void note(std::size_t vectors, cap::Blocking blocking) {
    script.vectors.push_back(vectors);
    script.blocking.push_back(blocking);
  }
};

class FakeSocket final : public cap::Socket {
 public:
  Result<std::uint64_t> read(std::span<const Buffer> to, cap::Blocking blocking) override {
    return stream.read(to, blocking);
  }
  Result<std::uint64_t> write(std::span<const Buffer> from, cap::Blocking blocking) override {
    return stream.write(from, blocking);
  }
  cap::FileType type() const noexcept override { return cap::FileType::kSocketStream; }
  bool is_seekable() const noexcept override { return false; }
  Result<cap::FileStat> stat() override {
    cap::FileStat stat;
    stat.type = type();
    return stat;
  }
  Result<std::uint64_t> seek(std::int64_t, Whence) override {
    return Error{Errc::kSeekPipe, 0, "seek"};
  }
  Status sync() override { return Error{Errc::kInvalid, 0, "sync"}; }
  cap::PollToken poll_token() const noexcept override { return stream.token; }
  bool is_listener() const noexcept override { return listener; }
  Result<std::unique_ptr<cap::Socket>> accept(cap::Blocking blocking,
                                              cap::RefusedPeer& refused) override {
    stream.script.blocking.push_back(blocking);
    for (const std::string& peer : refused_peers) refused.refused(peer);
    if (queue.empty()) return Error{Errc::kAgain, 0, "accept"};
    std::unique_ptr<cap::Socket> next = std::move(queue.front());
    queue.pop_front();
    return next;
  }
  Result<cap::Received> receive(std::span<const Buffer> to, cap::ReceiveFlags flags,
                                cap::Blocking blocking) override {
    received_flags.push_back(flags);
    WARRANT_TRY(const std::uint64_t size, stream.read(to, blocking));
    return cap::Received{size, cut};
  }
  Result<std::uint64_t> send(std::span<const Buffer> from, cap::Blocking blocking) override {
    return stream.write(from, blocking);
  }
  Status shutdown(cap::ShutdownSide side) override {
    if (!connected) return Error{Errc::kNotConnected, 0, "shutdown"};
    sides.push_back(side);
    return {};
  }
  cap::GrantIndex grant() const noexcept override { return cap::GrantIndex{5}; }

  FakeStream stream;
  bool listener = false;
  bool connected = true;
  bool cut = false;
  std::deque<std::unique_ptr<cap::Socket>> queue;
  std::vector<std::string> refused_peers;
  std::vector<cap::ReceiveFlags> received_flags;
  std::vector<cap::ShutdownSide> sides;
};

}  // namespace warrant::testing
