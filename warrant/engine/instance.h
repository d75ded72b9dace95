// SPDX-License-Identifier: Apache-2.0
#pragma once
// One run of one program: a store and what its host functions find behind the store's pointer.
// One thread at a time. Destroying it frees the slot; no Buffer of it resolves any more.
#include <array>
#include <memory>

#include "warrant/engine/guest_memory.h"
#include "warrant/engine/handles.h"
#include "warrant/engine/options.h"
#include "warrant/engine/ticker.h"
#include "warrant/wasm/engine.h"

namespace warrant::engine {

// What an instance needs of its program; lives longer than it.
struct InstanceSource {
  wasm_engine_t* engine = nullptr;
  const wasmtime_instance_pre_t* pre = nullptr;
  Ticker* ticker = nullptr;  // of a pooled engine
  Fuel fuel = Fuel::kOff;
  std::uint64_t stack = 0;
};

// Behind a store's data pointer; all that a host call touches. The engine reads the head, ends the
// guest when `interrupt` says so after a call, and hands a function the HostCall of its slot.
struct CallState {
  warrant_wt_call_head_t head;
  std::array<wasm::HostCall, wasm::kStateSlots> calls;  // by StateSlot
  NativeMemory* memory;

  static constexpr std::size_t offset_of(wasm::StateSlot slot) noexcept {
    return sizeof(warrant_wt_call_head_t) + static_cast<std::size_t>(slot) * sizeof(wasm::HostCall);
  }
};

class NativeInstance final : public wasm::Instance {
 public:
  NativeInstance(const InstanceSource& source, const wasm::InstanceSetup& setup);
  ~NativeInstance() override;

  Result<wasm::End> start(wasm::Failure& failure) override;
  wasm::End call(std::string_view name, std::span<wasm::Slot> slots) override;
  wasm::GuestMemory& memory() noexcept override { return *memory_; }
  std::uint64_t peak_memory() const noexcept override { return limits_.memory_peak; }
  std::optional<std::uint64_t> fuel_used() const noexcept override;

 private:
  enum class Phase : std::uint8_t { kNew, kReady, kRunning, kEnded };

  void set_limits();
  void set_deadlines();
  static bool ended(void* self) noexcept;
  static void refused(void* self, std::uint8_t what, std::uint64_t current,
                      std::uint64_t wanted) noexcept;
  Status enter() noexcept;
  void leave() noexcept;
  void bind_memory() noexcept;
  Result<wasm::End> explain(ErrorHandle error, wasm::Failure& failure) const;
  wasm::End conclude(TrapHandle trap, ErrorHandle error);
  wasm::End bug();

  const InstanceSource source_;
  const wasm::InstanceSetup setup_;
  wasm::Interrupt own_interrupt_;
  wasm::Interrupt* interrupt_;
  wasm::ExitRecord exit_;
  NativeMemory* memory_;
  CallState state_;
  warrant_wt_limits_t limits_{};
  StoreHandle store_;
  wasmtime_context_t* context_ = nullptr;
  wasmtime_instance_t instance_{};
  Nanoseconds cpu_end_ = kForever;
  std::uint64_t fuel_given_ = 0;
  Phase phase_ = Phase::kNew;
};

}  // namespace warrant::engine
