// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest without an engine: calls the WASI functions by name with raw arguments, over a
// FakeMemory.
//
//   Guest guest(std::move(setup));
//   EXPECT_EQ(guest.call("fd_close", 0), 0);
//
// A call that ends the run answers kEnded and leaves the exit record. Helpers put paths and lists
// at fixed addresses: paths at 0x1000 and 0x3000, lists at 0x5000, data from 0x6000; results are
// best kept below 0x1000.
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/fake_memory.h"
#include "tests/support/recording_sink.h"
#include "warrant/wasi_p1/context.h"
#include "warrant/wasi_p1/functions.h"

namespace warrant::testing {

class Guest {
 public:
  static constexpr std::uint32_t kEnded = 0xFFFF'FFFF;
  static constexpr std::uint32_t kPath = 0x1000;
  static constexpr std::uint32_t kPath2 = 0x3000;
  static constexpr std::uint32_t kList = 0x5000;
  static constexpr std::uint32_t kData = 0x6000;
  static constexpr std::uint32_t kOut = 0x100;
  static constexpr std::uint64_t kAllRights = 0x3FFFFFFF;
  static constexpr std::uint64_t kReadRights = 0x0820'00A6;  // read, seek, tell, advise, stat, poll
  static constexpr std::uint64_t kWriteRights = 0x08E0'01FF;  // all of a file

  explicit Guest(wasi_p1::Setup setup, FakeMemory::Reach reach = FakeMemory::Reach::kDirect)
      : memory(0x10000, reach) {
    setup.audit = &sink;
    auto made = wasi_p1::Context::make(std::move(setup));
    if (made) context = std::move(*made);
  }

  template <typename... Args>
  std::uint32_t call(std::string_view name, Args... args) {
    return call_in("wasi_snapshot_preview1", name, {static_cast<std::uint64_t>(args)...});
  }
  template <typename... Args>
  std::uint32_t call_unstable(std::string_view name, Args... args) {
    return call_in("wasi_unstable", name, {static_cast<std::uint64_t>(args)...});
  }
  std::uint32_t call_in(std::string_view module, std::string_view name,
                        const std::vector<std::uint64_t>& args) {
    for (const wasm::HostFunction& function : wasi_p1::functions()) {
      if (function.module == module && function.name == name) return run(function, args);
    }
    return kEnded;
  }
  std::uint32_t run(const wasm::HostFunction& function, const std::vector<std::uint64_t>& args) {
    std::vector<wasm::Slot> slots(args.size() + 1);
    for (std::size_t i = 0; i < args.size(); ++i) {
      slots[i].low = args[i];
      slots[i].high = 0xDEAD;  // never looked at
    }
    exit = {};
    wasm::HostCall host{memory, context.get(), exit};
    if (function.call(function, host, slots.data()) == wasm::HostResult::kEnd) return kEnded;
    return slots[0].u32();
  }

  // Puts `text` at `address`; address and length, as two arguments.
  std::uint32_t path(std::string_view text, std::uint32_t address = kPath) {
    memory.set_text(address, text);
    return static_cast<std::uint32_t>(text.size());
  }
  // A list of ranges at kList; how many.
  std::uint32_t list(std::initializer_list<std::pair<std::uint32_t, std::uint32_t>> ranges) {
    std::uint32_t at = kList;
    for (const auto& [address, length] : ranges) {
      memory.set(at, address);
      memory.set(at + 4, length);
      at += 8;
    }
    return static_cast<std::uint32_t>(ranges.size());
  }

  struct Open {
    std::uint32_t lookup = 0;
    std::uint32_t open = 0;
    std::uint64_t base = kReadRights;
    std::uint64_t inheriting = 0;
    std::uint32_t flags = 0;
    std::uint32_t fd = 3;
  };
  // errno; the number is at kOut.
  std::uint32_t open(std::string_view name, const Open& how) {
    const std::uint32_t length = path(name);
    return call("path_open", how.fd, how.lookup, kPath, length, how.open, how.base, how.inheriting,
                how.flags, kOut);
  }
  std::uint32_t open(std::string_view name) { return open(name, Open{}); }
  std::uint32_t opened() const { return memory.at<std::uint32_t>(kOut); }

  std::uint32_t write(std::uint32_t fd, std::string_view text) {
    memory.set_text(kData, text);
    list({{kData, static_cast<std::uint32_t>(text.size())}});
    return call("fd_write", fd, kList, 1, kOut);
  }
  // errno; what was read is in `text`.
  std::uint32_t read(std::uint32_t fd, std::uint32_t size, std::string& text) {
    list({{kData, size}});
    const std::uint32_t code = call("fd_read", fd, kList, 1, kOut);
    if (code == 0) text = memory.text(kData, memory.at<std::uint32_t>(kOut));
    return code;
  }

  FakeMemory memory;
  RecordingSink sink;
  std::unique_ptr<wasi_p1::Context> context;
  wasm::ExitRecord exit;
};

}  // namespace warrant::testing
