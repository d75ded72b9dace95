// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/streams.h"

#include "warrant/engine/engine.h"
#include "warrant/host/terminal_output.h"
#include "warrant/os/console.h"

namespace warrant::lib {

using policy::LimitKey;

std::uint64_t Console::dropped(LimitKey key) const noexcept {
  for (const Slot& slot : outputs_) {
    if (slot.key != key) continue;
    if (slot.kept != nullptr) return slot.kept->dropped();
    if (slot.capped != nullptr) return slot.capped->dropped();
  }
  return 0;
}

std::string Console::take_output(LimitKey key) {
  for (const Slot& slot : outputs_) {
    if (slot.key == key && slot.kept != nullptr) return slot.kept->take_bytes();
  }
  return {};
}

void Console::finish() {
  for (const Slot& slot : outputs_) {
    if (slot.scrubbed != nullptr) slot.scrubbed->finish();
  }
}

bool Console::is_scrubbed(LimitKey key) const noexcept {
  return std::any_of(outputs_.begin(), outputs_.end(), [key](const Slot& slot) {
    return slot.key == key && slot.scrubbed != nullptr;
  });
}

// Only where the grant writes the limit.
cap::Stream* Streams::capped(cap::Stream* stream, Console::Slot& slot) {
  if (!limits_.is_written(slot.key)) return stream;
  auto made = std::make_unique<host::CappedOutput>(*stream, limits_.get(slot.key), excess_);
  slot.capped = made.get();
  return own(std::move(made));
}

Streams::Streams(os::Ambient ambient, const os::Waiter& waiter, BufferAccess& access,
                 const policy::Warrant& warrant)
    : ambient_(ambient),
      waiter_(waiter),
      access_(access),
      limits_(warrant.limits()),
      excess_(warrant.terms().console.excess == policy::Excess::kFail ? host::Excess::kFail
                                                                      : host::Excess::kDrop) {}

cap::Stream* Streams::scrubbed(cap::Stream* stream, Console::Slot& slot) {
  if (secrets_ == nullptr) return stream;
  auto made = std::make_unique<host::ScrubbedOutput>(*stream, access_, *secrets_);
  slot.scrubbed = made.get();
  return own(std::move(made));
}

cap::Stream* Streams::own(std::unique_ptr<cap::Stream> stream) {
  console_.streams_.push_back(std::move(stream));
  return console_.streams_.back().get();
}

std::unique_ptr<cap::Stream> Streams::inherited(int number) {
  auto opened = os::open_console(ambient_, os::BorrowedFd(number),
                                 number == 0 ? os::ConsoleSide::kInput : os::ConsoleSide::kOutput,
                                 {.waiter = &waiter_,
                                  .locate = &engine::locate,
                                  .max_transfer = limits_.get(LimitKey::kVectorBytes)});
  return opened ? *std::move(opened) : nullptr;
}

cap::Stream* Streams::input(const Launch& launch) {
  if (!launch.inherit_input) {
    return own(std::make_unique<host::GivenInput>(launch.input, access_));
  }
  auto stream = inherited(0);
  return stream == nullptr ? nullptr : own(std::move(stream));
}

cap::Stream* Streams::output(Output& wanted, int number, LimitKey key) {
  Console::Slot slot{.key = key};
  const std::uint64_t cap = limits_.get(key);
  cap::Stream* stream = elsewhere_[static_cast<std::size_t>(number - 1)];
  if (stream != nullptr) {
    stream = capped(stream, slot);
  } else if (wanted.to == Output::To::kInherited) {
    auto passed = inherited(number);
    if (passed == nullptr) return nullptr;
    stream = own(std::move(passed));
    if (wanted.escape_controls) {
      stream = own(std::make_unique<host::TerminalOutput>(*stream, access_));
    }
    stream = capped(scrubbed(stream, slot), slot);
  } else {
    host::OutputCallback callback;
    if (wanted.to == Output::To::kCallback) callback = wanted.callback;
    if (wanted.to == Output::To::kDiscarded) callback = [](std::span<const std::byte>) {};
    auto kept = callback
                    ? std::make_unique<host::KeptOutput>(cap, excess_, access_, std::move(callback))
                    : std::make_unique<host::KeptOutput>(cap, excess_, access_);
    slot.kept = kept.get();
    stream = scrubbed(own(std::move(kept)), slot);
  }
  console_.outputs_.push_back(slot);
  return stream;
}

}  // namespace warrant::lib
