// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/console.h"

#include <algorithm>
#include <array>

#include "warrant/cap/reason.h"

namespace warrant::host {
namespace {

constexpr std::size_t kPieceBytes = 16U << 10;

std::uint64_t total(std::span<const Buffer> buffers) noexcept {
  std::uint64_t sum = 0;
  for (const Buffer& buffer : buffers) sum += buffer.size();
  return sum;
}

Error wrong_direction(std::string_view where) noexcept { return Error{Errc::kBadHandle, 0, where}; }
Error lost_memory(std::string_view where) noexcept { return Error{Errc::kIo, 0, where}; }

}  // namespace

Result<std::uint64_t> GivenInput::read(std::span<const Buffer> to, cap::Blocking) {
  std::uint64_t done = 0;
  for (const Buffer& buffer : to) {
    const std::uint64_t size = std::min<std::uint64_t>(buffer.size(), rest_.size());
    if (!access_.write(buffer.first(size), rest_.first(static_cast<std::size_t>(size))))
      return lost_memory("stdin");
    rest_ = rest_.subspan(static_cast<std::size_t>(size));
    done += size;
  }
  return done;
}

Result<std::uint64_t> GivenInput::write(std::span<const Buffer>, cap::Blocking) {
  return wrong_direction("stdin");
}

Result<std::uint64_t> KeptOutput::read(std::span<const Buffer>, cap::Blocking) {
  return wrong_direction("output");
}

Status KeptOutput::take(const Buffer& from) {
  std::array<std::byte, kPieceBytes> piece;
  for (std::uint64_t at = 0; at < from.size();) {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(from.size() - at, piece.size()));
    const std::span<std::byte> bytes(piece.data(), size);
    if (!access_.read(from.after(at), bytes)) return lost_memory("output");
    if (callback_) {
      callback_(bytes);
    } else {
      bytes_.append(reinterpret_cast<const char*>(bytes.data()), size);  // NOLINT: bytes as text
    }
    at += size;
  }
  return {};
}

Result<std::uint64_t> KeptOutput::write(std::span<const Buffer> from, cap::Blocking) {
  const std::uint64_t wanted = total(from);
  if (wanted > left_ && excess_ == Excess::kFail) {
    return cap::error_of(Errc::kFileTooBig, cap::Reason::kOutputLimit, "output");
  }
  for (const Buffer& buffer : from) {
    const Buffer kept = buffer.first(left_);
    WARRANT_CHECKED(take(kept));
    left_ -= kept.size();
    dropped_ += buffer.size() - kept.size();
  }
  return wanted;
}

Result<std::uint64_t> CappedOutput::write(std::span<const Buffer> from, cap::Blocking blocking) {
  if (from.empty()) return stream_.write(from, blocking);
  const std::uint64_t wanted = total(from);
  if (wanted > left_ && excess_ == Excess::kFail) {
    return cap::error_of(Errc::kFileTooBig, cap::Reason::kOutputLimit, "output");
  }
  if (wanted <= left_) {
    WARRANT_TRY(const std::uint64_t done, stream_.write(from, blocking));
    left_ -= done;
    return done;
  }
  if (left_ == 0) {
    dropped_ += wanted;
    return wanted;
  }
  const Buffer first = from.front().first(left_);
  if (first.size() == 0) return write(from.subspan(1), blocking);
  WARRANT_TRY(const std::uint64_t done, stream_.write(std::span(&first, 1), blocking));
  left_ -= done;
  return done;
}

}  // namespace warrant::host
