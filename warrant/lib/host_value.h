// SPDX-License-Identifier: Apache-2.0
#pragma once
// How C++ values of host functions travel in the slots of a call; used by HostModule only.
#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/result.h"
#include "warrant/wasm/host_function.h"

namespace warrant::lib {

inline constexpr std::uint64_t kMaxHostBytes = 1ULL << 20;

// The slots of one call, read from left to right, and its answer.
class HostArguments {
 public:
  HostArguments(wasm::HostCall& call, wasm::Slot* slots) noexcept : call_(call), slots_(slots) {}

  std::uint32_t next_u32() noexcept { return slots_[next_++].u32(); }
  std::uint64_t next_u64() noexcept { return slots_[next_++].u64(); }
  std::string next_bytes();
  void answer_u32(std::uint32_t value) noexcept { slots_[0].set_u32(value); }
  void answer_u64(std::uint64_t value) noexcept { slots_[0].set_u64(value); }
  // The buffer for a result of bytes: read and checked before the function has any effect.
  void take_result_buffer();
  void answer_bytes(std::string_view bytes);
  void answer_error(const Error& error) noexcept;

  bool failed() const noexcept { return trapped_ || error_.has_value(); }
  bool trapped() const noexcept { return trapped_; }
  const std::optional<Error>& error() const noexcept { return error_; }

 private:
  void trap(std::uint64_t address) noexcept;

  wasm::HostCall& call_;
  wasm::Slot* slots_;
  std::size_t next_ = 0;
  std::uint32_t result_at_ = 0;
  std::uint32_t result_size_ = 0;
  bool trapped_ = false;
  std::optional<Error> error_;
};

using HostBody = std::function<void(HostArguments&, void* user)>;

template <typename T>
struct HostParam;

template <typename T, wasm::ValType kType>
struct WholeParam {
  using Held = T;
  static void append_types(std::vector<wasm::ValType>& types) { types.push_back(kType); }
};
template <>
struct HostParam<std::int32_t> : WholeParam<std::int32_t, wasm::ValType::kI32> {
  static Held take(HostArguments& from) { return static_cast<Held>(from.next_u32()); }
};
template <>
struct HostParam<std::uint32_t> : WholeParam<std::uint32_t, wasm::ValType::kI32> {
  static Held take(HostArguments& from) { return from.next_u32(); }
};
template <>
struct HostParam<std::int64_t> : WholeParam<std::int64_t, wasm::ValType::kI64> {
  static Held take(HostArguments& from) { return static_cast<Held>(from.next_u64()); }
};
template <>
struct HostParam<std::uint64_t> : WholeParam<std::uint64_t, wasm::ValType::kI64> {
  static Held take(HostArguments& from) { return from.next_u64(); }
};
template <>
struct HostParam<float> : WholeParam<float, wasm::ValType::kF32> {
  static Held take(HostArguments& from) { return std::bit_cast<float>(from.next_u32()); }
};
template <>
struct HostParam<double> : WholeParam<double, wasm::ValType::kF64> {
  static Held take(HostArguments& from) { return std::bit_cast<double>(from.next_u64()); }
};
template <>
struct HostParam<std::string_view> {
  using Held = std::string;
  static void append_types(std::vector<wasm::ValType>& types) {
    types.insert(types.end(), {wasm::ValType::kI32, wasm::ValType::kI32});
  }
  static Held take(HostArguments& from) { return from.next_bytes(); }
};

template <typename R>
struct HostReturn;

template <>
struct HostReturn<void> {
  static void append_types(std::vector<wasm::ValType>&, std::vector<wasm::ValType>&) {}
  static void prepare(HostArguments&) {}
  static void give(HostArguments&) {}
};
template <typename T>
  requires std::is_arithmetic_v<T>
struct HostReturn<T> {
  static void append_types(std::vector<wasm::ValType>&, std::vector<wasm::ValType>& results) {
    HostParam<T>::append_types(results);
  }
  static void prepare(HostArguments&) {}
  static void give(HostArguments& to, T value) {
    if constexpr (sizeof(T) == 4) {
      to.answer_u32(std::bit_cast<std::uint32_t>(value));
    } else {
      to.answer_u64(std::bit_cast<std::uint64_t>(value));
    }
  }
};
template <>
struct HostReturn<Result<void>> {
  static void append_types(std::vector<wasm::ValType>&, std::vector<wasm::ValType>& results) {
    results.push_back(wasm::ValType::kI32);
  }
  static void prepare(HostArguments&) {}
  static void give(HostArguments& to, const Result<void>& result) {
    if (result) {
      to.answer_u32(0);
    } else {
      to.answer_error(result.error());
    }
  }
};
template <>
struct HostReturn<std::string> {
  static void append_types(std::vector<wasm::ValType>& params,
                           std::vector<wasm::ValType>& results) {
    params.insert(params.end(), {wasm::ValType::kI32, wasm::ValType::kI32});
    results.push_back(wasm::ValType::kI32);
  }
  static void prepare(HostArguments& from) { from.take_result_buffer(); }
  static void give(HostArguments& to, const std::string& bytes) { to.answer_bytes(bytes); }
};
template <>
struct HostReturn<Result<std::string>> : HostReturn<std::string> {
  static void give(HostArguments& to, const Result<std::string>& result) {
    if (result) {
      to.answer_bytes(*result);
    } else {
      to.answer_error(result.error());
    }
  }
};

}  // namespace warrant::lib
