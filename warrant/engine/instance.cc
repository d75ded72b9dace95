// SPDX-License-Identifier: Apache-2.0
#include "warrant/engine/instance.h"

#include <algorithm>
#include <atomic>
#include <ctime>

#include "warrant/base/check.h"
#include "warrant/engine/ends.h"
#include "warrant/engine/stack.h"

namespace warrant::engine {

namespace {

using wasm::End;
using wasm::Failure;
using wasm::Interruption;

constexpr std::string_view kMemoryName = "memory";
constexpr std::uint8_t kTrapKind = 1;  // of warrant_wt_error_kind
constexpr std::uint8_t kPoolFullKind = 2;

static_assert(sizeof(wasm::Slot) == sizeof(wasmtime_val_raw_t));
static_assert(alignof(wasm::Slot) >= alignof(wasmtime_val_raw_t));

Nanoseconds now(clockid_t clock) noexcept {
  timespec time{};
  WARRANT_CHECK(clock_gettime(clock, &time) == 0);
  return Nanoseconds{static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
                     static_cast<std::uint64_t>(time.tv_nsec)};
}

static_assert(alignof(wasm::HostCall) <= alignof(warrant_wt_call_head_t));
static_assert(sizeof(wasm::HostResult) == 1);
static_assert(static_cast<std::uint8_t>(wasm::HostResult::kReturn) == 0);
static_assert(sizeof(std::atomic<std::uint8_t>) == 1);

// A host call in the start function, before start() binds the memory.
void bind_early(warrant_wt_call_head_t* head, wasmtime_caller_t* caller) noexcept {
  head->bind = nullptr;
  auto& state = *reinterpret_cast<CallState*>(head);  // NOLINT: its first member
  wasmtime_extern_t found;
  if (!wasmtime_caller_export_get(caller, kMemoryName.data(), kMemoryName.size(), &found)) return;
  if (found.kind == WASMTIME_EXTERN_MEMORY) {
    state.memory->bind(wasmtime_caller_context(caller), found.of.memory);
  }
  wasmtime_extern_delete(&found);
}

const std::uint8_t* flag_of(const wasm::Interrupt& interrupt) noexcept {
  return reinterpret_cast<const std::uint8_t*>(&interrupt.flag());  // NOLINT: read atomically
}

}  // namespace

NativeInstance::NativeInstance(const InstanceSource& source, const wasm::InstanceSetup& setup)
    : source_(source),
      setup_(setup),
      interrupt_(setup.interrupt != nullptr ? setup.interrupt : &own_interrupt_),
      memory_(NativeMemory::take()),
      state_{{flag_of(*interrupt_), &bind_early},
             {wasm::HostCall{*memory_, setup.state[0], exit_},
              wasm::HostCall{*memory_, setup.state[1], exit_},
              wasm::HostCall{*memory_, setup.state[2], exit_},
              wasm::HostCall{*memory_, setup.state[3], exit_}},
             memory_},
      store_(wasmtime_store_new(source.engine, &state_, nullptr)) {
  static_assert(wasm::kStateSlots == 4);
  static_assert(sizeof(CallState) ==
                CallState::offset_of(wasm::StateSlot{wasm::kStateSlots}) + sizeof(void*));
  context_ = wasmtime_store_context(store_.get());
  set_limits();
}

NativeInstance::~NativeInstance() {
  store_.reset();
  memory_->give_back();
}

void NativeInstance::set_limits() {
  const wasm::InstanceLimits& limits = setup_.limits;
  limits_.memory_bytes = limits.memory;
  limits_.table_elements = limits.table_elements;
  limits_.instances = limits.instances;
  limits_.tables = limits.tables;
  limits_.memories = limits.memories;
  limits_.refused = &NativeInstance::refused;
  limits_.env = this;
  warrant_wt_store_limits(store_.get(), &limits_);
}

void NativeInstance::set_deadlines() {
  if (setup_.cpu != kForever) {
    cpu_end_ = saturating_add(now(CLOCK_THREAD_CPUTIME_ID), setup_.cpu);
  }
  if (source_.ticker != nullptr) {
    warrant_wt_store_interrupt(store_.get(), &NativeInstance::ended, this);
  }
  if (source_.fuel == Fuel::kCounted) {
    fuel_given_ = setup_.limits.fuel.value_or(0);
    const ErrorHandle error(wasmtime_context_set_fuel(context_, fuel_given_));
    WARRANT_CHECK(error == nullptr);
  }
}

// Asked at each tick by guest code that runs.
bool NativeInstance::ended(void* self) noexcept {
  auto& instance = *static_cast<NativeInstance*>(self);
  if (instance.setup_.deadline != kForever && now(CLOCK_MONOTONIC) >= instance.setup_.deadline) {
    instance.interrupt_->raise(Interruption::kWall);
  } else if (instance.cpu_end_ != kForever && now(CLOCK_THREAD_CPUTIME_ID) >= instance.cpu_end_) {
    instance.interrupt_->raise(Interruption::kCpu);
  }
  return instance.interrupt_->cause() != Interruption::kNone;
}

void NativeInstance::refused(void* self, std::uint8_t what, std::uint64_t current,
                             std::uint64_t wanted) noexcept {
  auto& instance = *static_cast<NativeInstance*>(self);
  if (instance.setup_.observer == nullptr) return;
  using What = wasm::LimitObserver::What;
  instance.setup_.observer->refused(what == 0 ? What::kMemory : What::kTable, current, wanted);
}

Status NativeInstance::enter() noexcept {
  if (stack_left() < source_.stack + kHostStack) {
    return Error{Errc::kNoMemory, 0, "stack"};
  }
  if (source_.ticker != nullptr) WARRANT_CHECKED(source_.ticker->enter());
  phase_ = Phase::kRunning;
  return {};
}

void NativeInstance::leave() noexcept {
  if (source_.ticker != nullptr) source_.ticker->leave();
}

void NativeInstance::bind_memory() noexcept {
  state_.head.bind = nullptr;
  if (memory_->bound()) return;
  wasmtime_extern_t found;
  if (!wasmtime_instance_export_get(context_, &instance_, kMemoryName.data(), kMemoryName.size(),
                                    &found)) {
    return;
  }
  if (found.kind == WASMTIME_EXTERN_MEMORY) memory_->bind(context_, found.of.memory);
  wasmtime_extern_delete(&found);
}

Result<End> NativeInstance::start(Failure& failure) {
  WARRANT_CHECK(phase_ == Phase::kNew);
  if (const Status entered = enter(); !entered) {
    phase_ = Phase::kEnded;
    failure = {Failure::Kind::kEngine, "the calling thread's stack is too small for the guest's: " +
                                           std::to_string(source_.stack + kHostStack) +
                                           " bytes are needed"};
    if (entered.error().code != Errc::kNoMemory) failure.text = "the engine's ticker did not start";
    return entered.error();
  }
  set_deadlines();
  wasm_trap_t* raw_trap = nullptr;
  ErrorHandle error(
      wasmtime_instance_pre_instantiate(source_.pre, context_, &instance_, &raw_trap));
  TrapHandle trap(raw_trap);
  leave();
  if (error != nullptr && exit_.kind == wasm::ExitRecord::Kind::kNone) {
    phase_ = Phase::kEnded;
    return explain(std::move(error), failure);
  }
  if (trap != nullptr || error != nullptr) return conclude(std::move(trap), std::move(error));
  bind_memory();
  phase_ = Phase::kReady;
  return End{};
}

// An error of instantiation: of the start function when it is a trap, else of what comes before.
Result<End> NativeInstance::explain(ErrorHandle error, Failure& failure) const {
  const std::uint8_t kind = warrant_wt_error_kind(error.get());
  if (kind == kTrapKind) return end_by_error(*error, interrupt_->cause());
  failure = {Failure::Kind::kEngine, message_of(*error)};
  if (kind == kPoolFullKind) {
    failure.kind = Failure::Kind::kPoolFull;
    return Error{Errc::kBusy, 0, "instantiate"};
  }
  if (kind == 0 && limits_.refusals != 0) {
    failure.kind = Failure::Kind::kLimit;
    return Error{Errc::kNoMemory, 0, "instantiate"};
  }
  if (kind != 0) return end_by_error(*error, interrupt_->cause());
  return Error{Errc::kInvalid, 0, "instantiate"};
}

End NativeInstance::conclude(TrapHandle trap, ErrorHandle error) {
  phase_ = Phase::kEnded;
  End end;
  if (trap != nullptr) {
    end = end_by_trap(*trap, interrupt_->cause());
  } else {
    end = end_by_error(*error, interrupt_->cause());
  }
  end_by_record(exit_, end);
  return end;
}

End NativeInstance::bug() {
  phase_ = Phase::kEnded;
  End end;
  end.kind = End::Kind::kBug;
  return end;
}

End NativeInstance::call(std::string_view name, std::span<wasm::Slot> slots) {
  WARRANT_CHECK(phase_ == Phase::kReady);
  wasmtime_extern_t found;
  if (!wasmtime_instance_export_get(context_, &instance_, name.data(), name.size(), &found)) {
    return bug();
  }
  std::size_t params = 0;
  std::size_t results = 0;
  const bool fits = found.kind == WASMTIME_EXTERN_FUNC &&
                    warrant_wt_func_shape(context_, &found.of.func, &params, &results) &&
                    slots.size() >= std::max(params, results);
  const wasmtime_func_t function = found.of.func;
  wasmtime_extern_delete(&found);
  if (!fits || !enter()) return bug();
  wasm_trap_t* raw_trap = nullptr;
  ErrorHandle error(wasmtime_func_call_unchecked(
      context_, &function,
      reinterpret_cast<wasmtime_val_raw_t*>(slots.data()),  // NOLINT: same layout, asserted above
      slots.size(), &raw_trap));
  TrapHandle trap(raw_trap);
  leave();
  if (trap != nullptr || error != nullptr) return conclude(std::move(trap), std::move(error));
  phase_ = Phase::kReady;
  return End{};
}

std::optional<std::uint64_t> NativeInstance::fuel_used() const noexcept {
  if (source_.fuel != Fuel::kCounted || phase_ == Phase::kNew) return std::nullopt;
  std::uint64_t left = 0;
  const ErrorHandle error(wasmtime_context_get_fuel(context_, &left));
  if (error != nullptr || left > fuel_given_) return std::nullopt;
  return fuel_given_ - left;
}

}  // namespace warrant::engine
