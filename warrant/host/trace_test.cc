// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/trace.h"

#include <gtest/gtest.h>

#include <array>

namespace warrant::host {
namespace {

constexpr std::array kTwo = {wasm::ValType::kI32, wasm::ValType::kI64};
constexpr std::array kOne = {wasm::ValType::kI32};

wasm::HostResult deny(const wasm::HostFunction&, wasm::HostCall&, wasm::Slot* slots) noexcept {
  slots[0].set_u32(76);
  return wasm::HostResult::kReturn;
}

class EmptyMemory final : public wasm::GuestMemory {
 public:
  EmptyMemory() : GuestMemory(MemoryRef{1}) {}

 private:
  void refresh() noexcept override {}
  bool read_indirect(std::uint64_t, std::span<std::byte>) noexcept override { return false; }
  bool write_indirect(std::uint64_t, std::span<const std::byte>) noexcept override { return false; }
};

class Lines final : public TraceObserver {
 public:
  void called(const wasm::HostFunction& function, std::span<const std::uint64_t> arguments,
              const std::uint64_t* answer, wasm::HostResult result) override {
    text += print_call(function, arguments, answer, result) + "\n";
  }
  std::string text;
};

TEST(Trace, TellsTheArgumentsAsGivenAndTheAnswerByName) {
  const std::array<wasm::HostFunction, 1> functions = {
      wasm::HostFunction{.module = "wasi_snapshot_preview1",
                         .name = "fd_seek",
                         .params = kTwo,
                         .results = kOne,
                         .call = deny}};
  Lines lines;
  TracedFunctions traced(functions, lines);
  EmptyMemory memory;
  wasm::ExitRecord exit;
  wasm::HostCall call{memory, nullptr, exit};
  std::array<wasm::Slot, 2> slots;
  slots[0].set_u64(0xFFFFFFFF00000003);
  slots[1].set_u64(1ULL << 40);
  const wasm::HostFunction& wrapper = traced.functions()[0];
  EXPECT_EQ(wrapper.call(wrapper, call, slots.data()), wasm::HostResult::kReturn);
  EXPECT_EQ(lines.text, "fd_seek(3, 1099511627776) = 76 notcapable\n");
  EXPECT_EQ(slots[0].u32(), 76U);
}

}  // namespace
}  // namespace warrant::host
