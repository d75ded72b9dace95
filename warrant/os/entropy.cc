// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/entropy.h"

#include <sodium/crypto_stream_chacha20.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "warrant/os/errno.h"
#include "warrant/os/iovec.h"

namespace warrant::os {
namespace {

constexpr unsigned char kNonce[crypto_stream_chacha20_NONCEBYTES] = {};

}  // namespace

Status SystemEntropy::fill(Buffer to) {
  if (to.size() == 0) return {};
  std::byte* at = resolve_buffer(to, locate_);
  if (at == nullptr) return Error{Errc::kInvalid, 0, "random"};
  std::uint64_t done = 0;
  while (done < to.size()) {
    const ssize_t got = ::getrandom(at + done, static_cast<std::size_t>(to.size() - done), 0);
    if (got < 0 && errno != EINTR) return error_from_errno(errno, "getrandom");
    if (got > 0) done += static_cast<std::uint64_t>(got);
  }
  return {};
}

SeededEntropy::SeededEntropy(std::uint64_t seed, Locate locate) noexcept : locate_(locate) {
  for (std::size_t i = 0; i < sizeof seed; ++i) {
    key_[i] = static_cast<unsigned char>(seed >> (8 * i));
  }
}

Status SeededEntropy::fill(Buffer to) {
  if (to.size() == 0) return {};
  std::byte* at = resolve_buffer(to, locate_);
  if (at == nullptr) return Error{Errc::kInvalid, 0, "random"};
  std::uint64_t left = to.size();
  while (left > 0) {
    const std::uint64_t offset = position_ % kBlock;
    const std::uint64_t step = offset == 0 ? left : std::min(left, kBlock - offset);
    if (offset == 0) {
      std::memset(at, 0, static_cast<std::size_t>(step));
      auto* const bytes = reinterpret_cast<unsigned char*>(at);  // NOLINT: bytes
      crypto_stream_chacha20_xor_ic(bytes, bytes, step, kNonce, position_ / kBlock, key_.data());
    } else {
      std::array<unsigned char, kBlock> block{};
      crypto_stream_chacha20_xor_ic(block.data(), block.data(), kBlock, kNonce, position_ / kBlock,
                                    key_.data());
      std::memcpy(at, block.data() + offset, static_cast<std::size_t>(step));
    }
    at += step;
    left -= step;
    position_ += step;
  }
  return {};
}

}  // namespace warrant::os
