// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one map from the host's errno to Errc: total, unknown numbers become kIo, none passes
// through. Spec: house-style.md section 4, preview1.md section 6.1.
#include <string_view>

#include "warrant/base/error.h"

namespace warrant::os {

Errc from_errno(int number) noexcept;

// An Error of the host for the named operation; EMFILE and ENFILE carry Reason::kHostLimit.
Error error_from_errno(int number, std::string_view where) noexcept;

}  // namespace warrant::os
