// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/chain.h"

#include <algorithm>
#include <cstring>

#include "warrant/audit/line.h"
#include "warrant/base/bytes.h"

namespace warrant::audit {
namespace {

codec::Digest derive(std::span<const std::byte> secret, std::string_view label) noexcept {
  return codec::hmac_sha256(secret, bytes_of(label));
}

}  // namespace

Keys::Keys(std::span<const std::byte, kKeyBytes> secret) noexcept
    : block_(derive(secret, "warrant audit block 1")),
      index_(derive(secret, "warrant audit index 1")) {}

codec::Digest Keys::file_start(std::string_view file, std::string_view id) const noexcept {
  constexpr std::array<std::byte, 1> kZero{};
  codec::HmacSha256 mac(block());
  mac.update(bytes_of("warrant audit file 1"));
  for (const std::string_view part : {file, id}) {
    mac.update(kZero);
    mac.update(bytes_of(part));
  }
  return mac.finish();
}

codec::Digest Keys::index_start() const noexcept {
  return codec::hmac_sha256(index(), bytes_of("warrant audit index start 1"));
}

Chain::Hex Chain::hex_of(const codec::Digest& digest) noexcept {
  constexpr std::string_view kDigits = "0123456789abcdef";
  Hex hex;
  std::size_t at = 0;
  for (const std::byte each : digest.bytes()) {
    hex[at++] = kDigits[std::to_integer<unsigned>(each) >> 4U];
    hex[at++] = kDigits[std::to_integer<unsigned>(each) & 15U];
  }
  return hex;
}

Chain::Chain(const Keys& keys, cap::AppendLog& log, std::string file, std::string_view id)
    : key_(std::span<const std::byte, 32>(keys.block())),
      log_(log),
      file_(std::move(file)),
      mac_(keys.file_start(file_, id)),
      first_(hex_of(mac_)),
      last_(first_),
      buffer_(std::make_unique_for_overwrite<char[]>(kBuffer)) {}

std::span<char> Chain::begin() noexcept {
  hash_.emplace(key_.bytes());
  hash_->update(mac_.bytes());
  return room();
}

std::span<char> Chain::put(std::size_t bytes) noexcept {
  hash_->update(bytes_of({buffer_.get() + used_, bytes}));
  used_ += bytes;
  return room();
}

std::span<char> Chain::room() noexcept {
  if (used_ == kBuffer) hand_over();
  return {buffer_.get() + used_, std::min(kHashed, kBuffer - used_)};
}

void Chain::buffer(std::string_view text) noexcept {
  while (!text.empty()) {
    if (used_ == kBuffer) hand_over();
    const std::size_t count = std::min(text.size(), kBuffer - used_);
    std::memcpy(buffer_.get() + used_, text.data(), count);
    used_ += count;
    text.remove_prefix(count);
  }
}

void Chain::hand_over() noexcept {
  if (state_) state_ = log_.append(bytes_of({buffer_.get(), used_}));
  bytes_ += used_;
  used_ = 0;
}

Result<std::string_view> Chain::end(const BlockEnd& end, Durability durability) noexcept {
  Line line(line_, nullptr, nullptr);
  line.open('{');
  line.number("v", 1);
  line.text("run", end.run);
  line.number("seq", end.seq);
  line.number("t", end.t);
  line.text("kind", "block");
  line.number("count", end.count);
  line.text("prev", last());
  line.key("mac");
  line.raw("\"");
  hash_->update(bytes_of(line.held()));
  mac_ = hash_->finish();
  hash_.reset();
  last_ = hex_of(mac_);
  line.raw(last());
  line.raw("\"}\n");
  buffer(line.held());
  hand_over();
  records_ += end.count + 1;
  if (state_ && durability == Durability::kDisk) state_ = log_.sync();
  if (!state_) return state_.error();
  return line.held();
}

}  // namespace warrant::audit
