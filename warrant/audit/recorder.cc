// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/recorder.h"

#include <algorithm>
#include <cstring>

#include "warrant/audit/record_text.h"
#include "warrant/base/bytes.h"

namespace warrant::audit {
namespace {

constexpr std::uint64_t kNanosPerMicro = 1'000;
constexpr Nanoseconds kLongestWait{50'000'000};
constexpr std::size_t kSuppressedRows = 256;
constexpr std::size_t kDecisionRows = 256;
constexpr std::size_t kCopyBytes = 64U << 10;

// Handed over before it happens whatever the mode: nobody can take it back.
bool leaves_the_machine(Kind kind) noexcept {
  return kind == Kind::kNet || kind == Kind::kFetch || kind == Kind::kProcess ||
         kind == Kind::kSecret;
}

void append_to(void* text, std::string_view more) noexcept {
  static_cast<std::string*>(text)->append(more);
}

std::size_t bit_of(cap::Reason reason) noexcept {
  return std::min<std::size_t>(static_cast<std::size_t>(reason), 511);
}

}  // namespace

std::string_view word(Flush flush) noexcept {
  switch (flush) {
    case Flush::kBuffered:
      return "buffered";
    case Flush::kEach:
      return "each";
    case Flush::kSync:
      return "sync";
  }
  return "buffered";
}

Recorder::Recorder(RecorderSetup setup)
    : setup_(std::move(setup)),
      ring_(setup_.secrets == nullptr ? 0 : setup_.secrets->longest()),
      counter_(setup_.caps),
      decisions_(Tally::By::kReason, kDecisionRows),
      suppressed_(Tally::By::kOperation, kSuppressedRows),
      uses_(setup_.run),
      line_(room_, &Recorder::drain, this) {
  line_.guard_with(setup_.secrets);
  line_.mark_with(setup_.run);
  print_constants();
  mono_base_ = setup_.monotonic();
  wall_base_ = setup_.wall_micros();
}

void Recorder::print_constants() {
  std::array<char, 512> room;
  Line head(room, &append_to, &head_);
  head.open('{');
  head.number("v", 1);
  head.text("run", setup_.run);
  if (!setup_.parent.empty()) head.text("parent", setup_.parent);
  head.key("seq");
  head.drain();
  print_tail();
  Line warrant(room, &append_to, &warrant_);
  warrant.text("warrant", setup_.warrant);
  warrant.drain();
}

void Recorder::print_tail() {
  tail_ = setup_.labels.empty() ? "}\n" : ",\"label\":" + setup_.labels + "}\n";
}

void Recorder::secrets_grew(std::string labels) {
  if (setup_.secrets != nullptr) ring_.set_margin(setup_.secrets->longest());
  setup_.labels = std::move(labels);
  print_tail();
}

void Recorder::copy_to(cap::AppendLog* copy) {
  copy_to_ = copy;
  if (copy != nullptr) copy_ = std::make_unique_for_overwrite<char[]>(kCopyBytes);
}

std::uint64_t Recorder::wall_at(Nanoseconds monotonic) const noexcept {
  return wall_base_ + count(saturating_sub(monotonic, mono_base_)) / kNanosPerMicro;
}

Nanoseconds Recorder::keep(const Event& event, bool value, Ring::Repeats repeats) noexcept {
  const Nanoseconds at = setup_.monotonic();
  Stamp stamp{.seq = seq_ + 1, .t = wall_at(at), .intent = value};
  if (!ring_.keep(event, stamp, repeats)) [[unlikely]] {
    flush();
    stamp.seq = seq_ + 1;
    if (!ring_.keep(event, stamp, repeats)) keep_without_fields(event, stamp);
  }
  ++seq_;
  if (is_written() && !waits_) {
    waits_ = true;
    oldest_ = at;
  }
  return at;
}

void Recorder::keep_without_fields(const Event& event, const Stamp& stamp) noexcept {
  Event less = event;
  less.fields = "\"fields_dropped\":true";
  (void)ring_.keep(less, stamp);
}

void Recorder::count_away(const Event& event) noexcept {
  ring_.end_counts();
  suppressed_.count(event);
  ++suppressed_count_;
}

void Recorder::record(const Event& event) {
  if (next_ != nullptr) next_->record(event);
  if (event.kind == Kind::kRunEnd) return;  // end() writes it, with the receipt
  decisions_.count(event);
  const bool plain = counter_.is_plain_use(event);
  if (plain && ring_.count_with_like(event)) return;
  if (!counter_.is_kept(event) || failed_) {
    count_away(event);
    // No line of its own, and its file may be listed all the same.
    if (event.kind == Kind::kFs) uses_.add(event, 1, setup_.secrets);
    return;
  }
  const Nanoseconds at =
      keep(event, false, plain ? Ring::Repeats::kMayBeCounted : Ring::Repeats::kAreKept);
  if (event.decision == Decision::kDeny) {
    const std::size_t bit = bit_of(event.reason);
    if (setup_.flush != Flush::kBuffered || !denied_.test(bit)) {
      denied_.set(bit);
      hand_over();
    }
    return;
  }
  if (waits_ && saturating_sub(at, oldest_) >= kLongestWait) flush();
}

bool Recorder::intend(const Event& event) {
  if (!is_written()) return true;
  if (failed_) return false;
  if (setup_.flush == Flush::kBuffered && !leaves_the_machine(event.kind)) return true;
  if (!counter_.is_kept(event)) {
    count_away(event);
    return true;
  }
  keep(event, true, Ring::Repeats::kAreKept);
  hand_over();
  return !failed_;
}

void Recorder::tick_late() {
  const Nanoseconds now = setup_.coarse != nullptr ? setup_.coarse() : setup_.monotonic();
  if (saturating_sub(now, oldest_) >= saturating_sub(kLongestWait, setup_.coarse_lag)) flush();
}

Durability Recorder::durability() const noexcept {
  return setup_.flush == Flush::kSync ? Durability::kDisk : Durability::kKernel;
}

void Recorder::fail() noexcept {
  if (failed_) return;
  failed_ = true;
  waits_ = false;
  if (setup_.failed != nullptr) setup_.failed(setup_.self);
}

void Recorder::drain(void* self, std::string_view text) noexcept {
  auto& recorder = *static_cast<Recorder*>(self);
  if (recorder.copy_to_ != nullptr) recorder.put_copy(text);
  if (recorder.setup_.journal == nullptr) return;
  recorder.line_.continue_in(recorder.setup_.journal->put(text.size()));
}

void Recorder::put_copy(std::string_view text) noexcept {
  while (!text.empty()) {
    if (copy_used_ == kCopyBytes) hand_over_copy();
    const std::size_t count = std::min(text.size(), kCopyBytes - copy_used_);
    std::memcpy(copy_.get() + copy_used_, text.data(), count);
    copy_used_ += count;
    text.remove_prefix(count);
  }
}

void Recorder::hand_over_copy() noexcept {
  if (!failed_ && !copy_to_->append(bytes_of({copy_.get(), copy_used_}))) fail();
  copy_used_ = 0;
}

void Recorder::begin_block() noexcept {
  busy_ = true;
  in_block_ = 0;
  if (setup_.journal != nullptr) line_.continue_in(setup_.journal->begin());
}

void Recorder::end_block(Durability durability) noexcept {
  line_.drain();
  if (setup_.journal != nullptr) {
    const auto block = setup_.journal->end({setup_.run, ++seq_, now(), in_block_}, durability);
    if (!block) {
      fail();
    } else if (copy_to_ != nullptr) {
      put_copy(*block);
    }
  }
  if (copy_to_ != nullptr) hand_over_copy();
  waits_ = false;
  busy_ = false;
  // The wall clock may have been set since.
  mono_base_ = setup_.monotonic();
  wall_base_ = setup_.wall_micros();
}

void Recorder::flush() noexcept {
  if (busy_) return;
  if (!is_written() || failed_) {
    ring_.for_each([&](const Record& record) {
      if (!record.stamp.intent) uses_.add(record.event, record.count, setup_.secrets);
    });
    ring_.clear();
    return;
  }
  begin_block();
  write_records(Receipt::kComplete);
  end_block(durability());
}

void Recorder::write_records(Receipt receipt) {
  ring_.for_each([&](const Record& record) {
    write(record);
    if (shape_.listed && receipt == Receipt::kComplete) {
      uses_.add(record.event, record.count, setup_.secrets);
    }
  });
  ring_.clear();
}

void Recorder::head(std::uint64_t seq, std::uint64_t t) noexcept {
  ++in_block_;
  line_.begun(head_);
  line_.raw(seq_digits_.print(seq));
  line_.raw(",\"t\":");
  line_.raw(t_digits_.print(t));
}

void Recorder::head(std::uint64_t seq, std::uint64_t t, std::string_view kind) noexcept {
  head(seq, t);
  line_.text("kind", kind);
}

void Recorder::tail() noexcept { line_.raw(tail_); }

void Recorder::print_shape_of(Line& line, const Record& record) const {
  const Event& event = record.event;
  std::array<char, 64> name{'x', '.'};
  std::string_view kind = word(event.kind);
  if (event.kind == Kind::kEmbedder) {
    kind = {name.data(), event.operation.copy(name.data() + 2, name.size() - 2) + 2};
  }
  line.begun({});
  line.text("kind", kind);
  print_shape(line, record, warrant_);
}

void Recorder::reshape(const Record& record) noexcept {
  Line line(shape_.text, nullptr, nullptr);
  print_shape_of(line, record);
  shape_.event = record.event;
  shape_.intent = record.stamp.intent;
  shape_.listed = !record.stamp.intent && Uses::lists(record.event);
  shape_.size = line.is_whole() ? line.held().size() : 0;
}

// Records of one shape mostly follow each other: what they have in common is printed once.
void Recorder::write(const Record& record) {
  const bool same = shape_.size > 0 && shape_.intent == record.stamp.intent &&
                    have_one_shape(shape_.event, record.event);
  if (!same) reshape(record);
  head(record.stamp.seq, record.stamp.t);
  if (shape_.size > 0) {
    line_.raw({shape_.text.data(), shape_.size});
  } else {
    print_shape_of(line_, record);
  }
  print_rest(line_, record);
  tail();
}

void Recorder::write_suppressed() {
  for (const Tally::Row& row : suppressed_.rows()) {
    head(++seq_, now(), word(Kind::kSuppressed));
    print_suppressed(line_, row);
    tail();
  }
}

bool Recorder::start(Kind kind, std::string_view members) {
  if (!is_written()) return true;
  begin_block();
  head(0, now(), word(kind));
  line_.members(members);
  tail();
  write_records(Receipt::kComplete);
  end_block(durability());
  return !failed_;
}

void Recorder::print_receipt(Line& line, const RunEnd& end, Receipt receipt) const {
  line.open('{');
  line.number("version", 1);
  line.text("run", setup_.run);
  if (!setup_.parent.empty()) line.text("parent", setup_.parent);
  line.json("label", setup_.labels.empty() ? "{}" : std::string_view(setup_.labels));
  line.members(receipt_head_);
  print_outcome(line, end, view(print_time(wall_base_)));
  print_decisions(line, decisions_.rows());
  print_files(line, uses_);
  print_origins(line, uses_);
  line.json("children", "[]");
  line.key("audit");
  line.open('{');
  if (setup_.journal != nullptr) {
    line.text("file", setup_.journal->file());
    line.text("first", setup_.journal->first());
    line.text("last", setup_.journal->last());
  } else {
    line.json("file", "null");
  }
  line.number("records", seq_ + 1);
  line.number("suppressed", suppressed_count_);
  line.truth("complete", receipt == Receipt::kComplete && !failed_);
  line.close('}');
  line.close('}');
}

void Recorder::write_end(const RunEnd& end, std::string_view receipt) {
  head(++seq_, now(), word(Kind::kRunEnd));
  line_.key("exit");
  line_.open('{');
  line_.members(end.exit);
  line_.close('}');
  line_.key("receipt");
  if (receipt.empty()) {
    print_receipt(line_, end, Receipt::kAbrupt);
  } else {
    line_.raw(receipt);
  }
  tail();
}

std::optional<std::string> Recorder::end(const RunEnd& end) {
  wall_base_ = now();
  mono_base_ = setup_.monotonic();
  const bool writes = is_written() && !failed_;
  if (writes) {
    begin_block();
    write_records(Receipt::kComplete);
    write_suppressed();
  } else {
    flush();
  }
  std::string receipt;
  std::array<char, 4096> room;
  Line line(room, &append_to, &receipt);
  print_receipt(line, end, Receipt::kComplete);
  line.drain();
  if (writes) {
    write_end(end, receipt);
    end_block(durability());
  }
  if (failed_) return std::nullopt;
  return receipt;
}

bool Recorder::end_abruptly(const RunEnd& end) noexcept {
  if (busy_ || failed_) return false;
  if (!is_written()) return true;
  begin_block();
  write_records(Receipt::kAbrupt);
  write_suppressed();
  write_end(end, {});
  end_block(durability());
  return !failed_;
}

bool Recorder::copy_receipt(const RunEnd& end, cap::AppendLog& to) const noexcept {
  struct Out {
    cap::AppendLog& to;
    bool good;
  } out{to, true};
  std::array<char, 4096> room;
  Line line(
      room,
      [](void* self, std::string_view text) noexcept {
        auto& here = *static_cast<Out*>(self);
        here.good = here.good && here.to.append(bytes_of(text)).has_value();
      },
      &out);
  print_receipt(line, end, Receipt::kAbrupt);
  line.raw("\n");
  line.drain();
  return out.good;
}

}  // namespace warrant::audit
