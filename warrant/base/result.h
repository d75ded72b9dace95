// SPDX-License-Identifier: Apache-2.0
#pragma once
// A value or an Error; never both, never neither, never dropped (the build fails).
//
// Reading the value of a failed Result, or the error of a good one, is a bug of ours: the process
// stops. No exceptions, no allocation.
//
//   WARRANT_TRY(auto file, dir.open(path, options));
//   WARRANT_CHECKED(file.sync());
#include <optional>
#include <type_traits>
#include <utility>

#include "warrant/base/check.h"
#include "warrant/base/error.h"

namespace warrant {

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : value_(std::move(value)) {}  // NOLINT: a value converts
  Result(Error error) : error_(error) {}         // NOLINT: an error converts
  bool has_value() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  T& operator*() & noexcept { return checked(); }
  const T& operator*() const& noexcept { return const_cast<Result*>(this)->checked(); }
  T&& operator*() && noexcept { return std::move(checked()); }
  T* operator->() noexcept { return &checked(); }
  const T* operator->() const noexcept { return &const_cast<Result*>(this)->checked(); }
  const Error& error() const noexcept {
    WARRANT_CHECK(!has_value());
    return error_;
  }

 private:
  T& checked() noexcept {
    WARRANT_CHECK(has_value());
    return *value_;
  }
  std::optional<T> value_;
  Error error_{Errc::kIo};
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  Result() = default;
  Result(Error error) : error_(error), ok_(false) {}  // NOLINT: an error converts
  bool has_value() const noexcept { return ok_; }
  explicit operator bool() const noexcept { return ok_; }
  const Error& error() const noexcept {
    WARRANT_CHECK(!ok_);
    return error_;
  }

 private:
  Error error_{Errc::kIo};
  bool ok_ = true;
};
using Status = Result<void>;

}  // namespace warrant

#define WARRANT_CONCAT_(a, b) a##b
#define WARRANT_CONCAT(a, b) WARRANT_CONCAT_(a, b)
#define WARRANT_TRY_(tmp, decl, ...) \
  auto&& tmp = (__VA_ARGS__);        \
  if (!tmp) return tmp.error();      \
  decl = *std::forward<decltype(tmp)>(tmp)
// __COUNTER__, not __LINE__: two on one line would collide.
#define WARRANT_TRY(decl, ...) \
  WARRANT_TRY_(WARRANT_CONCAT(warrant_try_, __COUNTER__), decl, __VA_ARGS__)
#define WARRANT_CHECKED(...)                                                                 \
  do {                                                                                       \
    if (auto warrant_status = (__VA_ARGS__); !warrant_status) return warrant_status.error(); \
  } while (false)
