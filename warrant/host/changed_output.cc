// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/changed_output.h"

#include "warrant/base/bytes.h"
#include "warrant/host/pieces.h"

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
  return in_pieces<kPieceBytes>(from, access_,
                                [&](std::span<const std::byte> piece) -> Result<std::uint64_t> {
                                  WARRANT_CHECKED(put(changed(text_of(piece))));
                                  return std::uint64_t{piece.size()};
                                });
}

}  // namespace warrant::host
