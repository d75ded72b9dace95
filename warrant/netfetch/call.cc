// SPDX-License-Identifier: Apache-2.0
#include "warrant/netfetch/call.h"

#include <algorithm>

#include "warrant/fetch/reasons.h"
#include "warrant/fetch/url.h"

namespace warrant::netfetch {
namespace {

std::string_view word(cap::ExchangeFacts::Sent sent) {
  switch (sent) {
    case cap::ExchangeFacts::Sent::kNone:
      return "none";
    case cap::ExchangeFacts::Sent::kPartial:
      return "partial";
    case cap::ExchangeFacts::Sent::kFull:
      return "full";
  }
  return "none";
}

std::string failure_text(std::string_view code, std::string_view reason, std::string_view sent) {
  std::string text;
  for (const std::string_view part : {code, reason, sent}) {
    text += part;
    text += '\0';
  }
  return text;
}

// What a guest could compute from its printed warrant is told; what the network said is not, so
// that the inside cannot be mapped.
bool is_told(const cap::FetchFailure& failure) {
  if (failure.told != cap::FetchFailure::Told::kReason) return false;
  const std::string_view code = fetch::family(failure.reason).code;
  constexpr std::string_view kTold[] = {"not_granted",        "unavailable",     "url_rejected",
                                        "method_not_allowed", "header_rejected", "secret_rejected",
                                        "request_too_large",  "budget_exhausted"};
  // One code and one reason for both kinds of a bad reference.
  if (code == "secret_rejected") return false;
  return std::find(std::begin(kTold), std::end(kTold), code) != std::end(kTold);
}

template <typename T, std::size_t kSize>
std::array<std::byte, kSize> bytes_of(T value) noexcept {
  std::array<std::byte, kSize> bytes{};
  for (std::byte& each : bytes) {
    each = static_cast<std::byte>(value & 0xFFU);
    value = static_cast<T>(value >> 8U);
  }
  return bytes;
}

}  // namespace

std::array<std::byte, 4> little(std::uint32_t value) noexcept {
  return bytes_of<std::uint32_t, 4>(value);
}
std::array<std::byte, 8> little(std::uint64_t value) noexcept {
  return bytes_of<std::uint64_t, 8>(value);
}

bool Call::fault(std::string_view parameter, std::uint64_t address) noexcept {
  host_.exit.kind = wasm::ExitRecord::Kind::kAbiFault;
  host_.exit.function = self_.name;
  host_.exit.parameter = parameter;
  host_.exit.address = address;
  host_.exit.fault = wasm::TrapCode::kMemoryOutOfBounds;
  return false;
}

std::string Call::take(std::uint32_t address, std::uint32_t length, std::uint64_t most) {
  std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(length, most)), '\0');
  WARRANT_CHECK(host_.memory.read(address, std::as_writable_bytes(std::span(text))));
  return text;
}

std::vector<std::byte> Call::take_bytes(std::uint32_t address, std::uint32_t length,
                                        std::uint64_t most) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(std::min<std::uint64_t>(length, most)));
  WARRANT_CHECK(host_.memory.read(address, bytes));
  return bytes;
}

void Call::put_u32(std::uint32_t address, std::uint32_t value) noexcept {
  write(address, little(value));
}

Errno Call::fail(const cap::FetchFailure& failure) {
  const fetch::Family family = fetch::family(failure.reason);
  const std::string_view reason = is_told(failure) ? cap::word(failure.reason) : "";
  context_->set_failure(failure_text(family.code, reason, word(failure.sent)));
  return static_cast<Errno>(family.p1);
}

Errno Call::refuse(Errno number, std::string_view code) {
  context_->set_failure(failure_text(code, "", "none"));
  return number;
}

Errno Call::not_granted_again() {
  context_->record({.kind = audit::Kind::kFetch,
                    .decision = audit::Decision::kDeny,
                    .reason = cap::Reason::kNotGranted,
                    .operation = "fetch",
                    .error = static_cast<std::uint16_t>(Errno::kNotCapable)});
  return Errno::kNotCapable;
}

Errno Call::not_granted(std::string_view url) {
  const fetch::ParsedUrl parsed = fetch::parse_url(url, fetch::Schemes::kHttpsAndHttp);
  const std::string origin =
      parsed.reason == cap::Reason::kOk ? fetch::print_origin(parsed.url) : std::string();
  audit::Event event;
  event.kind = audit::Kind::kFetch;
  event.decision = audit::Decision::kDeny;
  event.reason = cap::Reason::kNotGranted;
  event.operation = self_.name;
  event.error = static_cast<std::uint16_t>(Errno::kNotCapable);
  event.path = origin;
  context_->record(event);
  context_->set_failure(failure_text("not_granted", "not_granted", "none"));
  return Errno::kNotCapable;
}

}  // namespace warrant::netfetch
