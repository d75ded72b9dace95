// SPDX-License-Identifier: Apache-2.0
#pragma once
// The verbs of `warrant`: each takes the words behind it and gives the process's exit status.
// Spec: cli.md sections 1 and 2.
#include <span>
#include <string>

#include "warrant/os/ambient.h"
#include "warrant/os/process.h"

namespace warrant::cli {

inline constexpr int kDone = 0;
inline constexpr int kNo = 1;
inline constexpr int kUsage = 64;
inline constexpr int kInvalid = 65;
inline constexpr int kMissing = 66;
inline constexpr int kBug = 70;
inline constexpr int kOutputFailed = 74;
inline constexpr int kRefused = 126;

using Words = std::span<const std::string>;

// What main() hands to a verb.
struct Process {
  os::Ambient ambient;
  os::ClosedStreams closed;
};

int run_command(const Process& process, Words words);
int inspect_command(const Process& process, Words words);
int check_command(const Process& process, Words words);
int explain_command(const Process& process, Words words);
int config_command(const Process& process, Words words);
int compile_command(const Process& process, Words words);
int cache_command(const Process& process, Words words);
int doctor_command(const Process& process, Words words);
int runners_command(const Process& process, Words words);
int host_command(const Process& process, Words words);
int audit_command(const Process& process, Words words);
int receipt_command(const Process& process, Words words);
int version_command(const Process& process, Words words);

}  // namespace warrant::cli
