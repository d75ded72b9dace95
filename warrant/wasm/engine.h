// SPDX-License-Identifier: Apache-2.0
#pragma once
// What Warrant asks of a WebAssembly engine; `engine` implements it natively over Wasmtime.
//
//   Engine    one per profile and stack class; knows the host functions; may be shared by threads
//   Program   a compiled module with its imports resolved and type-checked once; shared, constant
//   Instance  one fresh instance: one run; one thread at a time
//
// A guest reaches nothing but the host functions of its engine. Texts in failures are for people
// and may quote the module: escape before printing. Spec: engine.md.
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "warrant/base/result.h"
#include "warrant/base/time.h"
#include "warrant/wasm/exit.h"
#include "warrant/wasm/host_function.h"

namespace warrant::wasm {

// Set from a signal handler or another thread, once; seen by the engine between host calls, by
// waits, and by guest code in the ways of the engine's profile.
class Interrupt {
 public:
  // The first cause stays.
  void raise(Interruption cause) noexcept {
    std::uint8_t none = 0;
    cause_.compare_exchange_strong(none, static_cast<std::uint8_t>(cause));
  }
  Interruption cause() const noexcept {
    return static_cast<Interruption>(cause_.load(std::memory_order_relaxed));
  }
  // Not 0 once raised; for engines that look at it themselves.
  const std::atomic<std::uint8_t>& flag() const noexcept { return cause_; }

 private:
  std::atomic<std::uint8_t> cause_{0};
};

// What one instance may use; enforced at creation and at every growth.
struct InstanceLimits {
  std::uint64_t memory = 64ULL << 20;      // all linear memories together, bytes
  std::uint64_t table_elements = 100'000;  // all tables together
  std::uint32_t instances = 1;
  std::uint32_t tables = 4;
  std::uint32_t memories = 4;
  std::optional<std::uint64_t> fuel;  // only on an engine that counts fuel
};

class LimitObserver {
 public:
  enum class What : std::uint8_t { kMemory, kTable };
  virtual void refused(What what, std::uint64_t current, std::uint64_t wanted) = 0;

 protected:
  ~LimitObserver() = default;
};

struct InstanceSetup {
  InstanceLimits limits;
  std::array<void*, kStateSlots> state = {};  // by StateSlot
  Interrupt* interrupt = nullptr;             // outlives the instance
  LimitObserver* observer = nullptr;          // may be null
  // Kept by engines that look at their guests from time to time (pooled); elsewhere the process
  // keeps them and raises `interrupt`.
  Nanoseconds deadline = kForever;  // a point of CLOCK_MONOTONIC
  Nanoseconds cpu = kForever;       // time of the running thread, from start() on
};

// Why something could not be compiled, prepared or instantiated.
struct Failure {
  enum class Kind : std::uint8_t {
    kInvalidModule,
    kLegacyExceptions,
    kUnsupportedFeature,
    kLink,          // imports that do not fit (checked before; here as the second line)
    kCompileLimit,  // above a limit of compilation; the text begins with its key
    kLimit,         // initial memory or tables above the limits
    kPoolFull,
    kArtifact,  // compiled code that does not fit this engine: compile again
    kEngine,
  };
  Kind kind = Kind::kEngine;
  std::string text;
};

class Instance {
 public:
  virtual ~Instance() = default;
  // Makes memories and tables and runs the module's start function if there is one; part of the
  // run, deadline and all. kReturned means that it is ready and that `call` may be used; an error,
  // explained by `failure`, that no guest code ran. Once.
  virtual Result<End> start(Failure& failure) = 0;
  // Calls an exported function by raw slots (arguments in, results out over them).
  virtual End call(std::string_view name, std::span<Slot> slots) = 0;
  virtual GuestMemory& memory() noexcept = 0;
  virtual std::uint64_t peak_memory() const noexcept = 0;
  virtual std::optional<std::uint64_t> fuel_used() const noexcept = 0;
};

class Program {
 public:
  virtual ~Program() = default;
  virtual Result<std::unique_ptr<Instance>> instantiate(const InstanceSetup& setup,
                                                        Failure& failure) const = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  // Validates and compiles.
  virtual Result<std::unique_ptr<Program>> compile(std::span<const std::byte> module,
                                                   Failure& failure) = 0;
};

}  // namespace warrant::wasm
