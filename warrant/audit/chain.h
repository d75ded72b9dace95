// SPDX-License-Identifier: Apache-2.0
#pragma once
// One file of chained blocks being written.
//
// A block is the lines put between begin() and end() and then its own line, whose `mac` is
// HMAC-SHA-256(block key, previous MAC ‖ those lines ‖ its own line up to the MAC's first digit).
// Once an append failed every later end() fails. One thread. Format: docs/formats/audit.md.
#include <array>
#include <memory>
#include <optional>
#include <string>

#include "warrant/audit/journal.h"
#include "warrant/audit/keys.h"
#include "warrant/cap/append_log.h"

namespace warrant::audit {

class Chain final : public Journal {
 public:
  // `log` is new and empty, and outlives it.
  Chain(const Keys& keys, cap::AppendLog& log, std::string file, std::string_view id);

  std::span<char> begin() noexcept override;
  std::span<char> put(std::size_t bytes) noexcept override;
  Result<std::string_view> end(const BlockEnd& end, Durability durability) noexcept override;
  std::string_view file() const noexcept override { return file_; }
  std::string_view first() const noexcept override { return {first_.data(), first_.size()}; }
  std::string_view last() const noexcept override { return {last_.data(), last_.size()}; }

  std::uint64_t bytes() const noexcept { return bytes_; }
  std::uint64_t records() const noexcept { return records_; }

 private:
  static constexpr std::size_t kBuffer = 112U << 10;  // a block, mostly: one write costs less
  static constexpr std::size_t kHashed = 4U << 10;    // at once, while the processor has it at hand
  using Hex = std::array<char, 64>;
  std::span<char> room() noexcept;
  void buffer(std::string_view text) noexcept;
  void hand_over() noexcept;
  static Hex hex_of(const codec::Digest& digest) noexcept;

  codec::Digest key_;
  cap::AppendLog& log_;
  std::string file_;
  codec::Digest mac_;
  Hex first_;
  Hex last_;
  std::optional<codec::HmacSha256> hash_;
  std::unique_ptr<char[]> buffer_;
  std::size_t used_ = 0;
  std::array<char, 512> line_;
  std::uint64_t bytes_ = 0;
  std::uint64_t records_ = 0;
  Status state_;
};

}  // namespace warrant::audit
