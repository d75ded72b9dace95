// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run came to: how it ended, what it printed, what it used. Every outcome is one, also a
// trap, a limit and a refusal. Spec: runners.md sections 7 and 8, preview1.md section 8.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/time.h"
#include "warrant/cap/hardening.h"
#include "warrant/policy/limits.h"
#include "warrant/wasm/exit.h"

namespace warrant::host {

enum class ExitKind : std::uint8_t {
  kExited,
  kSignalled,
  kTrapped,
  kLimited,
  kCancelled,
  kRefused,
  kAuditFailed,
  kBug,
};

// "exited", "limited", …
std::string_view word(ExitKind kind) noexcept;

struct Exit {
  ExitKind kind = ExitKind::kExited;
  std::uint32_t code = 0;  // kExited: the guest's whole number; kSignalled: the signal
  std::optional<policy::LimitKey> limit;  // kLimited
  std::uint32_t signal = 0;               // kCancelled by a signal to the command
  std::string message;                 // kTrapped, kRefused, kBug: one line, escaped, no host path
  std::string hint;                    // what to do about it; may be empty
  std::vector<wasm::Frame> backtrace;  // kTrapped, innermost first
};

// The status that the command ends with.
int status_of(const Exit& exit) noexcept;

struct Usage {
  Nanoseconds wall{0};
  Nanoseconds cpu{0};  // of the run's thread
  std::uint64_t peak_memory = 0;
  std::optional<std::uint64_t> fuel;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
};

// Where the time of a start went; what did not happen is zero.
struct Timings {
  Nanoseconds engine{0};
  Nanoseconds load{0};
  Nanoseconds compile{0};
  Nanoseconds link{0};
  Nanoseconds instantiate{0};
  Nanoseconds run{0};
  Nanoseconds until_guest{
      0};  // from the start of the process or the call to the guest's first step
  bool from_store = false;
};

// How far a guest's search for paths came, by the calls that it made.
enum class PathUse : std::uint8_t {
  kUnknown,  // nobody watched
  kNone,     // it looked for none
  kAsked,    // it asked which directories it has, and named no path beneath one
  kNamed,    // it named one
};

struct RunResult {
  Exit exit;
  std::string output;  // kept standard output; empty when it was passed on
  std::string error_output;
  std::uint64_t output_dropped = 0;
  std::uint64_t error_output_dropped = 0;
  Usage usage;
  Timings timings;
  std::vector<policy::LimitKey> limits_hit;
  std::uint64_t denials = 0;
  PathUse path_use = PathUse::kUnknown;
  std::optional<std::string> path_of_none;  // the first for which its library found no directory
  cap::Hardening hardening;                 // of the process that ran it
  std::string run;                          // its id in the log, 32 hexadecimal digits
  std::string receipt;  // JSON, docs/formats/receipt.md; empty where the run did not start
};

}  // namespace warrant::host
