// SPDX-License-Identifier: Apache-2.0
#pragma once
// One thing that was decided or done, as a record without text of its own.
//
// Views in an Event die with the call that hands it over: a sink that keeps one copies what it
// keeps. Guest strings are raw here; whoever prints them cuts and escapes them (audit.md section
// 6). Numbers and contents of the host never stand in an event. Spec: audit.md section 1.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "warrant/base/error.h"
#include "warrant/cap/file_types.h"
#include "warrant/cap/reason.h"

namespace warrant::audit {

enum class Kind : std::uint8_t {
  kRunStart,
  kRunRefused,
  kFs,
  kFetch,
  kNet,
  kProcess,
  kEnv,
  kClock,
  kEntropy,
  kConsole,
  kEmbedder,  // a function of the embedder was called: "x" in records
  kSecret,
  kLimit,
  kImport,
  kTrap,
  kCache,
  kSuppressed,
  kRunEnd,
  kBlock,
};
inline constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::kBlock) + 1;

enum class Decision : std::uint8_t { kNone, kAllow, kDeny, kError };

struct Event {
  Kind kind = Kind::kFs;
  Decision decision = Decision::kNone;
  cap::Reason reason = cap::Reason::kNone;
  std::string_view operation = {};  // static text: "path_open", "memory"
  cap::GrantIndex grant = cap::kNoGrant;
  std::uint16_t error = 0;            // the errno the guest saw, in the numbers of its ABI
  std::string_view path = {};         // guest path, peer address, variable or import name
  std::string_view second_path = {};  // link, rename
  std::uint64_t bytes = 0;            // moved, wanted or current, by kind
  std::uint64_t limit = 0;            // kLimit: the number in force
  // kFetch: `path` is the origin, `bytes` went out and these came in.
  std::uint64_t bytes_in = 0;
  // Further members of the record as JSON without braces, printed by their room with Line from a
  // closed list of names (egress.md section 19); empty for most kinds.
  std::string_view fields = {};
};

std::string_view word(Kind kind) noexcept;  // "fs", "run.start", …
std::string_view word(Decision decision) noexcept;

}  // namespace warrant::audit
