// SPDX-License-Identifier: Apache-2.0
#pragma once
// A function that the host offers to guests under a module and a field name.
//
// Descriptors are constants that outlive every engine that knows them; what differs from run to run
// is reached through the HostCall. A callback reads its arguments from the slots, writes its result
// (at most one) over slot 0, and must not throw, allocate on the good path, or keep anything of the
// call. On kEnd the exit record is filled and the instance never runs again.
#include <cstdint>
#include <span>
#include <string_view>

#include "warrant/wasm/exit.h"
#include "warrant/wasm/memory.h"
#include "warrant/wasm/value.h"

namespace warrant::wasm {

enum class HostResult : std::uint8_t { kReturn, kEnd };

// Which of an instance's state pointers a function gets.
enum class StateSlot : std::uint8_t { kWasi = 0, kEmbedder = 1, kTest = 2, kNetfetch = 3 };
inline constexpr std::size_t kStateSlots = 4;

struct HostCall {
  GuestMemory& memory;
  void* state;  // the run's object for the function's StateSlot; nullptr when it has none
  ExitRecord& exit;
};

struct HostFunction {
  using Callback = HostResult (*)(const HostFunction& self, HostCall& call, Slot* slots) noexcept;
  std::string_view module;
  std::string_view name;
  std::span<const ValType> params;
  std::span<const ValType> results;
  StateSlot slot = StateSlot::kWasi;
  Callback call = nullptr;
  const void* data = nullptr;  // constant data of the descriptor's maker
};

}  // namespace warrant::wasm
