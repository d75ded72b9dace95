// SPDX-License-Identifier: Apache-2.0
#pragma once
// WARRANT_CHECK(condition): a condition that only a bug of ours can break. Never compiled out; a
// broken one stops the process, because nothing may run on in a state that nobody understands.
// Not for input: bad input is an Error.
#include <cstdlib>

namespace warrant {

[[noreturn]] inline void stop_on_bug() noexcept { __builtin_trap(); }

}  // namespace warrant

#define WARRANT_CHECK(...)                        \
  do {                                            \
    if (!(__VA_ARGS__)) ::warrant::stop_on_bug(); \
  } while (false)

#if defined(__clang__)
#define WARRANT_LIFETIMEBOUND [[clang::lifetimebound]]
#else
#define WARRANT_LIFETIMEBOUND
#endif
