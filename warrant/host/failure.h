// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a failure of the engine or of the module reader, or an end from outside, means to people: an
// Exit with the reason escaped and a line that says what to do.
#include <string>

#include "warrant/host/run_result.h"
#include "warrant/policy/limits.h"
#include "warrant/wasm/engine.h"
#include "warrant/wasm/reader.h"

namespace warrant::host {

Exit exit_of_failure(const wasm::Failure& failure, const policy::Limits& limits);
Exit exit_of_diagnosis(const wasm::Diagnosis& diagnosis, const policy::Limits& limits);
// Of a run that met one: "ended by the limit wall = 30s".
Exit exit_of_limit(policy::LimitKey key, const policy::Limits& limits);
// Of a run that was ended from outside its guest.
Exit exit_of_interruption(wasm::Interruption cause, const policy::Limits& limits);
// What a person does about a stack that was used up.
std::string hint_of_stack(const policy::Limits& limits);
// Of a run whose process the kernel killed at the bound of its group, which follows from `memory`.
Exit exit_of_memory(const policy::Limits& limits);

}  // namespace warrant::host
