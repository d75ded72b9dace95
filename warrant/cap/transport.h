// SPDX-License-Identifier: Apache-2.0
#pragma once
// One HTTP request and its response over the network: mechanism, without any decision of its own.
//
// A transport takes only what fetch approved, connects only to the pinned endpoints, asks the guard
// before each socket and before each sending, hands over header lines and body bytes as they come,
// and follows, retries, stores and adds nothing. Connections are shared only between requests of
// one pool key. Start, then poll: no thread, nothing runs on after the Exchange is destroyed.
// One thread. Times are points of now(). Spec: egress.md sections 8, 13 to 17.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/base/result.h"
#include "warrant/base/time.h"
#include "warrant/cap/address.h"
#include "warrant/cap/body_digest.h"
#include "warrant/cap/file_types.h"
#include "warrant/cap/reason.h"
#include "warrant/cap/secrets.h"

namespace warrant::fetch {
class Approver;
}  // namespace warrant::fetch

namespace warrant::cap {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };
enum class Scheme : std::uint8_t { kHttps, kHttp };

// What is about to be connected to, or is connected. No address: neither IPv4 nor IPv6.
struct SocketTarget {
  std::optional<IpAddress> address;
  std::uint32_t scope_id = 0;
  std::uint16_t port = 0;
};

struct OutgoingHeader {
  std::string name;  // as sent
  SecretText value;  // wiped when it goes; an empty one is sent as an empty header
};

// A request as it is sent, to the byte: nothing is added but Host and Content-Length.
struct HopRequest {
  Method method = Method::kGet;
  Scheme scheme = Scheme::kHttps;
  std::string url;        // normal form, sent as it stands
  std::string_view host;  // of the URL; IPv6 in brackets; lives as long as the Exchange
  std::uint16_t port = 443;
  std::vector<VettedEndpoint> pinned;  // tried in this order, no other
  std::vector<OutgoingHeader> headers;
  // Sent after them: the same for many requests, no guest and no secret has a part in them. Lives
  // as long as the Exchange.
  std::span<const OutgoingHeader> common = {};
  std::span<const std::byte> body = {};  // lives as long as the Exchange
  enum class Decompress : std::uint8_t { kOff, kGzip } decompress = Decompress::kOff;
  // Both live as long as the Exchange.
  std::string_view ca;        // more certificates: an operator's PEM file; empty: none
  std::string_view pool_key;  // what may share connections, opaque
  enum class Connection : std::uint8_t { kMayReuse, kFresh } connection = Connection::kMayReuse;
  std::uint64_t body_cap = 0;  // of the response, decoded: an early refusal is allowed
  // Backstops; the caller keeps its own time and destroys the Exchange.
  Nanoseconds connect{0};
  Nanoseconds total{0};
};

// Passed every rule. Only fetch makes one.
template <typename T>
class Approved {
 public:
  class Key {
    friend class fetch::Approver;
    Key() noexcept = default;
  };
  Approved(Key, T value) : value_(std::move(value)) {}
  const T& operator*() const noexcept { return value_; }
  const T* operator->() const noexcept { return &value_; }

 private:
  T value_;
};

enum class Verdict : std::uint8_t { kGo, kStop };
enum class Flow : std::uint8_t { kGo, kPause, kStop };  // kPause: taken, but no more for now
enum class Reused : std::uint8_t { kNo, kYes };

// Asked and told by the transport while it is polled. After kStop it closes the connection and ends
// with TransportFault::kStopped, whatever its library makes of it.
class HopGuard {
 public:
  // Before each socket is made: what the library is going to connect to.
  virtual Verdict may_connect(const SocketTarget& target) = 0;
  // Connected (and TLS done), nothing of the request sent yet; also on a pooled connection, and
  // again before each attempt to send the request once more.
  virtual Verdict may_send(const SocketTarget& peer, Reused reused) = 0;
  // Each line of the response's heads and trailers with its line end, status lines included, as
  // the server sent it (HTTP/2: as the library spells it), folded lines not joined.
  virtual Verdict header_line(std::string_view line) = 0;
  // Decoded bytes; `wire` counts the body's bytes before decoding.
  virtual Flow body(std::span<const std::byte> bytes, std::uint64_t wire) = 0;

 protected:
  ~HopGuard() = default;
};

enum class TransportFault : std::uint8_t {
  kNone,
  kStopped,        // by the guard
  kConnectFailed,  // no pinned endpoint answered
  kTls,            // certificate, name, validity, version, no CA source
  kProtocol,       // no HTTP, h2 error, reset or closed before a whole head
  kTruncated,      // closed before the end of the body
  kEncoding,       // the body does not decode
  kBodyLimit,      // declared longer than body_cap
  kHeaderLimit,    // one header line, or trailer, longer than the library keeps
  kTimeout,        // a backstop
  kUnavailable,    // a library is missing or too old
};

struct ExchangeFacts {
  TransportFault fault = TransportFault::kNone;
  bool complete = false;  // the whole response is here, or fault says why not
  enum class Sent : std::uint8_t { kNone, kPartial, kFull } sent = Sent::kNone;
  std::uint64_t wire_out = 0;  // bytes of the request, head and body
  std::uint64_t wire_in = 0;   // bytes of the response
  std::uint64_t body_out = 0;  // of them the request's body
  std::optional<Endpoint> peer = {};
  Reused reused = Reused::kNo;
  std::string_view tls = {};   // static text: "1.2", "1.3"
  std::string_view alpn = {};  // static text: "http/1.1", "h2"
  Nanoseconds connect{0};      // spans: TCP, TLS, first byte; 0: not or not yet
  Nanoseconds tls_time{0};
  Nanoseconds first{0};
};

enum class Polled : std::uint8_t {
  kMoved,     // something happened; look at facts() and at what the guard was told
  kTimeUp,    // `until` came
  kCanceled,  // the run is being ended
};

class Exchange {
 public:
  virtual ~Exchange() = default;  // unfinished: its connection is closed, not pooled
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Moves what can be moved, for every exchange of this transport; with kWait sleeps until
  // something moved, `until`, or the end of the run. A complete exchange answers kMoved at once.
  virtual Polled poll(Blocking blocking, Nanoseconds until) = 0;
  virtual void resume() = 0;  // after Flow::kPause
  virtual const ExchangeFacts& facts() const noexcept = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Loads what is loaded late, once. kNotSupported with kTransportUnavailable: never.
  virtual Status prepare() = 0;
  virtual Nanoseconds now() const noexcept = 0;  // monotonic
  // Addresses of local interfaces, at most one second old.
  virtual std::span<const IpAddress> own_addresses() = 0;
  // The guard outlives the exchange. Never blocks.
  virtual Result<std::unique_ptr<Exchange>> start(const Approved<HopRequest>& request,
                                                  HopGuard& guard) = 0;
  // A digest that is faster than codec's, once prepared; nullptr: there is none.
  virtual std::unique_ptr<BodyDigest> start_digest(std::span<const std::byte, 32>) {
    return nullptr;
  }
  // Closes idle connections of this key; what is in use is closed when it ends.
  virtual void close_pool(std::string_view pool_key) = 0;
};

}  // namespace warrant::cap
