// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an executor may say while its guest runs, and what its broker answers.
//
// Guest code may have broken out over there: every message is held against closed lists, small
// numbers and the warrant, and what no executor of ours says ends it. A message can put nothing on
// record that is a broker's to say, reach no output that it was not given, and make the broker hold
// no more than some bodies of requests as the warrant bounds them. One thread. Internal to lib.
// Spec: limits.md section 7.
#include <array>
#include <optional>
#include <string_view>

#include "warrant/audit/ledger.h"
#include "warrant/audit/recorder.h"
#include "warrant/cap/stream.h"
#include "warrant/host/trace.h"
#include "warrant/lib/fetch_service.h"
#include "warrant/lib/wire.h"
#include "warrant/netfetch/context.h"
#include "warrant/wasm/host_function.h"

namespace warrant::lib {

// What a trace is told by its number: the functions that a guest is offered.
std::span<const wasm::HostFunction> traceable(std::uint8_t set) noexcept;
inline constexpr std::uint8_t kTraceSets = 2;

class ExecutorTalk {
 public:
  // All outlive it.
  struct Parts {
    audit::Ledger& events;
    audit::Recorder& recorder;
    EventReader& reader;  // outlives what the two keep, too: they hold its words
    netfetch::Context& fetching;
    std::array<cap::Stream*, 2> outputs = {};  // those that are written here
    host::TraceObserver* trace = nullptr;
    std::uint64_t most_body = 0;  // of a request, as the warrant has it
  };
  explicit ExecutorTalk(const Parts& parts)
      : parts_(parts), fetch_(parts.fetching, parts.most_body) {}

  // No message of ours is longer.
  std::size_t most_message() const noexcept;
  enum class Heard : std::uint8_t {
    kAnswered,  // `to` is the answer
    kNoted,     // there is none
    kEnded,     // result() says how
    kNonsense,
  };
  Heard hear(std::uint32_t kind, std::string_view words, WireWriter& to);
  std::optional<host::RunResult>& result() noexcept { return result_; }
  // With the result: its guest left a line on stderr unfinished.
  bool is_line_open() const noexcept { return is_line_open_; }

 private:
  bool take_events(WireReader from, WireWriter& to);
  bool take_trace(WireReader from);

  Parts parts_;
  FetchService fetch_;
  std::optional<host::RunResult> result_;
  bool is_line_open_ = false;
};

}  // namespace warrant::lib
