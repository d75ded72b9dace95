// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/flags.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace warrant::cli {
namespace {

using enum Arity;
using enum FlagGroup;
using enum FlagState;

constexpr std::array kFlags = std::to_array<Flag>({
    {"--no-stdin", "", kNone, kGrant, kHere, "no standard input"},
    {"--no-stdout", "", kNone, kGrant, kHere, "no standard output"},
    {"--no-stderr", "", kNone, kGrant, kHere, "no error output"},
    {"--dir", "HOST[::GUEST][:read|write]", kValue, kGrant, kHere,
     "a directory, read only unless it says write"},
    {"--env", "NAME[=VALUE]", kValue, kGrant, kHere, "one variable; without =, the host's value"},
    {"--clock", "[=wall,monotonic,cpu]", kOptional, kGrant, kHere, "wall and monotonic, or these"},
    {"--random", "[=SEED]", kOptional, kGrant, kHere, "the system's entropy, or a fixed stream"},
    {"--basic", "", kNone, kGrant, kHere, "--clock --random"},
    {"--listen", "ADDR:PORT[=PEERS]", kValue, kGrant, kHere, "a listening TCP socket"},
    {"--connect", "HOST:PORT", kValue, kGrant, kHere, "a connected TCP socket"},
    {"--connect-udp", "HOST:PORT", kValue, kGrant, kHere, "a connected UDP socket"},
    {"--cwd", "GUEST", kValue, kGrant, kHere, "the guest's working directory"},
    {"--argv0", "NAME", kValue, kGrant, kHere, "its own name, FILE's base name unless given"},
    {"--allow-missing-import", "M.N", kValue, kGrant, kHere, "bind that import to a stub"},
    {"--fetch", "[METHODS ]ORIGIN[/PATH]", kValue, kGrant, kHere,
     "HTTPS to an origin; GET, any path"},
    {"--fetch-deny", "HOST[/PATH]", kValue, kGrant, kHere, "never that host, or that path"},
    {"--spawn", "NAME", kValue, kGrant, kLater, ""},
    {"--secret", "NAME=SOURCE", kValue, kGrant, kHere, "file:PATH, env:VAR, cred:NAME, cmd:PROG"},
    {"--grant", "FILE", kValue, kGrant, kHere, "a grant file, joined with the flags"},
    {"--project", "DIR", kValue, kGrant, kLater, ""},
    {"--label", "K=V", kValue, kGrant, kHere, ""},
    {"--pin", "sha256:HEX", kValue, kGrant, kHere, "no other module"},
    {"--ceiling", "FILE", kValue, kGrant, kHere,
     "a ceiling: the keys of a grant, the widest allowed"},
    {"--config", "FILE", kValue, kGrant, kHere, ""},
    {"--runner", "NAME", kValue, kGrant, kHere, "native, or wasmtime-cli (`warrant runners`)"},
    {"--hardening", "basic|strict|off", kValue, kGrant, kHere,
     "how the process is locked down, basic"},
    {"--wall", "TIME", kValue, kLimit, kHere, "wall-clock time, 30s"},
    {"--cpu", "TIME", kValue, kLimit, kHere, "CPU time, 10s"},
    {"--fuel", "N", kValue, kLimit, kHere, "count instructions, stop after N"},
    {"--memory", "SIZE", kValue, kLimit, kHere, "linear memory, 64MiB"},
    {"--memories", "N", kValue, kLimit, kHere, ""},
    {"--tables", "N", kValue, kLimit, kHere, ""},
    {"--table", "N", kValue, kLimit, kHere, ""},
    {"--stack", "SIZE", kValue, kLimit, kHere, "stack, 1MiB (Go, CPython: 8MiB)"},
    {"--stdout", "SIZE", kValue, kLimit, kHere, "pass on no more output than this"},
    {"--stderr", "SIZE", kValue, kLimit, kHere, ""},
    {"--open-files", "N", kValue, kLimit, kHere, "open descriptors, 1024"},
    {"--vectors", "N", kValue, kLimit, kHere, ""},
    {"--vector-bytes", "SIZE", kValue, kLimit, kHere, ""},
    {"--poll", "N", kValue, kLimit, kHere, ""},
    {"--limit-random", "SIZE", kValue, kLimit, kHere, ""},
    {"--random-call", "SIZE", kValue, kLimit, kHere, ""},
    {"--written", "SIZE", kValue, kLimit, kHere, "growth of files, a directory, 64MiB"},
    {"--inodes", "N", kValue, kLimit, kHere, "files made, a directory, 4096"},
    {"--file-bytes", "SIZE", kValue, kLimit, kHere, "size of one file, 64MiB"},
    {"--module-bytes", "SIZE", kValue, kLimit, kHere, "size of FILE, 64MiB"},
    {"--types", "N", kValue, kLimit, kHere, ""},
    {"--functions", "N", kValue, kLimit, kHere, ""},
    {"--function-bytes", "SIZE", kValue, kLimit, kHere, ""},
    {"--locals", "N", kValue, kLimit, kHere, ""},
    {"--imports", "N", kValue, kLimit, kHere, ""},
    {"--exports", "N", kValue, kLimit, kHere, ""},
    {"--blocks", "N", kValue, kLimit, kHere, ""},
    {"--segments", "N", kValue, kLimit, kHere, ""},
    {"--host-memory", "SIZE", kValue, kLimit, kLater, ""},
    {"--copy", "SIZE", kValue, kLimit, kLater, ""},
    {"--children", "N", kValue, kLimit, kLater, ""},
    {"--compile-wall", "TIME", kValue, kLimit, kHere, ""},
    {"--compile-cpu", "TIME", kValue, kLimit, kHere, ""},
    {"--compile-memory", "SIZE", kValue, kLimit, kHere, ""},
    {"--time", "", kNone, kShown, kHere, "where the time went"},
    {"--denials", "auto|always|never", kValue, kShown, kHere, "what was refused, after the run"},
    {"--trace", "", kNone, kShown, kHere, "every host call with its numbers and its answer"},
    {"--tty", "raw", kValue, kShown, kHere, "pass control bytes to a terminal"},
    {"--color", "auto|always|never", kValue, kShown, kHere, ""},
    {"-q", "", kNone, kShown, kHere, "no words of our own but errors and denials"},
    {"-v", "", kNone, kShown, kHere, "what is granted, before the run"},
    {"--audit", "FILE", kValue, kShown, kHere, "a copy of the records; - is stderr"},
    {"--receipt", "FILE", kValue, kShown, kHere, "what it did, as JSON"},
    {"--no-log", "", kNone, kShown, kHere, "keep no record of this run"},
    {"--print-grant", "", kNone, kShown, kHere, "what all of this amounts to, as a grant file"},
    {"--json", "", kNone, kShown, kLater, ""},
    {"--help", "", kNone, kShown, kHere, "this page"},
    {"-h", "", kNone, kShown, kHere, ""},
});

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::span<const Flag> run_flags() noexcept { return kFlags; }

const Flag* find_flag(std::span<const Flag> flags, std::string_view name) noexcept {
  const auto found =
      std::find_if(flags.begin(), flags.end(), [&](const Flag& flag) { return flag.name == name; });
  return found == flags.end() ? nullptr : &*found;
}

std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> known) {
  std::optional<std::string_view> best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t away = distance(word.substr(0, 64), candidate);
    if (away < least) {
      least = away;
      best = candidate;
    }
  }
  return best;
}

}  // namespace warrant::cli
