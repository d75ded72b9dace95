// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs tools nobody has reason to trust, each with exactly the authority of its warrant.
//
//   auto host = Host::create(ambient, {.cache_dir = dir, .state_dir = dir});
//   auto tool = host->load(wasm_bytes, {});
//   auto warrant = host->admit(*tool, grant);
//   RunResult result = host->start(*tool, *warrant, {.argv = {"jq", "."}, .input = bytes})->wait();
//
// Any number in one process, each used from any thread. Destroying it cancels its runs and waits
// for them. The only change to the process are the engine's signal handlers (SIGSEGV, SIGILL,
// SIGFPE, chained to earlier ones). A fresh instance per call. Does not promise that a denied call
// leaves no trace in time; does not harden the process (apps do). Spec: library.md.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "warrant/base/buffer_access.h"
#include "warrant/lib/documents.h"
#include "warrant/lib/host_module.h"
#include "warrant/lib/outcome.h"
#include "warrant/lib/run.h"
#include "warrant/lib/tool.h"
#include "warrant/os/ambient.h"
#include "warrant/policy/warrant.h"

namespace warrant {

using os::Ambient;
using policy::Warrant;

struct HostOptions {
  std::string cache_dir;  // where compiled code is kept; empty: compile each time
  // Where the key lies that makes kept code ours, and uses and times of grants are kept; needed
  // with cache_dir, and by grants that expire or are for a number of uses.
  std::string state_dir;
  std::string log_dir;       // where records are kept; empty: nowhere
  std::string log_state;     // where the key of the log lies; empty: in state_dir
  unsigned concurrency = 8;  // runs at once; one more is refused as busy
  std::vector<HostModule> modules;
  // A `warrant` command: modules are compiled by it, in a process of its own that the limits of
  // compilation bound. Empty: in this process, which nothing but the counts of the module bounds.
  std::string compiler;
  // What no grant may exceed here: load_ceilings() gives the machine's and the user's.
  std::vector<policy::Ceiling> ceilings = {};
  // Directories that no grant may contain or lie in, beside the two above.
  std::vector<std::string> own_places = {};
};

struct LoadOptions {
  policy::Limits limits = {};  // those of the module and of compilation; `stack` and `fuel` too
  std::vector<std::string> optional_imports = {};  // "module.name": bound to stubs when missing
};

class Host {
 public:
  static Outcome<Host> create(const Ambient& ambient, HostOptions options);
  Host(Host&&) noexcept;
  Host& operator=(Host&&) noexcept;
  ~Host();

  // Reads, checks and compiles, or takes compiled code from the store.
  Outcome<Tool> load(std::span<const std::byte> wasm, const LoadOptions& options) const;
  Outcome<Tool> load_file(const std::string& path, const LoadOptions& options) const;
  // How objects of an embedder's own reach the bytes behind a Buffer, on the run's thread.
  BufferAccess& memory() const noexcept;
  // The grant as a warrant for this tool, or every reason why not.
  Outcome<Warrant> admit(const Tool& tool, const policy::Grant& grant) const;
  // The same, and what a ceiling took away from it.
  Outcome<Warrant> admit(const Tool& tool, const policy::Grant& grant,
                         policy::Findings& narrowed) const;
  // On a thread of its own.
  Outcome<Run> start(const Tool& tool, const Warrant& warrant, Launch launch) const;
  // On a thread of the host's; waits.
  RunResult run(const Tool& tool, const Warrant& warrant, Launch launch) const;
  // A fresh instance: `_initialize` if there is one, then the export with these slots.
  RunResult call(const Tool& tool, const Warrant& warrant, Launch launch, const std::string& name,
                 std::span<wasm::Slot> slots) const;

  // Puts on record why a run was never asked for: what load() or admit() said.
  void record_refusal(Recording recording, const Problem& problem) const;

  std::span<const policy::Ceiling> ceilings() const noexcept;

  struct Impl;  // of the library's own sources

 private:
  explicit Host(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace warrant
