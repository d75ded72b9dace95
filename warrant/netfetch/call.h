// SPDX-License-Identifier: Apache-2.0
#pragma once
// One call of a fetching import while it is being answered: arguments, guest memory, errors.
//
// Bytes that are interpreted are copied first, at most as many as their reader could accept and one
// more, so that a length is never an allocation size. put() and write() come last and only on
// success. A method that says false has filled the exit record: the call ends the instance.
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/check.h"
#include "warrant/netfetch/context.h"
#include "warrant/wasm/host_function.h"

namespace warrant::netfetch {

// Those of preview1 that these imports answer by themselves; others come from the reason.
enum class Errno : std::uint16_t {
  kSuccess = 0,
  kBadF = 8,
  kCanceled = 11,
  kInval = 28,
  kMFile = 33,
  kNotCapable = 76,
};

class Call {
 public:
  Call(const wasm::HostFunction& self, wasm::HostCall& host, wasm::Slot* slots) noexcept
      : self_(self), host_(host), slots_(slots), context_(static_cast<Context*>(host.state)) {
    WARRANT_CHECK(context_ != nullptr);
  }

  std::uint32_t u32(std::size_t index) const noexcept { return slots_[index].u32(); }
  Context& context() noexcept { return *context_; }
  wasm::GuestMemory& memory() noexcept { return host_.memory; }

  // Inside memory, whatever the alignment; a length of 0 is inside wherever it lies.
  bool place(std::string_view parameter, std::uint32_t address, std::uint64_t length) noexcept {
    return host_.memory.contains(address, length) || fault(parameter, address);
  }
  bool fault(std::string_view parameter, std::uint64_t address) noexcept;

  // A placed range, cut after `most` bytes.
  std::string take(std::uint32_t address, std::uint32_t length, std::uint64_t most);
  std::vector<std::byte> take_bytes(std::uint32_t address, std::uint32_t length,
                                    std::uint64_t most);
  void put_u32(std::uint32_t address, std::uint32_t value) noexcept;
  void write(std::uint32_t address, std::span<const std::byte> bytes) noexcept {
    WARRANT_CHECK(host_.memory.write(address, bytes));
  }

  // Keeps what error_read tells and answers the errno of the reason.
  Errno fail(const cap::FetchFailure& failure);
  // Refused by this door itself: `code` is what error_read tells.
  Errno refuse(Errno number, std::string_view code);
  // There is no Fetch: recorded with the origin that was asked for, where it can be told.
  Errno not_granted(std::string_view url);
  // The same once it was told often enough: only counted.
  Errno not_granted_again();
  wasm::HostResult answer(Errno number) noexcept {
    slots_[0].set_u32(static_cast<std::uint32_t>(number));
    return wasm::HostResult::kReturn;
  }

 private:
  const wasm::HostFunction& self_;
  wasm::HostCall& host_;
  wasm::Slot* slots_;
  Context* context_;
};

// Four bytes, the lowest first, whatever the machine.
std::array<std::byte, 4> little(std::uint32_t value) noexcept;
std::array<std::byte, 8> little(std::uint64_t value) noexcept;

using Function = wasm::HostResult (*)(Call& call);

// fetch_get.cc
wasm::HostResult fetch_get(Call& call);
// requests.cc
wasm::HostResult version(Call& call);
wasm::HostResult request(Call& call);
wasm::HostResult response(Call& call);
wasm::HostResult head_read(Call& call);
wasm::HostResult body_read(Call& call);
wasm::HostResult body_ready(Call& call);
wasm::HostResult error_read(Call& call);
wasm::HostResult cancel(Call& call);
wasm::HostResult close(Call& call);
wasm::HostResult bounds(Call& call);

}  // namespace warrant::netfetch
