// SPDX-License-Identifier: Apache-2.0
#pragma once
// The process of profile `strict` in which guest code runs: the same program, begun anew with no
// environment, no path and no descriptor but those it is given, in namespaces of its own where the
// system allows them.
//
// The broker starts it when everything is open and talks to it over a Channel; it ends with its
// broker. One a process. Spec: limits.md section 7.1, rows 1 to 6.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"
#include "warrant/os/channel.h"
#include "warrant/os/control_group.h"
#include "warrant/os/fd.h"
#include "warrant/os/lockdown/namespaces.h"

namespace warrant::os {

inline constexpr std::string_view kExecuteWord = "--execute";
// What an executor says first, before anything else of the run.
inline constexpr std::uint32_t kHelloMessage = 0x57A7'0001;

class ExecutorProcess {
 public:
  struct Start {
    std::span<const BorrowedFd> files;  // what the executor gets, in this order
    std::span<const int> muted;         // of 1 and 2, those that are nothing to write to there
    ControlGroup* group = nullptr;      // that it is put into; outlives this call
  };
  // In namespaces of its own, or else without.
  static Result<ExecutorProcess> start(Ambient ambient, const Start& start);
  ExecutorProcess(ExecutorProcess&&) noexcept = default;
  ExecutorProcess& operator=(ExecutorProcess&&) noexcept = default;
  ~ExecutorProcess();

  Channel& channel() noexcept { return channel_; }
  bool is_grouped() const noexcept { return grouped_; }
  // Both async-signal-safe. An executor hears of SIGINT, SIGTERM and SIGHUP from its broker alone.
  void kill() const noexcept;
  void forward(int signal) const noexcept;
  // From now on what stops this process by a terminal stops the executor before, and what wakes it
  // wakes both: the first process of a namespace does not hear such signals itself.
  void follow_stops() const noexcept;
  // After the channel's end: how it came to its own, for people; empty: by itself, with 0.
  std::string wait() noexcept;

 private:
  ExecutorProcess(pid_t pid, OwnedFd handle, Channel channel) noexcept
      : pid_(pid), handle_(std::move(handle)), channel_(std::move(channel)) {}
  static Result<ExecutorProcess> try_start(Ambient ambient, const Start& start,
                                           lockdown::Spaces spaces);
  pid_t pid_;
  OwnedFd handle_;
  Channel channel_;
  bool grouped_ = false;
};

// A file that only exists in memory and that nobody can change any more.
Result<OwnedFd> sealed_memory(Ambient, const char* name, std::string_view bytes);

// The executor's side.
class ExecutorChild {
 public:
  // `words`: what follows kExecuteWord. Takes over its descriptors, compares its namespaces with
  // its broker's and leaves every path behind; says hello. An error: nothing can be run here.
  static Result<ExecutorChild> begin(Ambient, std::span<const std::string> words);
  Channel& channel() noexcept { return channel_; }
  std::vector<OwnedFd>& files() noexcept { return files_; }
  lockdown::Spaces spaces() const noexcept { return spaces_; }

 private:
  ExecutorChild(Channel channel, std::vector<OwnedFd> files, lockdown::Spaces spaces) noexcept
      : channel_(std::move(channel)), files_(std::move(files)), spaces_(spaces) {}
  Channel channel_;
  std::vector<OwnedFd> files_;
  lockdown::Spaces spaces_;
};

// The whole of a file that was given as a descriptor.
Result<std::vector<std::byte>> read_whole(Ambient, BorrowedFd fd, std::uint64_t most);

}  // namespace warrant::os
