// SPDX-License-Identifier: Apache-2.0
#pragma once
// One run of a tool: what it is started with, and the handle on it while it goes on.
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "warrant/audit/event.h"
#include "warrant/cap/clock.h"
#include "warrant/cap/directory.h"
#include "warrant/cap/entropy.h"
#include "warrant/cap/fetch.h"
#include "warrant/cap/secrets.h"
#include "warrant/host/console.h"
#include "warrant/host/run_result.h"
#include "warrant/lib/recording.h"
#include "warrant/policy/config.h"
#include "warrant/wasi_p1/surface.h"

namespace warrant {

using host::RunResult;

// Where an output stream goes. Kept output and callbacks are capped by the limits `stdout` and
// `stderr`; inherited output only when the grant writes the limit.
struct Output {
  enum class To : std::uint8_t { kKept, kCallback, kInherited, kDiscarded } to = To::kKept;
  host::OutputCallback callback = {};
  bool escape_controls = false;  // kInherited: it is a terminal, see host/terminal_output.h
};

// An embedder's own objects. A directory serves the grant entry of the same guest name (its `host`
// is not looked at); clock and entropy serve what the grant grants of them.
struct OwnDirectory {
  std::string guest;
  std::unique_ptr<cap::Directory> directory;
};
// A request whose addresses were vetted. The gate may refuse it (kStop: `denied_by_host`); nothing
// makes it allowed that the warrant does not cover.
struct FetchGateRequest {
  cap::Method method;
  std::string_view url;  // as it would be sent, without secrets
  std::int32_t grant;    // index in the warrant
  std::uint32_t hop;     // 0, then one for each redirect
};
using FetchGate = std::function<cap::Verdict(const FetchGateRequest&)>;

struct OwnPorts {
  std::vector<OwnDirectory> directories;
  cap::Clock* clock = nullptr;  // outlive the run
  cap::Entropy* entropy = nullptr;
  cap::Fetch* fetch = nullptr;  // serves what the grant grants of [[fetch]]; judged by its maker
  cap::Secrets* secrets = nullptr;  // instead of Launch::secrets
  FetchGate fetch_gate = {};
};

// Told each event on the run's thread, as it is recorded; the views in it die with the call.
using EventCallback = std::function<void(const audit::Event&)>;

struct Launch {
  std::vector<std::string> argv;          // argv[0] first; empty: the grant's argv0, or "guest"
  std::span<const std::byte> input = {};  // standard input, when it is not inherited
  bool inherit_input = false;
  // What the grant's references to variables of the host stand for, by the host's name; one that
  // is missing refuses the run.
  std::vector<std::pair<std::string, std::string>> variables = {};
  // Streams that were closed when the process began: as if they had not been granted.
  std::array<bool, 3> closed = {};
  Output output = {};
  Output error_output = {};
  OwnPorts own = {};
  std::vector<policy::SecretSource> secrets = {};          // where the grant's references lead
  wasi_p1::Surface surface = wasi_p1::Surface::kPreview1;  // which functions do their work
  Recording recording = {};
  void* user = nullptr;  // HostContext::user() of the embedder's functions
  EventCallback on_event = {};
};

class Run {
 public:
  struct Impl;  // of Host
  explicit Run(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  // From any thread, any number of times; the run ends within 50 ms.
  void cancel() const noexcept;
  // "ADDR:PORT" of each listener whose port the grant left open, from the start on.
  const std::vector<std::string>& listening() const noexcept;
  // The result, once; waits for it.
  RunResult wait();

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace warrant
