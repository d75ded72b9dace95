// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/changed_output.h"

#include <algorithm>
#include <array>

#include "warrant/base/bytes.h"

namespace warrant::host {
namespace {

constexpr std::size_t kPieceBytes = 4'096;

}  // namespace

Status ChangedOutput::put(std::string_view text) {
  Buffer rest = Buffer::host_source(bytes_of(text));
  while (rest.size() != 0) {
    WARRANT_TRY(const std::uint64_t done, stream_.write(std::span(&rest, 1), cap::Blocking::kWait));
    if (done == 0) return Error{Errc::kIo, 0, "write"};
    rest = rest.after(done);
  }
  return {};
}

Result<std::uint64_t> ChangedOutput::write(std::span<const Buffer> from, cap::Blocking) {
  std::array<std::byte, kPieceBytes> piece;
  std::uint64_t done = 0;
  for (const Buffer& buffer : from) {
    for (std::uint64_t at = 0; at < buffer.size();) {
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size() - at, piece.size()));
      if (!access_.read(buffer.after(at), std::span(piece).first(size))) {
        return Error{Errc::kIo, 0, "write"};
      }
      const Status put_all = put(changed(text_of(std::span(piece).first(size))));
      if (!put_all) {
        if (done != 0) return done;
        return put_all.error();
      }
      at += size;
      done += size;
    }
  }
  return done;
}

}  // namespace warrant::host
