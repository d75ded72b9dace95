// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a Host holds; internal to lib. Engines are made when first needed, one a stack size and
// metering, and live as long as the host.
#include <array>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "warrant/engine/code_store.h"
#include "warrant/engine/engine.h"
#include "warrant/lib/host.h"
#include "warrant/lib/live_run.h"
#include "warrant/lib/log.h"
#include "warrant/lib/tool_impl.h"

namespace warrant {

// One function of an embedder as the engine knows it.
struct EmbedderFunction {
  const HostModule::Function* function;
  std::string module;
  std::string name;
};

struct Host::Impl {
  Impl(const Ambient& given, HostOptions chosen);
  ~Impl();

  struct EngineSlot {
    std::uint64_t stack;
    engine::Fuel fuel;
    std::array<std::uint64_t, 3> compile;  // limits of compilation
    std::unique_ptr<engine::Engine> engine;
  };

  std::vector<std::span<const wasm::HostFunction>> functions() const;
  engine::Options engine_options(const policy::Limits& limits) const;
  Outcome<engine::Engine*> engine_for(const policy::Limits& limits);
  // The tool's program on the engine that these limits need; compiled once.
  Outcome<std::shared_ptr<engine::Program>> program_for(Tool::Impl& tool,
                                                        const policy::Limits& limits);
  Outcome<Tool> make_tool(std::vector<std::byte> bytes, const LoadOptions& options);
  std::optional<Problem> check_host_functions(const Tool& tool, const Warrant& warrant) const;
  std::optional<Problem> open_log();
  // A run that will not start; nothing where the log cannot take it.
  void record_refusal(Recording recording, const Warrant& warrant, const Problem& problem);
  bool enter() noexcept;  // false: as many runs as allowed
  void leave() noexcept;
  void add(lib::LiveRun* run);
  void remove(lib::LiveRun* run);

  const Ambient ambient;
  HostOptions options;
  os::LocatedAccess memory{&engine::locate};
  std::unique_ptr<lib::Log> log;  // outlives every run
  std::unique_ptr<engine::CodeStore> store;
  std::vector<std::unique_ptr<EmbedderFunction>> bindings;
  std::vector<wasm::HostFunction> embedder;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<EngineSlot> engines;
  unsigned active = 0;
  std::list<lib::LiveRun*> live;
};

}  // namespace warrant
