// SPDX-License-Identifier: Apache-2.0
#pragma once
// The type of a mount by its id, from /proc/self/mountinfo. Spec: filesystem.md section 2.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warrant::os {

std::optional<std::string> mount_type(std::uint64_t mount_id);
// The same over given text, one mount a line.
std::optional<std::string> mount_type_in(std::string_view table, std::uint64_t mount_id);

}  // namespace warrant::os
