// SPDX-License-Identifier: Apache-2.0
#pragma once
// The granted clocks as the functions of this room ask for them: an absent clock answers like one
// that was not granted, and the first use of each is recorded. Spec: preview1.md 6.2, 7.1.
#include "warrant/base/result.h"
#include "warrant/base/time.h"
#include "warrant/wasi_p1/call.h"

namespace warrant::wasi_p1 {

// `id` is below kClockIds.
Result<Nanoseconds> clock_now(Call& call, std::uint32_t id);
Result<Nanoseconds> clock_resolution(Call& call, std::uint32_t id);
Subject clock_subject(std::uint32_t id) noexcept;

}  // namespace warrant::wasi_p1
