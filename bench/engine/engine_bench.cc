// SPDX-License-Identifier: Apache-2.0
// The engine room beside the floor (floor.c), in turns within one run: a warm pooled instance from
// store to drop, an empty host call, a reading of the clock. Prints medians of nanoseconds and the
// median of the ratios of one turn with its quartiles. performance.md benchmarks 3 and 5.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/engine/floor.h"
#include "warrant/engine/engine.h"

namespace {

using warrant::engine::Engine;
using warrant::engine::Options;
using warrant::engine::Program;
namespace wasm = warrant::wasm;

constexpr int kTurns = 41;

std::uint64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

void need(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "engine_bench: %s failed\n", what);
  std::exit(70);
}

wasm::HostResult empty(const wasm::HostFunction&, wasm::HostCall&, wasm::Slot*) noexcept {
  return wasm::HostResult::kReturn;
}

wasm::HostResult clock_now(const wasm::HostFunction&, wasm::HostCall& call,
                           wasm::Slot* slots) noexcept {
  if (!call.memory.store(slots[2].u32(), now())) return wasm::HostResult::kEnd;
  slots[0].set_u32(0);
  return wasm::HostResult::kReturn;
}

constexpr std::array kOne = {wasm::ValType::kI32};
constexpr std::array kThree = {wasm::ValType::kI32, wasm::ValType::kI64, wasm::ValType::kI32};
constexpr std::array kFunctions = {
    wasm::HostFunction{"bench", "empty", kOne, kOne, wasm::StateSlot::kTest, empty, nullptr},
    wasm::HostFunction{"bench", "clock", kThree, kOne, wasm::StateSlot::kTest, clock_now, nullptr}};

std::vector<std::byte> module_bytes() {
  std::FILE* const file = std::fopen(WARRANT_GUESTS "/engine_bench_guest.wasm", "rb");
  need(file != nullptr, "opening the guest");
  std::vector<std::byte> bytes(1 << 16);
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
  std::fclose(file);
  return bytes;
}

void run_once(const Program& program, const char* name, std::uint32_t argument) {
  wasm::Failure failure;
  auto instance = program.instantiate({}, failure);
  need(instance.has_value(), "instantiate");
  const auto started = (*instance)->start(failure);
  need(started.has_value() && started->kind == wasm::End::Kind::kReturned, "start");
  std::array<wasm::Slot, 1> slots{};
  slots[0].set_u32(argument);
  need((*instance)->call(name, slots).kind == wasm::End::Kind::kReturned, "call");
}

double per_unit(std::uint32_t units, const std::function<void()>& work) {
  const std::uint64_t start = now();
  work();
  return static_cast<double>(now() - start) / units;
}

void pair(const char* name, std::uint32_t units, const std::function<void()>& floor_work,
          const std::function<void()>& room_work) {
  std::vector<double> floors;
  std::vector<double> rooms;
  std::vector<double> ratios;
  floor_work();
  room_work();
  for (int turn = 0; turn < kTurns; ++turn) {
    floors.push_back(per_unit(units, floor_work));
    rooms.push_back(per_unit(units, room_work));
    ratios.push_back(rooms.back() / floors.back());
  }
  for (auto* const list : {&floors, &rooms, &ratios}) std::sort(list->begin(), list->end());
  const auto at = [](const std::vector<double>& list, std::size_t quarter) {
    return list[(list.size() - 1) * quarter / 4];
  };
  std::printf("%-16s floor %9.1f ns   room %9.1f ns   ratio %.3f [%.3f, %.3f]\n", name,
              at(floors, 2), at(rooms, 2), at(ratios, 2), at(ratios, 1), at(ratios, 3));
}

}  // namespace

int main() {
  const std::vector<std::byte> module = module_bytes();
  floor_open(reinterpret_cast<const std::uint8_t*>(module.data()), module.size());
  Options options;
  options.profile = warrant::engine::Profile::kPooled;
  options.pool.instances = 8;
  options.pool.memories = 8;
  options.functions = {kFunctions};
  wasm::Failure failure;
  auto engine = Engine::create(options, failure);
  need(engine.has_value(), "engine");
  auto program = (*engine)->prepare(module, failure);
  need(program.has_value(), "prepare");

  constexpr std::uint32_t kRuns = 2'000;
  constexpr std::uint32_t kCalls = 200'000;
  pair(
      "pooled-run", kRuns, [] { floor_runs(kRuns); },
      [&] {
        for (std::uint32_t i = 0; i < kRuns; ++i) run_once(**program, "_start", 0);
      });
  pair(
      "host-call", kCalls, [] { floor_calls("empty", kCalls); },
      [&] { run_once(**program, "empty", kCalls); });
  pair(
      "clock-time-get", kCalls, [] { floor_calls("clock", kCalls); },
      [&] { run_once(**program, "clock", kCalls); });
  return 0;
}
