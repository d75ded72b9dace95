// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/remote_sink.h"

#include <algorithm>

#include "warrant/os/waiter.h"

namespace warrant::lib {
namespace {

constexpr std::size_t kFull = 48U << 10;
constexpr Nanoseconds kLongestWait{50'000'000};

}  // namespace

void RemoteSink::record(const audit::Event& event) {
  if (failed_ || event.kind == audit::Kind::kRunEnd) return;  // its broker knows of the end
  if (held_.is_empty()) oldest_ = os::host_monotonic();
  write_event(held_, event, Telling::kDone);
  waits_ = true;
  bool now = held_.size() >= kFull;
  if (event.decision == audit::Decision::kDeny) {
    const std::size_t bit = std::min<std::size_t>(static_cast<std::size_t>(event.reason), 511);
    now = now || flush_ != policy::Flush::kBuffered || !denied_.test(bit);
    denied_.set(bit);
  }
  if (now) return hand_over();
  tick();
}

bool RemoteSink::intend(const audit::Event& event) {
  if (failed_) return false;
  if (flush_ == policy::Flush::kBuffered && event.kind != audit::Kind::kNet) return true;
  if (held_.is_empty()) oldest_ = os::host_monotonic();
  write_event(held_, event, Telling::kIntended);
  hand_over();
  return !failed_;
}

void RemoteSink::tick_late() {
  const Nanoseconds waited = saturating_sub(os::host_monotonic_coarse(), oldest_);
  if (waited >= saturating_sub(kLongestWait, os::kCoarse)) hand_over();
}

void RemoteSink::hand_over() {
  if (held_.is_empty() || failed_) return;
  waits_ = false;
  const Status sent = channel_.send(static_cast<std::uint32_t>(Wire::kEvents), held_.view());
  held_.clear();
  if (sent) {
    const auto answer = receive();
    if (answer && answer->size() == 1 && answer->front() == 1) return;
  }
  failed_ = true;
  if (hook_ != nullptr) hook_(hook_self_, wasm::Interruption::kAuditFailed);
}

std::optional<std::vector<char>> RemoteSink::receive() {
  auto answer = channel_.receive(kMostWire);
  if (!answer) return std::nullopt;
  if (answer->kind == static_cast<std::uint32_t>(Wire::kAnswer)) return std::move(answer->bytes);
  if (answer->kind != static_cast<std::uint32_t>(Wire::kLastAnswer) || answer->bytes.empty()) {
    return std::nullopt;
  }
  const auto cause = static_cast<wasm::Interruption>(answer->bytes.front());
  answer->bytes.erase(answer->bytes.begin());
  if (hook_ != nullptr) hook_(hook_self_, cause);
  return std::move(answer->bytes);
}

}  // namespace warrant::lib
