// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every host call with its arguments and its answer, as lines of text: `--trace`.
//
// traced() wraps descriptors in others of the same module, name and signature that call the first
// and then tell the observer. Costs nothing where it is not used. The observer is told on the run's
// thread, after the call; a call that ended the run is told too.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "warrant/wasm/host_function.h"

namespace warrant::host {

class TraceObserver {
 public:
  // `arguments`: as the guest gave them, one a parameter. `answer`: the first result, if any.
  virtual void called(const wasm::HostFunction& function, std::span<const std::uint64_t> arguments,
                      const std::uint64_t* answer, wasm::HostResult result) = 0;

 protected:
  ~TraceObserver() = default;
};

class TracedFunctions {
 public:
  TracedFunctions(std::span<const wasm::HostFunction> functions, TraceObserver& observer);
  TracedFunctions(const TracedFunctions&) = delete;
  TracedFunctions& operator=(const TracedFunctions&) = delete;
  // Good while this lives.
  std::span<const wasm::HostFunction> functions() const noexcept { return wrapped_; }

 private:
  struct Target {
    const wasm::HostFunction* function;
    TraceObserver* observer;
  };
  static wasm::HostResult call(const wasm::HostFunction& self, wasm::HostCall& call,
                               wasm::Slot* slots) noexcept;
  std::vector<Target> targets_;
  std::vector<wasm::HostFunction> wrapped_;
};

// "path_open(3, 1, 0x400, 9, 0, …) = 76 notcapable": the answer named when it is an errno.
std::string print_call(const wasm::HostFunction& function, std::span<const std::uint64_t> arguments,
                       const std::uint64_t* answer, wasm::HostResult result);

}  // namespace warrant::host
