// SPDX-License-Identifier: Apache-2.0
#pragma once
// What confines a run's process, as receipts and people read it. Spec: limits.md section 7.4.
#include <string>

#include "warrant/cap/hardening.h"
#include "warrant/codec/json.h"

namespace warrant::host {

// The receipt's `hardening`.
codec::Json json_of(const cap::Hardening& hardening);
// One line for `-v`.
std::string describe(const cap::Hardening& hardening);

}  // namespace warrant::host
