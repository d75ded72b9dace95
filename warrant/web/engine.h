// SPDX-License-Identifier: Apache-2.0
#pragma once
// wasm::Engine by the engine of the browser: one guest, one instance, one run, then the worker
// ends.
//
// Limits of memory and tables are written into the module before it is compiled, so a growth beyond
// them fails in the guest and nobody here hears of it. Interrupts are looked at whenever the guest
// calls the host; code that never does is ended with its worker. Spec: runners.md section 10.
#include <memory>
#include <string>
#include <vector>

#include "warrant/wasm/engine.h"
#include "warrant/web/memory.h"
#include "warrant/web/page.h"
#include "warrant/web/ports.h"

namespace warrant::web {

// The trap that a browser means by its message; words differ between them.
wasm::TrapCode trap_of(std::string_view message) noexcept;

class PageInstance final : public wasm::Instance {
 public:
  PageInstance(const wasm::InstanceSetup& setup, std::span<const wasm::HostFunction> functions,
               const RunTime& time)
      : setup_(setup), functions_(functions), time_(time) {}

  Result<wasm::End> start(wasm::Failure& failure) override;
  wasm::End call(std::string_view name, std::span<wasm::Slot> slots) override;
  wasm::GuestMemory& memory() noexcept override { return memory_; }
  std::uint64_t peak_memory() const noexcept override { return peak_; }
  std::optional<std::uint64_t> fuel_used() const noexcept override { return std::nullopt; }

  // By web_host_call: function `index` of the list.
  wasm::HostResult host_call(std::uint32_t index, wasm::Slot* slots) noexcept;

 private:
  wasm::End conclude(const PageEnd& page);

  wasm::InstanceSetup setup_;
  std::span<const wasm::HostFunction> functions_;
  const RunTime& time_;
  PageMemory memory_;
  wasm::ExitRecord exit_;
  std::uint64_t peak_ = 0;
};

class PageProgram final : public wasm::Program {
 public:
  // `module`: its maxima are written. Everything outlives the program.
  static Result<std::unique_ptr<PageProgram>> compile(std::span<const std::byte> module,
                                                      std::span<const wasm::HostFunction> functions,
                                                      const RunTime& time, wasm::Failure& failure);
  Result<std::unique_ptr<wasm::Instance>> instantiate(const wasm::InstanceSetup& setup,
                                                      wasm::Failure& failure) const override;

 private:
  PageProgram(std::span<const wasm::HostFunction> functions, const RunTime& time)
      : functions_(functions), time_(time) {}
  std::span<const wasm::HostFunction> functions_;
  const RunTime& time_;
};

}  // namespace warrant::web
