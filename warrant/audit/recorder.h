// SPDX-License-Identifier: Apache-2.0
#pragma once
// The records of one run on their way to the log: kept as binary in a ring, made text at a flush,
// written in the order that the run's mode promises.
//
// start() puts run.start on record before guest code; end() everything else and the receipt before
// any result is released. Denials and effects have caps of their own, beyond which they are
// counted. Once the log has refused something, failed() stays true, the hook was called and nothing
// that was intended may happen. end_abruptly() does what end() does without asking the allocator,
// for a signal handler; false when the run was caught in the middle of a flush. One thread.
// Spec: audit.md sections 1, 2, 5.
#include <array>
#include <bitset>
#include <optional>
#include <string>

#include "warrant/audit/caps.h"
#include "warrant/audit/digits.h"
#include "warrant/audit/journal.h"
#include "warrant/audit/known_secrets.h"
#include "warrant/audit/line.h"
#include "warrant/audit/ring.h"
#include "warrant/audit/sink.h"
#include "warrant/audit/tally.h"
#include "warrant/audit/uses.h"
#include "warrant/base/time.h"
#include "warrant/cap/append_log.h"

namespace warrant::audit {

enum class Flush : std::uint8_t { kBuffered, kEach, kSync };
std::string_view word(Flush flush) noexcept;

struct RecorderSetup {
  std::string run;      // 32 hexadecimal digits
  std::string parent;   // of the run that started this one; empty: none
  std::string labels;   // a JSON object of strings; empty: none
  std::string warrant;  // its hash
  Flush flush = Flush::kBuffered;
  Journal* journal = nullptr;  // outlives it; nullptr: no log is kept
  const KnownSecrets* secrets = nullptr;
  Caps caps;
  Nanoseconds (*monotonic)() noexcept = nullptr;
  // The same clock read cheaply, behind by up to `coarse_lag`; nullptr: there is none.
  Nanoseconds (*coarse)() noexcept = nullptr;
  Nanoseconds coarse_lag{0};
  std::uint64_t (*wall_micros)() noexcept = nullptr;
  // The log refused something: end the run.
  void (*failed)(void* self) noexcept = nullptr;
  void* self = nullptr;
};

// What only the end of a run knows, as members of JSON objects that others have printed.
struct RunEnd {
  std::string_view exit;        // members of `exit`
  std::string_view usage;       // members of `usage`
  std::string_view limits_hit;  // elements of the array
};

class Recorder final : public Sink {
 public:
  explicit Recorder(RecorderSetup setup);
  // Told each event as well, before record() returns; outlives the recorder.
  void forward_to(Sink* next) noexcept { next_ = next; }
  // Before start(): a second place for the same lines, which outlives it.
  void copy_to(cap::AppendLog* copy);
  // The matcher of the setup knows more than it did. `labels`: as they are printed now.
  void secrets_grew(std::string labels);
  // Members of the receipt that are known before the guest starts.
  void set_receipt_head(std::string members) { receipt_head_ = std::move(members); }

  void record(const Event& event) override;
  bool intend(const Event& event) override;
  // Before a wait, and wherever something else may take long.
  void hand_over() {
    if (waits_) flush();
  }

  // `members` of run.start or run.refused.
  bool start(Kind kind, std::string_view members);
  // The receipt; nothing where the log refused it.
  std::optional<std::string> end(const RunEnd& end);
  bool end_abruptly(const RunEnd& end) noexcept;
  // After end_abruptly(): the same receipt once more.
  bool copy_receipt(const RunEnd& end, cap::AppendLog& to) const noexcept;

  bool failed() const noexcept { return failed_; }
  std::string_view run() const noexcept { return setup_.run; }

 private:
  enum class Receipt : std::uint8_t { kComplete, kAbrupt };
  // What records of one shape have in common, printed: all members from the kind to the path.
  struct Shape {
    Event event;  // its texts are gone
    bool intent = false;
    bool listed = false;  // such events may stand in the receipt
    std::array<char, 512> text;
    std::size_t size = 0;  // 0: none is there
  };
  void print_constants();
  void print_tail();
  void tick_late() override;
  std::uint64_t now() noexcept { return wall_at(setup_.monotonic()); }
  std::uint64_t wall_at(Nanoseconds monotonic) const noexcept;
  bool is_written() const noexcept { return setup_.journal != nullptr || copy_to_ != nullptr; }
  // When it was kept.
  Nanoseconds keep(const Event& event, bool value, Ring::Repeats repeats) noexcept;
  void keep_without_fields(const Event& event, const Stamp& stamp) noexcept;
  void count_away(const Event& event) noexcept;
  void flush() noexcept;
  Durability durability() const noexcept;
  void begin_block() noexcept;
  void end_block(Durability durability) noexcept;
  void fail() noexcept;
  void write_records(Receipt receipt);
  void write(const Record& record);
  void reshape(const Record& record) noexcept;
  void print_shape_of(Line& line, const Record& record) const;
  void write_suppressed();
  void write_end(const RunEnd& end, std::string_view receipt);
  void head(std::uint64_t seq, std::uint64_t t) noexcept;
  void head(std::uint64_t seq, std::uint64_t t, std::string_view kind) noexcept;
  void tail() noexcept;
  void print_receipt(Line& line, const RunEnd& end, Receipt receipt) const;
  static void drain(void* self, std::string_view text) noexcept;
  void put_copy(std::string_view text) noexcept;
  void hand_over_copy() noexcept;

  RecorderSetup setup_;
  std::string receipt_head_;
  std::string head_;     // what each record begins with, up to its number
  std::string tail_;     // what each record ends with
  std::string warrant_;  // a member
  Shape shape_;
  Digits seq_digits_;
  Digits t_digits_;
  Sink* next_ = nullptr;
  Ring ring_;
  CapCounter counter_;
  Tally decisions_;
  Tally suppressed_;
  Uses uses_;
  std::array<char, 4096> room_;  // of lines, where there is no journal
  Line line_;
  cap::AppendLog* copy_to_ = nullptr;
  std::unique_ptr<char[]> copy_;
  std::size_t copy_used_ = 0;
  std::bitset<512> denied_;  // reasons
  std::uint64_t suppressed_count_ = 0;
  std::uint64_t seq_ = 0;
  std::uint64_t in_block_ = 0;
  std::uint64_t wall_base_ = 0;  // microseconds at mono_base_
  Nanoseconds mono_base_{0};
  Nanoseconds oldest_{0};  // of what waits
  bool failed_ = false;
  bool busy_ = false;
};

}  // namespace warrant::audit
