// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an engine is made for. Everything here that reaches generated code is part of the key under
// which the code is stored. Spec: engine.md section 4.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/result.h"
#include "warrant/base/time.h"
#include "warrant/engine/file.h"
#include "warrant/wasm/engine.h"
#include "warrant/wasm/host_function.h"

namespace warrant::engine {

class CodeStore;

enum class Profile : std::uint8_t {
  kOneShot,  // one instance; no instrumentation, so a timer of the process ends it
  kPooled,   // many instances from slots that stay warm; ended by its engine's ticks
};
enum class Fuel : std::uint8_t { kOff, kCounted };
enum class AddressMap : std::uint8_t { kOff, kOn };   // offsets of instructions in backtraces
enum class Determinism : std::uint8_t { kOff, kOn };  // same bits of NaN and relaxed SIMD anywhere

// Slots of the pooled profile. A slot of memory reserves 4 GiB and 32 MiB of addresses.
struct PoolSizes {
  std::uint32_t instances = 64;
  std::uint32_t memories = 128;  // heaps of exceptions take one each
  std::uint32_t tables = 256;
  std::uint64_t max_memory = 1ULL << 30;         // of one memory, bytes
  std::uint64_t memory_keep_resident = 1 << 20;  // bytes of a slot that are reset by copying
  std::uint64_t table_keep_resident = 64 << 10;
  std::uint64_t max_instance_size = 4 << 20;
  std::uint64_t table_elements = 100'000;
};

struct Options {
  Profile profile = Profile::kOneShot;
  std::uint64_t stack = 1 << 20;  // bytes of guest frames; one engine serves one size
  Fuel fuel = Fuel::kOff;
  Determinism determinism = Determinism::kOff;
  AddressMap address_map = AddressMap::kOff;
  std::uint32_t backtrace_frames = 0;
  PoolSizes pool;
  // All descriptors outlive the engine. No name appears twice.
  std::vector<std::span<const wasm::HostFunction>> functions;
  CodeStore* store = nullptr;  // outlives the engine; null: compile each time
  // Asked before a module is compiled, and only then; an error keeps it from the compiler and is
  // what prepare() answers, with the Failure as it was filled.
  std::function<Status(std::span<const std::byte> module, wasm::Failure& failure)> before_compile;
  // Where there is one, this process never compiles: it is asked for the compiled code of these
  // options (settings_text), as a file that nobody else can change.
  std::function<Result<File>(std::span<const std::byte> module, wasm::Failure& failure)> compiler;
};

// What of the options reaches generated code, as one word for a compiler in another process.
std::string settings_text(const Options& options);
std::optional<Options> options_of_settings(std::string_view text);

// The time between two looks at a pooled guest from outside.
inline constexpr Nanoseconds kTick{5'000'000};
inline constexpr std::uint64_t kMostStack = 1ULL << 30;
// Native stack that host functions may use below a guest's frames.
inline constexpr std::uint64_t kHostStack = 256 << 10;

}  // namespace warrant::engine
