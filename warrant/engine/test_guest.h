// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the engine's tests share: guests from files, three host functions, a run in two lines.
#include <array>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "warrant/engine/engine.h"

namespace warrant::engine::test {

inline std::vector<std::byte> bytes_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  const std::vector<char> text((std::istreambuf_iterator<char>(file)), {});
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

inline std::vector<std::byte> guest(const std::string& name) {
  return bytes_of_file(WARRANT_GUESTS "/" + name + ".wasm");
}

// Behind StateSlot::kTest.
struct Counters {
  int adds = 0;
  int pokes = 0;
  wasm::Interrupt* raise_on_add = nullptr;
  Buffer token;  // of the last poke
};

inline constexpr std::array kTwo = {wasm::ValType::kI32, wasm::ValType::kI32};
inline constexpr std::array kOne = {wasm::ValType::kI32};

inline wasm::HostResult add(const wasm::HostFunction&, wasm::HostCall& call,
                            wasm::Slot* slots) noexcept {
  if (auto* const counters = static_cast<Counters*>(call.state)) {
    ++counters->adds;
    if (counters->raise_on_add != nullptr) {
      counters->raise_on_add->raise(wasm::Interruption::kCancelled);
    }
  }
  slots[0].set_u32(slots[0].u32() + slots[1].u32());
  return wasm::HostResult::kReturn;
}

inline wasm::HostResult end(const wasm::HostFunction&, wasm::HostCall& call,
                            wasm::Slot* slots) noexcept {
  call.exit.kind = wasm::ExitRecord::Kind::kExited;
  call.exit.code = slots[0].u32();
  return wasm::HostResult::kEnd;
}

// Writes one byte of memory; outside is a fault of the guest.
inline wasm::HostResult poke(const wasm::HostFunction&, wasm::HostCall& call,
                             wasm::Slot* slots) noexcept {
  auto* const counters = static_cast<Counters*>(call.state);
  if (counters != nullptr) {
    ++counters->pokes;
    call.memory.buffer(slots[0].u32(), 1, counters->token);
  }
  if (call.memory.store(slots[0].u32(), static_cast<std::uint8_t>(slots[1].u32()))) {
    return wasm::HostResult::kReturn;
  }
  call.exit.kind = wasm::ExitRecord::Kind::kAbiFault;
  call.exit.function = "poke";
  call.exit.parameter = "at";
  call.exit.address = slots[0].u32();
  return wasm::HostResult::kEnd;
}

inline constexpr std::array kFunctions = {
    wasm::HostFunction{"host", "add", kTwo, kOne, wasm::StateSlot::kTest, add, nullptr},
    wasm::HostFunction{"host", "end", kOne, {}, wasm::StateSlot::kTest, end, nullptr},
    wasm::HostFunction{"host", "poke", kTwo, {}, wasm::StateSlot::kTest, poke, nullptr},
};

inline Options options_of(Profile profile) {
  Options options;
  options.profile = profile;
  options.functions = {kFunctions};
  options.pool.instances = 4;
  options.pool.memories = 8;
  options.pool.tables = 16;
  return options;
}

inline std::unique_ptr<Engine> engine_of(const Options& options) {
  wasm::Failure failure;
  auto engine = Engine::create(options, failure);
  EXPECT_TRUE(engine.has_value()) << failure.text;
  return engine ? std::move(*engine) : nullptr;
}

inline std::unique_ptr<Program> program_of(Engine& engine, const std::string& name) {
  wasm::Failure failure;
  auto program = engine.prepare(guest(name), failure);
  EXPECT_TRUE(program.has_value()) << failure.text;
  return program ? std::move(*program) : nullptr;
}

inline std::unique_ptr<wasm::Instance> instance_of(const Program& program,
                                                   const wasm::InstanceSetup& setup = {}) {
  wasm::Failure failure;
  auto instance = program.instantiate(setup, failure);
  EXPECT_TRUE(instance.has_value()) << failure.text;
  return instance ? std::move(*instance) : nullptr;
}

inline wasm::End start(wasm::Instance& instance) {
  wasm::Failure failure;
  auto end = instance.start(failure);
  EXPECT_TRUE(end.has_value()) << failure.text;
  if (end) return *end;
  wasm::End none;
  none.kind = wasm::End::Kind::kBug;
  return none;
}

// The result of an i32 function; the end, when it does not return, in `end`.
inline std::uint32_t call(wasm::Instance& instance, std::string_view name,
                          std::initializer_list<std::uint32_t> arguments, wasm::End& end) {
  std::array<wasm::Slot, 4> slots{};
  std::size_t used = 0;
  for (const std::uint32_t argument : arguments) slots[used++].set_u32(argument);
  end = instance.call(name, slots);
  return slots[0].u32();
}

}  // namespace warrant::engine::test
