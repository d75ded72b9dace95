// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a broker tells its executor before anything else: the warrant and what the launch said.
//
// The warrant goes as its terms and is admitted again on the other side; its hash says whether the
// same came of it. Secrets, sources and places of the host's are not in it but for the paths that a
// warrant names, which mean nothing there. Internal to lib. Spec: limits.md section 7.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "warrant/cap/file_types.h"
#include "warrant/os/lockdown/lockdown.h"
#include "warrant/policy/warrant.h"
#include "warrant/wasi_p1/surface.h"

namespace warrant::lib {

struct ExecutorPlan {
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> variables;
  std::array<bool, 3> closed = {};
  std::array<bool, 2> escapes = {};  // control characters of standard output, of standard error
  // Of the two outputs, those which the broker writes, because it knows secrets.
  std::array<std::optional<cap::FileType>, 2> told = {};
  wasi_p1::Surface surface = wasi_p1::Surface::kPreview1;
  bool traced = false;
  std::uint32_t backtrace_frames = 0;
};

std::string print_plan(const ExecutorPlan& plan, const policy::Warrant& warrant);

struct ReadPlan {
  ExecutorPlan plan;
  policy::Warrant warrant;
};
// Nothing: it is none, or another warrant came of it.
std::optional<ReadPlan> read_plan(std::string_view text);

// What an executor says of itself once it is locked down.
struct ExecutorReport {
  std::string failed;  // the layer; empty: none
  std::uint32_t landlock_abi = 0;
  bool own_spaces = false;
  bool mdwe = false;
  cap::Hardening::ResourceLimits limits;
};
std::string print_report(const ExecutorReport& report);
std::optional<ExecutorReport> read_report(std::string_view text);

// The bounds that the limits of a run put on the process that it runs in.
os::lockdown::ResourceBounds bounds_of(const policy::Limits& limits);

}  // namespace warrant::lib
