// SPDX-License-Identifier: Apache-2.0
#pragma once
// A run on a thread of its own, and what start() and the embedder's functions need; internal to
// lib.
#include <memory>
#include <optional>
#include <string>

#include "warrant/lib/host_impl.h"
#include "warrant/lib/outcome.h"
#include "warrant/os/thread.h"

namespace warrant {

struct Run::Impl {
  ~Impl();
  void body() noexcept;

  Host::Impl* host = nullptr;
  std::shared_ptr<Tool::Impl> tool;  // a tool with stubs owns the engine that it runs on
  std::unique_ptr<lib::LiveRun> live;
  std::shared_ptr<engine::Program> program;
  host::Entry entry = host::Entry::kCommand;
  std::optional<lib::ExportCall> call;
  RunResult result;
  std::unique_ptr<os::Thread> thread;
};

namespace lib {

Outcome<std::shared_ptr<Run::Impl>> start_run(Host::Impl& host, const Tool& tool,
                                              const Warrant& warrant, Launch launch,
                                              std::optional<ExportCall> call);
wasm::HostFunction bind(const EmbedderFunction& function);
Problem file_problem(const std::string& path, const Error& error, const policy::Limits& limits);

}  // namespace lib
}  // namespace warrant
