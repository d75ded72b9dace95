// SPDX-License-Identifier: Apache-2.0
#pragma once
// One run: a warrant's data and live ports joined to a compiled program, until its Exit.
//
// Everything that the guest will hold is handed in before run(); nothing is opened here and nothing
// can be added later. The limits that the engine and preview1 enforce are the warrant's numbers.
// Who owns time (deadline, cancel) sets the Interrupt; this only tells what it meant. interrupted()
// gives the Exit of a run whose guest code was stopped where it stood: it may be called instead of
// the return of run(), by a handler that never lets the guest go on. One thread.
#include <memory>
#include <string>
#include <vector>

#include "warrant/audit/ledger.h"
#include "warrant/base/result.h"
#include "warrant/host/run_result.h"
#include "warrant/netfetch/context.h"
#include "warrant/policy/warrant.h"
#include "warrant/wasi_p1/context.h"
#include "warrant/wasm/engine.h"
#include "warrant/wasm/module_info.h"

namespace warrant::host {

// The live objects of a run; what is null or empty was not granted. Borrowed ones outlive the run.
struct Ports {
  std::array<cap::Stream*, 3> console = {};
  std::vector<wasi_p1::Preopen> directories;  // in the warrant's order, the working view first
  std::vector<std::unique_ptr<cap::Socket>> sockets;
  std::vector<std::pair<std::string, std::string>> environment;  // beside the warrant's
  cap::Clock* clock = nullptr;
  cap::Entropy* entropy = nullptr;
  cap::Poller* poller = nullptr;
  std::string mark_key;            // see wasi_p1::Setup
  void* embedder_state = nullptr;  // for host functions of StateSlot::kEmbedder
  netfetch::Context* netfetch = nullptr;
  wasi_p1::Surface surface = wasi_p1::Surface::kPreview1;
};

enum class Entry : std::uint8_t {
  kCommand,     // `_start` is called
  kInitialize,  // a reactor whose `_initialize` is called
  kReactor,     // a reactor with nothing to call first
};

class Session final : public wasm::LimitObserver {
 public:
  // `args`: argv[0] first.
  static Result<std::unique_ptr<Session>> make(const policy::Warrant& warrant,
                                               std::vector<std::string> args, Ports ports,
                                               wasm::Interrupt& interrupt, audit::Ledger& ledger);
  ~Session();

  // Instantiates, calls what the entry says, records the end.
  Exit run(const wasm::Program& program, Entry entry);
  // After a run that came back: calls one more export. An end that is no return is the last.
  wasm::End call(std::string_view name, std::span<wasm::Slot> slots);
  wasm::Instance* instance() noexcept { return instance_.get(); }

  Exit interrupted();
  Usage usage() const noexcept;
  std::vector<policy::LimitKey> limits_hit() const;
  PathUse path_use() const noexcept;
  std::optional<std::string> path_of_none() const;
  // `--time`: called when the instance stands, before its entry is called.
  using Mark = void (*)(void* self);
  void on_guest_start(Mark mark, void* self) noexcept {
    mark_ = mark;
    mark_self_ = self;
  }
  Exit exit_of(const wasm::End& end);
  // For engines that keep time themselves: a point of the host's monotonic clock, and CPU time.
  void set_deadline(Nanoseconds wall, Nanoseconds cpu) noexcept {
    deadline_ = wall;
    cpu_ = cpu;
  }

 private:
  Session(const policy::Warrant& warrant, wasm::Interrupt& interrupt, audit::Ledger& ledger)
      : limits_(warrant.limits()), interrupt_(interrupt), ledger_(ledger) {}
  void refused(What what, std::uint64_t current, std::uint64_t wanted) override;
  wasm::InstanceSetup instance_setup();
  Exit trapped(const wasm::End& end) const;
  void record_end(const Exit& exit);

  policy::Limits limits_;
  wasm::Interrupt& interrupt_;
  audit::Ledger& ledger_;
  std::unique_ptr<wasi_p1::Context> context_;
  std::unique_ptr<wasm::Instance> instance_;
  void* embedder_state_ = nullptr;
  netfetch::Context* netfetch_ = nullptr;
  Nanoseconds deadline_ = kForever;
  Nanoseconds cpu_ = kForever;
  Mark mark_ = nullptr;
  void* mark_self_ = nullptr;
};

}  // namespace warrant::host
