// SPDX-License-Identifier: Apache-2.0
// warrant_fetch: requests with methods, headers and bodies, by handle. Spec: netfetch.md section 9.
#include <algorithm>

#include "warrant/fetch/url.h"
#include "warrant/netfetch/call.h"
#include "warrant/netfetch/head_block.h"

namespace warrant::netfetch {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kRedirectsReturned = 1;
constexpr std::string_view kMethods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                         "PATCH", "DELETE", "OPTIONS"};
constexpr std::uint32_t kLastBodiless = 1;  // GET and HEAD
constexpr std::uint64_t kUnknownLength = ~std::uint64_t{0};

struct Parameters {
  std::uint32_t method;
  std::uint32_t url;
  std::uint32_t url_length;
  std::uint32_t head;
  std::uint32_t head_length;
  std::uint32_t body;
  std::uint32_t body_length;
  std::uint32_t timeout;
  std::uint32_t flags;
  std::uint32_t handle;
};

Parameters take(const Call& call) noexcept {
  return {call.u32(0), call.u32(1), call.u32(2), call.u32(3), call.u32(4),
          call.u32(5), call.u32(6), call.u32(7), call.u32(8), call.u32(9)};
}

bool place(Call& call, const Parameters& given) noexcept {
  return call.place("url_ptr", given.url, given.url_length) &&
         call.place("head_ptr", given.head, given.head_length) &&
         call.place("body_ptr", given.body, given.body_length) &&
         call.place("handle_out", given.handle, 4);
}

bool is_well_formed(const Parameters& given) {
  if (given.method >= std::size(kMethods)) return false;
  if ((given.flags & ~kRedirectsReturned) != 0) return false;
  return given.body_length == 0 || given.method > kLastBodiless;
}

// Until the response's head is complete.
cap::FetchState await_head(cap::FetchAttempt& attempt) {
  cap::FetchState state = cap::FetchState::kPending;
  while (state == cap::FetchState::kPending) state = attempt.advance(cap::Blocking::kWait);
  return state;
}

std::vector<std::byte> record_of(const Open& open) {
  std::vector<std::byte> record;
  const auto put = [&](auto value) {
    const auto bytes = little(value);
    record.insert(record.end(), bytes.begin(), bytes.end());
  };
  const cap::ResponseHead& head = open.response;
  constexpr std::uint32_t kSize = 32;
  const std::uint32_t flags = (head.body_length ? 1U : 0U) | (head.hops > 0 ? 2U : 0U);
  put(kSize);
  put(std::uint32_t{head.status});
  put(flags);
  put(static_cast<std::uint32_t>(open.head.size()));
  put(head.body_length.value_or(kUnknownLength));
  put(head.hops);
  put(std::uint32_t{0});
  return record;
}

wasm::HostResult bad_handle(Call& call) {
  return call.answer(call.refuse(Errno::kBadF, "no_such_handle"));
}

// As much of `from` as fits, then how much that was.
wasm::HostResult copy_out(Call& call, std::uint32_t to, std::uint32_t room, std::uint32_t n,
                          std::span<const std::byte> from) {
  const auto part = from.first(std::min<std::size_t>(from.size(), room));
  call.write(to, part);
  call.put_u32(n, static_cast<std::uint32_t>(part.size()));
  return call.answer(Errno::kSuccess);
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// After a cancel every read fails so, also where all had come.
Errno failed(Call& call, const Open& open) {
  cap::FetchFailure failure = open.attempt->failure();
  if (open.cancelled && open.attempt->advance(cap::Blocking::kNever) == cap::FetchState::kEnd) {
    failure.sent = cap::ExchangeFacts::Sent::kFull;
  }
  if (open.cancelled) failure.reason = cap::Reason::kCancelled;
  return call.fail(failure);
}

}  // namespace

wasm::HostResult version(Call& call) { return call.answer(Errno{kVersion}); }

wasm::HostResult request(Call& call) {
  if (!call.context().is_ready()) return call.answer(Errno::kBadF);
  const Parameters given = take(call);
  if (!place(call, given)) return wasm::HostResult::kEnd;
  const std::string url = call.take(given.url, given.url_length, fetch::kUrlMax + 1);
  cap::Fetch* const fetch = call.context().fetch();
  if (fetch == nullptr) return call.answer(call.not_granted(url));
  const std::string block = call.take(given.head, given.head_length, kBlockMax);
  const auto headers =
      parse_head_block(block, given.head_length > kBlockMax ? BlockEnd::kCut : BlockEnd::kWhole);
  if (!is_well_formed(given) || !headers) {
    return call.answer(call.refuse(Errno::kInval, "invalid"));
  }
  if (call.context().is_full()) {
    return call.answer(call.refuse(Errno::kMFile, "too_many_handles"));
  }
  Open open;
  open.body = call.take_bytes(given.body, given.body_length, fetch->left().request_body + 1);
  cap::FetchRequest asked;
  asked.door = cap::FetchDoor::kWarrantFetch;
  asked.method = kMethods[given.method];
  asked.url = url;
  asked.headers = *headers;
  asked.body = open.body;
  if (given.timeout > 0) asked.timeout = Nanoseconds{std::uint64_t{given.timeout} * 1'000'000};
  if (given.flags == kRedirectsReturned) asked.redirects = cap::FetchRequest::Redirects::kReturned;
  open.attempt = fetch->start(asked);
  if (await_head(*open.attempt) == cap::FetchState::kFailed) {
    return call.answer(call.fail(open.attempt->failure()));
  }
  open.response = open.attempt->head();
  open.head = print_head_block(open.response.headers);
  call.put_u32(given.handle, call.context().add(std::move(open)));
  return call.answer(Errno::kSuccess);
}

wasm::HostResult response(Call& call) {
  if (!call.context().is_ready()) return call.answer(Errno::kBadF);
  constexpr std::uint32_t kRecord = 32;
  const std::uint32_t size = std::min(call.u32(2), kRecord);
  if (!call.place("out_ptr", call.u32(1), size)) return wasm::HostResult::kEnd;
  const Open* const open = call.context().find(call.u32(0));
  if (open == nullptr) return bad_handle(call);
  const std::vector<std::byte> record = record_of(*open);
  call.write(call.u32(1), std::span(record).first(size));
  return call.answer(Errno::kSuccess);
}

wasm::HostResult head_read(Call& call) {
  if (!call.context().is_ready()) return call.answer(Errno::kBadF);
  if (!call.place("ptr", call.u32(2), call.u32(3))) return wasm::HostResult::kEnd;
  if (!call.place("n_out", call.u32(4), 4)) return wasm::HostResult::kEnd;
  const Open* const open = call.context().find(call.u32(0));
  if (open == nullptr) return bad_handle(call);
  const auto head = bytes_of(open->head);
  const auto rest = head.subspan(std::min<std::size_t>(call.u32(1), head.size()));
  return copy_out(call, call.u32(2), call.u32(3), call.u32(4), rest);
}

wasm::HostResult body_read(Call& call) {
  if (!call.context().is_ready()) return call.answer(Errno::kBadF);
  if (!call.place("ptr", call.u32(1), call.u32(2))) return wasm::HostResult::kEnd;
  if (!call.place("n_out", call.u32(3), 4)) return wasm::HostResult::kEnd;
  Open* const open = call.context().find(call.u32(0));
  if (open == nullptr) return bad_handle(call);
  if (open->cancelled) return call.answer(failed(call, *open));
  const bool wants = call.u32(2) > 0;
  for (;;) {
    const auto ready = open->attempt->ready();
    if (!ready.empty() || !wants) {
      const auto size = std::min<std::size_t>(ready.size(), call.u32(2));
      const auto result = copy_out(call, call.u32(1), call.u32(2), call.u32(3), ready);
      open->attempt->consume(size);
      return result;
    }
    const cap::FetchState state = open->attempt->advance(cap::Blocking::kWait);
    if (state == cap::FetchState::kEnd) {
      return copy_out(call, call.u32(1), call.u32(2), call.u32(3), {});
    }
    if (state == cap::FetchState::kFailed) return call.answer(failed(call, *open));
  }
}

wasm::HostResult body_ready(Call& call) {
  if (!call.context().is_ready()) return call.answer(Errno::kBadF);
  if (!call.place("n_out", call.u32(1), 4)) return wasm::HostResult::kEnd;
  Open* const open = call.context().find(call.u32(0));
  if (open == nullptr) return bad_handle(call);
  if (open->cancelled) return call.answer(failed(call, *open));
  if (open->attempt->ready().empty() &&
      open->attempt->advance(cap::Blocking::kNever) == cap::FetchState::kFailed) {
    return call.answer(failed(call, *open));
  }
  call.put_u32(call.u32(1), static_cast<std::uint32_t>(open->attempt->ready().size()));
  return call.answer(Errno::kSuccess);
}

wasm::HostResult error_read(Call& call) {
  if (!call.context().is_ready()) return call.answer(Errno::kBadF);
  if (!call.place("ptr", call.u32(0), call.u32(1))) return wasm::HostResult::kEnd;
  if (!call.place("n_out", call.u32(2), 4)) return wasm::HostResult::kEnd;
  return copy_out(call, call.u32(0), call.u32(1), call.u32(2), bytes_of(call.context().failure()));
}

wasm::HostResult cancel(Call& call) {
  if (!call.context().is_ready()) return call.answer(Errno::kBadF);
  Open* const open = call.context().find(call.u32(0));
  if (open == nullptr) return bad_handle(call);
  open->attempt->cancel();
  open->cancelled = true;
  return call.answer(Errno::kSuccess);
}

wasm::HostResult close(Call& call) {
  if (!call.context().is_ready()) return call.answer(Errno::kBadF);
  if (!call.context().close(call.u32(0))) return bad_handle(call);
  return call.answer(Errno::kSuccess);
}

wasm::HostResult bounds(Call& call) {
  if (!call.context().is_ready()) return call.answer(Errno::kBadF);
  constexpr std::uint32_t kSize = 40;
  const std::uint32_t size = std::min(call.u32(1), kSize);
  if (!call.place("out_ptr", call.u32(0), size)) return wasm::HostResult::kEnd;
  if (call.context().fetch() == nullptr) return call.answer(call.not_granted(""));
  const cap::FetchLeft left = call.context().fetch()->left();
  std::vector<std::byte> record;
  for (const std::uint64_t each : {left.requests, left.total, left.response, left.request_body,
                                   count(left.timeout) / 1'000'000}) {
    const auto bytes = little(each);
    record.insert(record.end(), bytes.begin(), bytes.end());
  }
  call.write(call.u32(0), std::span(record).first(size));
  return call.answer(Errno::kSuccess);
}

}  // namespace warrant::netfetch
