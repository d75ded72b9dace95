// SPDX-License-Identifier: Apache-2.0
// openagentic_netfetch.fetch_get: a frozen ABI, byte for byte. Spec: netfetch.md sections 1 to 5.
#include <algorithm>

#include "warrant/fetch/reasons.h"
#include "warrant/fetch/url.h"
#include "warrant/netfetch/call.h"

namespace warrant::netfetch {
namespace {

struct Parameters {
  std::uint32_t url;
  std::uint32_t url_length;
  std::uint32_t out;
  std::int32_t out_max;
  std::uint32_t n;
  std::uint32_t status;
  std::uint32_t cut;
};

Parameters take(const Call& call) noexcept {
  return {call.u32(0), call.u32(1), call.u32(2), static_cast<std::int32_t>(call.u32(3)),
          call.u32(4), call.u32(5), call.u32(6)};
}

bool place(Call& call, const Parameters& given) noexcept {
  if (!call.place("url_ptr", given.url, given.url_length)) return false;
  if (given.out_max > 0 && given.out > call.memory().size()) {
    return call.fault("out_ptr", given.out);
  }
  return call.place("out_n_ptr", given.n, 4) && call.place("out_status_ptr", given.status, 4) &&
         call.place("out_trunc_ptr", given.cut, 1);
}

// What this ABI tells of a failure: 76 where nothing covers the request, 28 for all else.
Errno errno_of(cap::Reason reason) {
  const std::string_view code = fetch::family(reason).code;
  const bool uncovered =
      code == "not_granted" || code == "unavailable" || code == "method_not_allowed";
  return uncovered ? Errno::kNotCapable : Errno::kInval;
}

struct Got {
  std::vector<std::byte>& body;
  std::uint16_t status = 0;
  bool cut = false;
};

// Empty: the attempt failed.
bool read_all(cap::FetchAttempt& attempt, Got& got) {
  for (;;) {
    switch (attempt.advance(cap::Blocking::kWait)) {
      case cap::FetchState::kPending:
        break;
      case cap::FetchState::kHead:
        got.status = attempt.head().status;
        break;
      case cap::FetchState::kBody: {
        got.status = attempt.head().status;
        const auto ready = attempt.ready();
        got.body.insert(got.body.end(), ready.begin(), ready.end());
        attempt.consume(ready.size());
        break;
      }
      case cap::FetchState::kEnd:
        got.status = attempt.head().status;
        got.cut = attempt.cut() != cap::FetchCut::kNo;
        return true;
      case cap::FetchState::kFailed:
        return false;
    }
  }
}

// Whether the next attempt would be refused whatever its URL is: revoked, or a budget is used up.
bool is_spent(const cap::Fetch& fetch) {
  const cap::FetchLeft left = fetch.left();
  return left.requests == 0 || left.denials == 0 || left.total == 0;
}

wasm::HostResult give(Call& call, const Parameters& given, std::uint64_t capacity, const Got& got) {
  const auto size = std::min<std::uint64_t>(got.body.size(), capacity);
  call.write(given.out, std::span(got.body).first(static_cast<std::size_t>(size)));
  call.put_u32(given.n, static_cast<std::uint32_t>(size));
  call.put_u32(given.status, got.status);
  const std::byte flag{got.cut ? std::uint8_t{1} : std::uint8_t{0}};
  call.write(given.cut, std::span(&flag, 1));
  return call.answer(Errno::kSuccess);
}

}  // namespace

wasm::HostResult fetch_get(Call& call) {
  if (!call.context().is_ready()) return call.answer(Errno::kBadF);
  const Granted& granted = call.context().granted();
  if (!granted.granted && !call.context().tells_refusal()) {
    return call.answer(call.not_granted_again());
  }
  const Parameters given = take(call);
  cap::FetchRequest request;
  request.door = cap::FetchDoor::kOpenagenticNetfetch;
  if (!granted.granted) {
    const bool readable = call.memory().contains(given.url, given.url_length);
    const std::string url =
        call.take(given.url, readable ? given.url_length : 0, fetch::kUrlMax + 1);
    if (granted.narrowed == nullptr) return call.answer(call.not_granted(url));
    request.url = url;
    return call.answer(errno_of(granted.narrowed->start(request)->failure().reason));
  }
  cap::Fetch* const fetch = granted.narrowed;
  // Rows 2 to 4 come before the pointers: such an attempt fails before its URL is looked at.
  if (is_spent(*fetch)) return call.answer(errno_of(fetch->start(request)->failure().reason));
  if (!place(call, given)) return wasm::HostResult::kEnd;
  const std::uint64_t size = call.memory().size();
  std::uint64_t capacity = 0;
  if (given.out_max > 0) {
    capacity = std::min<std::uint64_t>(static_cast<std::uint32_t>(given.out_max), size - given.out);
  }
  const std::string url = call.take(given.url, given.url_length, fetch::kUrlMax + 1);
  request.url = url;
  request.cut_at = capacity;
  const auto attempt = fetch->start(request);
  Got got{call.context().body()};
  got.body.clear();
  if (!read_all(*attempt, got)) return call.answer(errno_of(attempt->failure().reason));
  return give(call, given, capacity, got);
}

}  // namespace warrant::netfetch
