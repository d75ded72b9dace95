// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tries, in the locked down process itself, what must be impossible, and that each granted
// directory still opens. One surprise and the guest is not started. Makes no claim about calls
// that end the process: those are tried when Warrant is built. Spec: limits.md section 7.4.
#include <optional>
#include <string_view>

#include "warrant/os/lockdown/lockdown.h"

namespace warrant::os::lockdown {

// The name of the attempt that went otherwise; nothing when all went as they must.
std::optional<std::string_view> self_test(const Plan& plan,
                                          const cap::Hardening& in_force) noexcept;

}  // namespace warrant::os::lockdown
