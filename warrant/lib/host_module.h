// SPDX-License-Identifier: Apache-2.0
#pragma once
// Functions of the embedder's own that guests may import: typed, granted by name, audited.
//
//   HostModule acme("acme");
//   acme.function("lookup", [](HostContext&, std::string_view key) -> Result<std::string> { … });
//
// In a guest that is `(import "acme" "lookup" (func (param i32 i32 i32 i32) (result i32)))`:
// - std::int32_t, std::uint32_t are i32; 64 bits i64; float f32; double f64;
// - std::string_view is pointer, length; the host sees a copy of at most 1 MiB (above: kNoMemory);
// - a result of std::string or Result<std::string> takes two more parameters at the end, a buffer
//   and its length: the answer is the whole size of the result, written as far as it fits, or a
//   negative errno of preview1;
// - Result<void> answers 0 or a negative errno; void and numbers are themselves.
// A pointer outside the guest's memory is a trap. A guest may import a function only when its grant
// names it (Grant::host_functions: "acme.lookup" or "acme.*"); each call is an event of kind
// embedder, a failed one with its decision. The function runs on the run's thread; one that throws
// ends the run as a bug.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "warrant/base/result.h"
#include "warrant/lib/host_value.h"
#include "warrant/wasm/host_function.h"

namespace warrant {

// What a host function may ask of the run that calls it.
class HostContext {
 public:
  explicit HostContext(void* user) noexcept : user_(user) {}
  void* user() const noexcept { return user_; }  // Launch's own pointer, null unless given

 private:
  void* user_;
};

class HostModule {
 public:
  struct Function {
    std::string name;
    std::vector<wasm::ValType> params;
    std::vector<wasm::ValType> results;
    lib::HostBody body;
  };

  explicit HostModule(std::string name) : name_(std::move(name)) {}

  template <typename F>
  HostModule& function(std::string name, F body) {
    functions_.push_back(make(std::move(name), std::function(std::move(body))));
    return *this;
  }

  const std::string& name() const noexcept { return name_; }
  const std::vector<Function>& functions() const noexcept { return functions_; }

 private:
  template <typename R, typename... A>
  static Function make(std::string name, std::function<R(HostContext&, A...)> body) {
    Function made;
    made.name = std::move(name);
    (lib::HostParam<A>::append_types(made.params), ...);
    lib::HostReturn<R>::append_types(made.params, made.results);
    made.body = [body = std::move(body)](lib::HostArguments& arguments, void* user) {
      // Braces: from left to right, as the parameters stand.
      std::tuple<typename lib::HostParam<A>::Held...> held{lib::HostParam<A>::take(arguments)...};
      lib::HostReturn<R>::prepare(arguments);
      if (arguments.failed()) return;
      HostContext context(user);
      std::apply(
          [&](auto&... each) {
            if constexpr (std::is_void_v<R>) {
              body(context, each...);
              lib::HostReturn<void>::give(arguments);
            } else {
              lib::HostReturn<R>::give(arguments, body(context, each...));
            }
          },
          held);
    };
    return made;
  }

  std::string name_;
  std::vector<Function> functions_;
};

}  // namespace warrant
