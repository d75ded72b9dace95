// SPDX-License-Identifier: Apache-2.0
#pragma once
// Moves bytes between host memory and a Buffer, for implementations that live in memory themselves
// (memfs, captured output). Natively a plain copy; in the browser a call to JavaScript. Both answer
// false, and move nothing, when the range is no longer inside its memory.
#include <cstddef>
#include <span>

#include "warrant/base/buffer.h"

namespace warrant {

class BufferAccess {
 public:
  virtual bool read(const Buffer& from, std::span<std::byte> to) = 0;         // to.size() bytes
  virtual bool write(const Buffer& to, std::span<const std::byte> from) = 0;  // from.size() bytes

 protected:
  ~BufferAccess() = default;
};

}  // namespace warrant
