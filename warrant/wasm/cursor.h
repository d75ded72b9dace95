// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads forward through a part of a WebAssembly file; for the files of this room.
//
// Never moves beyond its part. The first failure is written to the Diagnosis with its offset and
// place; every function answers false from then on for its caller to pass on. One thread.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "warrant/codec/leb128.h"
#include "warrant/wasm/reader.h"

namespace warrant::wasm {

// Where a failure is, for its message: "section 10 (code), function 7". Static text and numbers.
struct Place {
  std::string_view section = {};
  std::uint32_t section_id = 0;
  std::string_view item = {};
  std::uint32_t index = 0;
};

class Cursor {
 public:
  Cursor(std::span<const std::byte> file, Diagnosis& why)
      : file_(file), end_(file.size()), why_(&why) {}

  bool done() const noexcept { return at_ == end_; }
  std::size_t offset() const noexcept { return at_; }
  std::size_t left() const noexcept { return end_ - at_; }
  Place& place() noexcept { return place_; }

  // The next `size` bytes as a part of their own; this cursor goes on behind them. size <= left().
  Cursor take_part(std::size_t size) noexcept {
    Cursor part = *this;
    part.end_ = at_ + size;
    at_ += size;
    return part;
  }

  bool byte(std::uint8_t& value) {
    if (at_ == end_) return fail_end("a byte");
    value = std::to_integer<std::uint8_t>(file_[at_++]);
    return true;
  }
  bool peek(std::uint8_t& value) {
    if (at_ == end_) return fail_end("a byte");
    value = std::to_integer<std::uint8_t>(file_[at_]);
    return true;
  }
  bool u32(std::uint32_t& value) {
    if (at_ != end_ && std::to_integer<unsigned>(file_[at_]) < 0x80) [[likely]] {
      value = std::to_integer<std::uint32_t>(file_[at_++]);
      return true;
    }
    return number<32>(value);
  }
  bool u64(std::uint64_t& value) { return number<64>(value); }
  bool s32(std::int32_t& value) { return number<32>(value); }
  bool s33(std::int64_t& value) { return number<33>(value); }
  bool s64(std::int64_t& value) { return number<64>(value); }
  bool skip(std::size_t size) {
    if (size > left()) return fail_end(std::to_string(size) + " bytes");
    at_ += size;
    return true;
  }
  // Valid UTF-8 of at most `limit` bytes.
  bool name(std::string& value, std::uint32_t limit);

  bool fail(Diagnosis::Kind kind, const std::string& text);
  bool malformed(const std::string& text) { return fail(Diagnosis::Kind::kMalformed, text); }
  bool unsupported(const std::string& text) { return fail(Diagnosis::Kind::kUnsupported, text); }
  // `found` of something is more than the `limit` of that key.
  bool above(std::string_view key, std::uint64_t found, std::uint64_t limit);

 private:
  template <unsigned Bits, typename T>
  bool number(T& value) {
    switch (codec::read_leb<Bits>(file_.first(end_), at_, value)) {
      case codec::LebRead::kOk:
        return true;
      case codec::LebRead::kTruncated:
        return fail_end("a number");
      case codec::LebRead::kTooLong:
        return malformed("a number has more than " + std::to_string(Bits) + " bits");
    }
    return false;
  }
  bool fail_end(std::string_view wanted);

  std::span<const std::byte> file_;
  std::size_t at_ = 0;
  std::size_t end_;
  Diagnosis* why_;
  Place place_;
};

}  // namespace warrant::wasm
