// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/wire.h"

#include <algorithm>

#include "warrant/cap/reason.h"
#include "warrant/codec/text.h"

namespace warrant::lib {
namespace {

constexpr std::size_t kMostOperations = 512;
constexpr std::size_t kMostOperation = 64;
constexpr std::size_t kMostPath = 8U << 10;
constexpr std::size_t kMostText = 4U << 10;
constexpr std::uint64_t kMostFrames = 128;

bool is_word(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMostOperation &&
         std::all_of(text.begin(), text.end(), [](char each) {
           return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
                  (each >= '0' && each <= '9') || each == '_' || each == '.' || each == '-' ||
                  each == ':';
         });
}

// What guest code comes to; all else of a record is its broker's to say.
bool is_of_a_guest(const audit::Event& event) noexcept {
  switch (event.kind) {
    case audit::Kind::kFs:
    case audit::Kind::kNet:
    case audit::Kind::kEnv:
    case audit::Kind::kClock:
    case audit::Kind::kEntropy:
    case audit::Kind::kConsole:
    case audit::Kind::kLimit:
    case audit::Kind::kImport:
    case audit::Kind::kTrap:
      return true;
    case audit::Kind::kFetch:
      return event.decision != audit::Decision::kAllow;
    case audit::Kind::kRunStart:
    case audit::Kind::kRunRefused:
    case audit::Kind::kProcess:
    case audit::Kind::kEmbedder:
    case audit::Kind::kSecret:
    case audit::Kind::kCache:
    case audit::Kind::kSuppressed:
    case audit::Kind::kBlock:
    case audit::Kind::kRunEnd:
      return false;
  }
  return false;
}

// What is put on record before it happens.
bool is_intended(const audit::Event& event) noexcept {
  return event.decision == audit::Decision::kAllow &&
         (event.kind == audit::Kind::kFs || event.kind == audit::Kind::kNet ||
          event.kind == audit::Kind::kConsole);
}

// Escaped already, or made so: a backslash of an escape stays one.
std::string one_line(std::string_view text) {
  const std::string_view cut = codec::cut_text(text, kMostText);
  std::string escaped = codec::escape_text(cut);
  std::string plain;
  for (const char each : cut) {
    if (each == '\\') plain += '\\';
    plain += each;
  }
  return escaped == plain ? std::string(cut) : std::move(escaped);
}

void write_time(WireWriter& to, Nanoseconds time) { to.u64(count(time)); }
Nanoseconds read_time(WireReader& from) { return Nanoseconds{from.u64()}; }

void write_exit(WireWriter& to, const host::Exit& exit) {
  to.u8(static_cast<std::uint8_t>(exit.kind));
  to.u32(exit.code);
  to.u8(exit.limit ? static_cast<std::uint8_t>(*exit.limit) + 1 : 0);
  to.u32(exit.signal);
  to.text(codec::cut_text(exit.message, kMostText));
  to.text(codec::cut_text(exit.hint, kMostText));
  to.u64(std::min<std::uint64_t>(exit.backtrace.size(), kMostFrames));
  for (std::size_t i = 0; i < std::min<std::size_t>(exit.backtrace.size(), kMostFrames); ++i) {
    const wasm::Frame& frame = exit.backtrace[i];
    to.text(codec::cut_text(frame.function, kMostText));
    to.u32(frame.index);
    to.u64(frame.offset);
  }
}

host::Exit read_exit(WireReader& from) {
  host::Exit exit;
  exit.kind = from.word(host::ExitKind::kBug);
  exit.code = from.u32();
  if (const std::uint8_t limit = from.u8(); limit > policy::kLimitCount) {
    from.fail();
  } else if (limit != 0) {
    exit.limit = static_cast<policy::LimitKey>(limit - 1);
  }
  exit.signal = from.u32();
  exit.message = one_line(from.text());
  exit.hint = one_line(from.text());
  const std::uint64_t frames = from.u64();
  if (frames > kMostFrames) from.fail();
  for (std::uint64_t i = 0; i < frames && from.good(); ++i) {
    wasm::Frame frame;
    frame.function = std::string(codec::cut_text(from.text(), kMostText));
    frame.index = from.u32();
    frame.offset = from.u64();
    exit.backtrace.push_back(std::move(frame));
  }
  return exit;
}

}  // namespace

std::uint64_t WireReader::get(std::size_t bytes) noexcept {
  if (left_.size() < bytes) good_ = false;
  if (!good_) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i-- > 0;) {
    value = value << 8U | static_cast<unsigned char>(left_[i]);
  }
  left_.remove_prefix(bytes);
  return value;
}

std::string_view WireReader::text() noexcept {
  const std::uint64_t size = u64();
  if (size > left_.size()) good_ = false;
  if (!good_) return {};
  const std::string_view text = left_.substr(0, size);
  left_.remove_prefix(size);
  return text;
}

void write_event(WireWriter& to, const audit::Event& event, Telling telling) {
  to.u8(static_cast<std::uint8_t>(telling));
  to.u8(static_cast<std::uint8_t>(event.kind));
  to.u8(static_cast<std::uint8_t>(event.decision));
  to.u16(static_cast<std::uint16_t>(event.reason));
  to.u32(static_cast<std::uint32_t>(event.grant));
  to.u16(event.error);
  to.u64(event.bytes);
  to.u64(event.limit);
  to.u64(event.bytes_in);
  to.text(event.operation);
  to.text(event.path.substr(0, kMostPath));
  to.text(event.second_path.substr(0, kMostPath));
}

std::optional<EventReader::Heard> EventReader::read(WireReader& from) {
  Heard heard;
  audit::Event& event = heard.event;
  heard.telling = from.word(Telling::kIntended);
  event.kind = from.word(audit::Kind::kBlock);
  event.decision = from.word(audit::Decision::kError);
  event.reason = static_cast<cap::Reason>(from.u16());
  event.grant = static_cast<cap::GrantIndex>(static_cast<std::int32_t>(from.u32()));
  event.error = from.u16();
  event.bytes = from.u64();
  event.limit = from.u64();
  event.bytes_in = from.u64();
  const std::string_view operation = from.text();
  event.path = from.text();
  event.second_path = from.text();
  if (!from.good() || !is_of_a_guest(event) || cap::word(event.reason) == "unknown") {
    return std::nullopt;
  }
  if (heard.telling == Telling::kIntended && !is_intended(event)) return std::nullopt;
  if (event.path.size() > kMostPath || event.second_path.size() > kMostPath) return std::nullopt;
  auto known = operations_.find(operation);
  if (known == operations_.end()) {
    if (!is_word(operation) || operations_.size() == kMostOperations) return std::nullopt;
    known = operations_.emplace(operation).first;
  }
  event.operation = *known;
  return heard;
}

void write_result(WireWriter& to, const host::RunResult& result) {
  write_exit(to, result.exit);
  to.u8(static_cast<std::uint8_t>(result.path_use));
  to.u8(result.path_of_none ? 1 : 0);
  to.text(codec::cut_text(result.path_of_none.value_or(""), kMostText));
  to.u64(result.output_dropped);
  to.u64(result.error_output_dropped);
  const host::Usage& usage = result.usage;
  for (const Nanoseconds each : {usage.wall, usage.cpu}) write_time(to, each);
  to.u64(usage.peak_memory);
  to.u8(usage.fuel ? 1 : 0);
  to.u64(usage.fuel.value_or(0));
  to.u64(usage.bytes_read);
  to.u64(usage.bytes_written);
  const host::Timings& times = result.timings;
  for (const Nanoseconds each :
       {times.engine, times.load, times.link, times.instantiate, times.run, times.until_guest}) {
    write_time(to, each);
  }
  to.u64(result.limits_hit.size());
  for (const policy::LimitKey each : result.limits_hit) to.u8(static_cast<std::uint8_t>(each));
}

std::optional<host::RunResult> read_result(WireReader& from) {
  host::RunResult result;
  result.exit = read_exit(from);
  result.path_use = from.word(host::PathUse::kNamed);
  const bool has_path = from.u8() != 0;
  const std::string_view path = codec::cut_text(from.text(), kMostText);
  if (has_path) result.path_of_none = std::string(path);
  result.output_dropped = from.u64();
  result.error_output_dropped = from.u64();
  host::Usage& usage = result.usage;
  for (Nanoseconds* each : {&usage.wall, &usage.cpu}) *each = read_time(from);
  usage.peak_memory = from.u64();
  const bool counted = from.u8() != 0;
  const std::uint64_t fuel = from.u64();
  if (counted) usage.fuel = fuel;
  usage.bytes_read = from.u64();
  usage.bytes_written = from.u64();
  host::Timings& times = result.timings;
  for (Nanoseconds* each : {&times.engine, &times.load, &times.link, &times.instantiate, &times.run,
                            &times.until_guest}) {
    *each = read_time(from);
  }
  const std::uint64_t hit = from.u64();
  if (hit > policy::kLimitCount) from.fail();
  for (std::uint64_t i = 0; i < hit && from.good(); ++i) {
    const std::uint8_t key = from.u8();
    if (key >= policy::kLimitCount) from.fail();
    if (from.good()) result.limits_hit.push_back(static_cast<policy::LimitKey>(key));
  }
  if (!from.whole()) return std::nullopt;
  return result;
}

}  // namespace warrant::lib
