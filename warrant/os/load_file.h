// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads a whole file of the host into memory of our own, so that what is checked is what runs.
//
// Regular files only: a directory, a FIFO or a device is refused without waiting on it. A link as
// the last component is followed. Never more than `most` bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "warrant/base/result.h"
#include "warrant/os/ambient.h"

namespace warrant::os {

// kNoEntry, kAccess, kIsDir as the host says; kNotSupported: no regular file; kFileTooBig.
Result<std::vector<std::byte>> load_file(Ambient, const std::string& path, std::uint64_t most);

}  // namespace warrant::os
