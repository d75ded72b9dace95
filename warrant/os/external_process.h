// SPDX-License-Identifier: Apache-2.0
#pragma once
// One program of the machine, run to its end under our own timer: for runners that are a command
// line of somebody else's.
//
// It gets three streams (standard input through a pipe, or nothing), one sealed file in memory as
// descriptor 3, an empty environment, `/` as its directory, a process group of its own and a signal
// for when we die; every other descriptor is closed. Both outputs are drained as they come. What
// outlives the deadline, a cancel or the caller is killed with its group. Spec: runners.md 9.3.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "warrant/base/result.h"
#include "warrant/base/time.h"
#include "warrant/os/ambient.h"
#include "warrant/os/fd.h"

namespace warrant::os {

using BytesCallback = std::function<void(std::span<const std::byte>)>;

struct ExternalCall {
  std::string program;              // absolute
  std::vector<std::string> words;   // argv[0] first
  std::span<const std::byte> file;  // what descriptor 3 reads
  BorrowedFd input;                 // pumped into its standard input; not open: there is none
  std::span<const std::byte> input_bytes;  // or these
  BytesCallback output;
  BytesCallback error_output;
  Nanoseconds wall{0};
  Nanoseconds cpu{0};
  std::uint64_t open_files = 256;
};

struct ExternalEnd {
  enum class By : std::uint8_t { kItself, kWall, kCpu, kCancel } by = By::kItself;
  bool exited = false;  // else: killed by `signal`
  int status = 0;
  int signal = 0;
  Nanoseconds cpu{0};  // of it and of children that it waited for
};

// A file that can be started, by this user.
enum class ProgramState : std::uint8_t { kUsable, kAbsent, kNotExecutable };
ProgramState program_state(Ambient, const std::string& path) noexcept;

class ExternalProcess {
 public:
  static Result<std::unique_ptr<ExternalProcess>> make(Ambient);
  // Waits for the end. Once.
  Result<ExternalEnd> run(const ExternalCall& call);
  void cancel() noexcept;  // from any thread and from signal handlers, any number of times

 private:
  explicit ExternalProcess(OwnedFd wake) : wake_(std::move(wake)) {}
  OwnedFd wake_;
};

}  // namespace warrant::os
