// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/executor_talk.h"

#include <algorithm>

#include "warrant/lib/remote_output.h"
#include "warrant/netfetch/functions.h"
#include "warrant/wasi_p1/functions.h"

namespace warrant::lib {
namespace {

constexpr std::size_t kMostArguments = 16;
constexpr std::size_t kMostWithoutBody = 1U << 20;  // head and address of a request, events

}  // namespace

std::span<const wasm::HostFunction> traceable(std::uint8_t set) noexcept {
  return set == 0 ? wasi_p1::functions() : netfetch::functions();
}

std::size_t ExecutorTalk::most_message() const noexcept {
  const std::uint64_t body = std::min<std::uint64_t>(parts_.most_body, kMostWire);
  return std::min(kMostWire, kMostWithoutBody + static_cast<std::size_t>(body));
}

bool ExecutorTalk::take_events(WireReader from, WireWriter& to) {
  bool good = true;
  while (!from.is_empty()) {
    const auto heard = parts_.reader.read(from);
    if (!heard) return false;
    if (heard->telling == Telling::kIntended) {
      good = parts_.events.intend(heard->event) && good;
    } else {
      parts_.events.record(heard->event);
    }
  }
  parts_.recorder.hand_over();
  to.u8(good && !parts_.recorder.failed() ? 1 : 0);
  return true;
}

bool ExecutorTalk::take_trace(WireReader from) {
  const std::uint8_t set = from.u8();
  const std::uint16_t number = from.u16();
  std::array<std::uint64_t, kMostArguments> arguments{};
  const std::uint8_t count = from.u8();
  if (parts_.trace == nullptr || set >= kTraceSets || count > kMostArguments) return false;
  const auto functions = traceable(set);
  for (std::uint8_t i = 0; i < count; ++i) arguments[i] = from.u64();
  const bool answered = from.u8() != 0;
  const std::uint64_t value = from.u64();
  const auto result = from.word(wasm::HostResult::kEnd);
  if (!from.whole() || number >= functions.size() || count != functions[number].params.size()) {
    return false;
  }
  parts_.trace->called(functions[number], std::span(arguments).first(count),
                       answered ? &value : nullptr, result);
  return true;
}

ExecutorTalk::Heard ExecutorTalk::hear(std::uint32_t kind, std::string_view words, WireWriter& to) {
  const auto what = static_cast<Wire>(kind);
  WireReader from(words);
  if (words.size() > most_message()) return Heard::kNonsense;
  if (what == Wire::kEvents) return take_events(from, to) ? Heard::kAnswered : Heard::kNonsense;
  if (what == Wire::kTrace) return take_trace(from) ? Heard::kNoted : Heard::kNonsense;
  if (what == Wire::kOutput) {
    return answer_output(parts_.outputs, from, to) ? Heard::kAnswered : Heard::kNonsense;
  }
  if (what == Wire::kEnd) {
    is_line_open_ = from.u8() != 0;
    result_ = read_result(from);
    return result_ ? Heard::kEnded : Heard::kNonsense;
  }
  if (!FetchService::serves(what) || !fetch_.answer(what, from, to)) return Heard::kNonsense;
  return what == Wire::kFetchClose ? Heard::kNoted : Heard::kAnswered;
}

}  // namespace warrant::lib
