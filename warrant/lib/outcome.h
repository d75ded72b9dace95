// SPDX-License-Identifier: Apache-2.0
#pragma once
// A value, or a Problem that a person can read. The door's form of Result: reasons outside the core
// have text.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "warrant/base/check.h"

namespace warrant {

struct Problem {
  enum class Kind : std::uint8_t {
    kNotFound,  // what was named is not there or cannot be read
    kInvalid,   // it is there and is not what it should be
    kRefused,   // it is, and is not allowed or not possible here
    kBug,
  };
  Kind kind = Kind::kRefused;
  std::string what;               // one line, escaped
  std::string hint;               // what to do; may be empty
  std::vector<std::string> more;  // further reasons, each a line
};

template <typename T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : value_(std::move(value)) {}              // NOLINT: a value converts
  Outcome(Problem problem) : problem_(std::move(problem)) {}  // NOLINT: a problem converts
  explicit operator bool() const noexcept { return value_.has_value(); }
  T& operator*() & noexcept { return checked(); }
  const T& operator*() const& noexcept { return const_cast<Outcome*>(this)->checked(); }
  T&& operator*() && noexcept { return std::move(checked()); }
  T* operator->() noexcept { return &checked(); }
  const T* operator->() const noexcept { return &const_cast<Outcome*>(this)->checked(); }
  const Problem& problem() const noexcept {
    WARRANT_CHECK(!value_.has_value());
    return problem_;
  }

 private:
  T& checked() noexcept {
    WARRANT_CHECK(value_.has_value());
    return *value_;
  }
  std::optional<T> value_;
  Problem problem_;
};

}  // namespace warrant
