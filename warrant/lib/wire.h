// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a broker and its executor say to each other, as bytes: little numbers and texts in order.
//
// A reader never answers beyond its bytes and remembers that it was asked to: whole() is asked once
// at the end. What an executor sends comes from where guest code may have broken out: everything of
// it is held against closed lists here or where it is used. Internal to lib. Spec: limits.md
// section 7.
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "warrant/audit/event.h"
#include "warrant/host/run_result.h"

namespace warrant::lib {

enum class Wire : std::uint32_t {
  // From the executor.
  kReady = 1,  // it is locked down, or why not
  kEvents,     // answered by kAnswer
  kTrace,      // not answered
  kFetchStart,
  kFetchAdvance,
  kFetchCancel,
  kFetchClose,  // not answered
  kFetchLeft,
  kFetchNarrow,
  kFetchRevoke,
  kEnd,
  kOutput,
  // From the broker.
  kGo = 100,
  kAnswer,
  kLastAnswer,  // the same behind one byte: what has ended the run, which its executor then ends
};
// What one message of an executor may be: the body of a request, and its head.
inline constexpr std::size_t kMostWire = 72U << 20;
// Where a number may be missing.
inline constexpr std::uint64_t kNoNumber = UINT64_MAX;

class WireWriter {
 public:
  void u8(std::uint8_t value) { text_.push_back(static_cast<char>(value)); }
  void u16(std::uint16_t value) { put(value, 2); }
  void u32(std::uint32_t value) { put(value, 4); }
  void u64(std::uint64_t value) { put(value, 8); }
  void text(std::string_view bytes) {
    u64(bytes.size());
    text_.append(bytes);
  }
  std::string_view view() const noexcept { return text_; }
  bool is_empty() const noexcept { return text_.empty(); }
  std::size_t size() const noexcept { return text_.size(); }
  void clear() noexcept { text_.clear(); }

 private:
  void put(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) text_.push_back(static_cast<char>(value >> (8 * i) & 0xFFU));
  }
  std::string text_;
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) noexcept : left_(bytes) {}
  std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(get(1)); }
  std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(get(2)); }
  std::uint32_t u32() noexcept { return static_cast<std::uint32_t>(get(4)); }
  std::uint64_t u64() noexcept { return get(8); }
  std::string_view text() noexcept;
  // A number of at most `last` as the enumeration of that many.
  template <typename E>
  E word(E last) noexcept {
    const std::uint8_t value = u8();
    if (value > static_cast<std::uint8_t>(last)) good_ = false;
    return good_ ? static_cast<E>(value) : E{};
  }
  void fail() noexcept { good_ = false; }
  bool good() const noexcept { return good_; }
  bool is_empty() const noexcept { return left_.empty(); }
  bool whole() const noexcept { return good_ && left_.empty(); }

 private:
  std::uint64_t get(std::size_t bytes) noexcept;
  std::string_view left_;
  bool good_ = true;
};

enum class Telling : std::uint8_t { kDone, kIntended };
void write_event(WireWriter& to, const audit::Event& event, Telling telling);

// Reads events of an executor. Operations become texts that live as long as this, so
// it outlives whatever keeps an event of it: ledger, recorder, result.
class EventReader {
 public:
  struct Heard {
    audit::Event event;
    Telling telling = Telling::kDone;
  };
  // Nothing: no executor of ours says so.
  std::optional<Heard> read(WireReader& from);

 private:
  std::set<std::string, std::less<>> operations_;
};

void write_result(WireWriter& to, const host::RunResult& result);
// Texts are made fit for terminals. Nothing: as above.
std::optional<host::RunResult> read_result(WireReader& from);

}  // namespace warrant::lib
