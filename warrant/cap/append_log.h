// SPDX-License-Identifier: Apache-2.0
#pragma once
// A file that only grows: where records go.
//
// append() is all or an error, and what it took survives the death of this process; after sync() it
// survives the loss of power. Both are safe to call in a signal handler. One thread at a time.
// Spec: audit.md sections 2 and 3.
#include <cstddef>
#include <span>

#include "warrant/base/result.h"

namespace warrant::cap {

class AppendLog {
 public:
  virtual ~AppendLog() = default;
  AppendLog() = default;
  AppendLog(const AppendLog&) = delete;
  AppendLog& operator=(const AppendLog&) = delete;
  virtual Status append(std::span<const std::byte> bytes) noexcept = 0;
  virtual Status sync() noexcept = 0;
};

}  // namespace warrant::cap
