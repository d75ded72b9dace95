// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random bytes: the system's, or a reproducible stream. Who holds no Entropy has none.
#include "warrant/base/buffer.h"
#include "warrant/base/result.h"

namespace warrant::cap {

class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual Status fill(Buffer to) = 0;  // the whole range, or an error
};

}  // namespace warrant::cap
