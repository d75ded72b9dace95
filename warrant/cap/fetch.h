// SPDX-License-Identifier: Apache-2.0
#pragma once
// HTTPS as a capability: what a guest's door asks for, and what comes back.
//
// Every attempt is judged, bounded and audited before its result is released, whatever the door;
// the guest names secrets and never sees them. Attempts of one run share one budget with all that
// was narrowed from it. Bodies are refused when they are too long, or cut for a door that says so.
// Started, then advanced by the owner of the instance; a destroyed attempt closes its connection.
// Does not promise that a request that failed was not carried out: see Sent. One thread.
// Spec: egress.md, netfetch.md section 7.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/time.h"
#include "warrant/cap/file_types.h"
#include "warrant/cap/reason.h"
#include "warrant/cap/transport.h"

namespace warrant::cap {

enum class FetchDoor : std::uint8_t {
  kOpenagenticNetfetch,
  kWarrantFetch,
  kYoiHttps,
  kWasiHttp,
  kHost,  // a program that embeds us
};

// egress.md section 14. A number of 0 is a value: none.
struct FetchBounds {
  std::uint32_t requests = 16;
  std::uint32_t parallel = 4;
  std::uint32_t denials = 64;
  std::uint32_t names = 8;
  std::uint64_t request_body = 1U << 20;
  std::uint64_t response = 8U << 20;
  std::uint64_t total = 32U << 20;
  std::uint64_t delivered = UINT64_MAX;  // body bytes handed over, all attempts together
  Nanoseconds dns{5'000'000'000};
  Nanoseconds connect{10'000'000'000};
  Nanoseconds first_byte{15'000'000'000};
  Nanoseconds timeout{30'000'000'000};
  friend bool operator==(const FetchBounds&, const FetchBounds&) = default;
};

struct GuestHeader {
  std::string_view name;
  std::string_view value;  // kReference: the name of a secret
  enum class Kind : std::uint8_t { kLiteral, kReference } kind = Kind::kLiteral;
};

// Views live until start() returns, the body until the attempt is gone.
struct FetchRequest {
  std::string_view method = "GET";  // as the guest wrote it
  std::string_view url;
  std::span<const GuestHeader> headers = {};
  std::span<const std::byte> body = {};
  std::optional<Nanoseconds> timeout = {};  // only shorter than the bound
  enum class Redirects : std::uint8_t { kByGrant, kReturned } redirects = Redirects::kByGrant;
  // For a door that hands over a cut body with a flag: at how many bytes. None: refused.
  std::optional<std::uint64_t> cut_at = {};
  FetchDoor door = FetchDoor::kHost;
};

struct FetchFailure {
  Reason reason = Reason::kNone;
  ExchangeFacts::Sent sent = ExchangeFacts::Sent::kNone;
  // Whether the guest may be told the reason: it could compute it from its own warrant.
  enum class Told : std::uint8_t { kCodeOnly, kReason } told = Told::kCodeOnly;
};

struct ResponseHeader {
  std::string name;  // lower case
  std::string value;
};

struct ResponseHead {
  std::uint16_t status = 0;
  std::vector<ResponseHeader> headers;  // in wire order, without those of egress.md section 13
  std::optional<std::uint64_t> body_length = {};
  std::uint32_t hops = 0;  // redirects followed
};

enum class FetchCut : std::uint8_t { kNo, kResponse, kTotal, kBuffer };

enum class FetchState : std::uint8_t {
  kPending,  // no head yet
  kHead,     // head() is there, no body bytes at hand
  kBody,     // ready() is not empty
  kEnd,      // the body was complete (or cut, see cut()) and all of it was consumed
  kFailed,   // failure() says why
};

class FetchAttempt {
 public:
  virtual ~FetchAttempt() = default;
  FetchAttempt() = default;
  FetchAttempt(const FetchAttempt&) = delete;
  FetchAttempt& operator=(const FetchAttempt&) = delete;

  // kWait: until the head is there; then, each time, until bytes are ready, the end or a failure.
  virtual FetchState advance(Blocking blocking) = 0;
  virtual const ResponseHead& head() const noexcept = 0;          // from kHead on
  virtual std::span<const std::byte> ready() const noexcept = 0;  // until consumed or advanced
  virtual void consume(std::size_t bytes) = 0;                    // at most ready().size()
  virtual FetchFailure failure() const noexcept = 0;              // with kFailed
  virtual FetchCut cut() const noexcept = 0;
  virtual void cancel() = 0;  // closes; the state is kFailed with kCancelled, unless it was kEnd
};

// What is left and in force, for doors that tell. Nothing is left once it was revoked.
struct FetchLeft {
  std::uint64_t requests = 0;
  std::uint64_t total = 0;
  std::uint64_t response = 0;
  std::uint64_t request_body = 0;
  Nanoseconds timeout{0};
  std::uint64_t denials = 0;
};

class Fetch {
 public:
  virtual ~Fetch() = default;
  // Never nullptr; an attempt that was refused is kFailed at once, and nothing was sent.
  virtual std::unique_ptr<FetchAttempt> start(const FetchRequest& request) = 0;
  virtual FetchLeft left() const noexcept = 0;
  // The same grants within these bounds too: a second budget inside this one. Nothing widens.
  virtual std::unique_ptr<Fetch> narrow(const FetchBounds& bounds) = 0;
  virtual void revoke() = 0;  // further starts are kNotGranted, its pool is closed
};

}  // namespace warrant::cap
