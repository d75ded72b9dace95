// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest's bytes handed on piece by piece, for outputs that look at them.
//
// Answers how many were taken: of the last piece perhaps not all, and an error only when none was.
#include <algorithm>
#include <array>
#include <span>

#include "warrant/base/buffer_access.h"
#include "warrant/base/result.h"

namespace warrant::host {

// `take` is called with each piece and answers how many of its bytes it took.
template <std::size_t Most, typename Take>
Result<std::uint64_t> in_pieces(std::span<const Buffer> from, BufferAccess& access, Take take) {
  std::array<std::byte, Most> room;
  std::uint64_t done = 0;
  for (const Buffer& buffer : from) {
    for (std::uint64_t at = 0; at < buffer.size();) {
      const auto size = std::min<std::uint64_t>(buffer.size() - at, Most);
      const auto piece = std::span(room).first(static_cast<std::size_t>(size));
      if (!access.read(buffer.after(at), piece)) return Error{Errc::kIo, 0, "write"};
      const Result<std::uint64_t> taken = take(piece);
      if (!taken && done == 0) return taken.error();
      if (!taken) return done;
      at += std::min(*taken, size);
      done += std::min(*taken, size);
      if (*taken < size) return done;
    }
  }
  return done;
}

}  // namespace warrant::host
