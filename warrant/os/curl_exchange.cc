// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/curl_exchange.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "warrant/os/curl_transport.h"
#include "warrant/os/socket_address.h"

namespace warrant::os {
namespace {

using cap::TransportFault;
using cap::Verdict;

constexpr std::uint64_t kSmallBody = 65'536;  // libcurl sends a shorter one along with the head
constexpr std::string_view kBadChunk = " in chunked-encoding";
// How libcurl says that a trailer, or a header line, is longer than it keeps.
constexpr std::string_view kLongTrailer = "Out of memory in chunked-encoding";
constexpr std::string_view kCoding = "content-encoding";
constexpr int kTooLarge = 100;  // CURLE_TOO_LARGE, which older headers do not have
constexpr std::size_t kHeldLimit = 32U << 20;

std::string_view name_of(cap::Method method) {
  switch (method) {
    case cap::Method::kGet:
      return "GET";
    case cap::Method::kHead:
      return "HEAD";
    case cap::Method::kPost:
      return "POST";
    case cap::Method::kPut:
      return "PUT";
    case cap::Method::kPatch:
      return "PATCH";
    case cap::Method::kDelete:
      return "DELETE";
    case cap::Method::kOptions:
      return "OPTIONS";
  }
  return "GET";
}

bool equals(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [&](char x, char y) { return lower(x) == lower(y); });
}

std::optional<cap::IpAddress> parse(const char* text) {
  in_addr v4{};
  if (::inet_pton(AF_INET, text, &v4) == 1) {
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4, bytes.size());
    return cap::IpAddress::v4(bytes);
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, text, &v6) == 1) {
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6, bytes.size());
    return cap::IpAddress::v6(bytes);
  }
  return std::nullopt;
}

cap::SocketTarget target_of(const curl_sockaddr& address) {
  sockaddr_storage storage{};
  std::memcpy(&storage, &address.addr, std::min<std::size_t>(address.addrlen, sizeof storage));
  cap::SocketTarget target;
  if (const auto endpoint = endpoint_of(storage)) {
    target.address = endpoint->address;
    target.port = endpoint->port;
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &storage, sizeof v6);
    target.scope_id = v6.sin6_scope_id;
  }
  return target;
}

// How many layers of gzip a Content-Encoding names; `identity` is none.
unsigned gzip_layers(std::string_view value) {
  unsigned layers = 0;
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    std::string_view token = value.substr(0, comma);
    value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    while (!token.empty() && (token.front() == ' ' || token.front() == '\t'))
      token.remove_prefix(1);
    while (!token.empty() && token.find_last_of(" \t\r\n") == token.size() - 1)
      token.remove_suffix(1);
    if (equals(token, "gzip") || equals(token, "x-gzip")) ++layers;
  }
  return layers;
}

}  // namespace

CurlExchange::CurlExchange(CurlTransport& transport, CurlPool& pool, const cap::HopRequest& request,
                           cap::HopGuard& guard)
    : transport_(transport),
      curl_(transport.curl()),
      pool_(pool),
      guard_(guard),
      set_for_(request.method == cap::Method::kGet && request.body.empty()
                   ? CurlPool::Set::kGet
                   : CurlPool::Set::kNothing),
      taken_(pool.take_easy(set_for_)),
      easy_(taken_.handle),
      headers_(taken_.headers, curl_.slist_free_all),
      resolve_(nullptr, curl_.slist_free_all),
      body_size_(request.body.size()),
      decompress_(request.decompress),
      secure_(request.scheme == cap::Scheme::kHttps) {}

CurlExchange::~CurlExchange() {
  if (easy_ == nullptr) return;
  if (awaited_) pool_.short_wait().gave_up();
  const char* const nothing = nullptr;
  set(CURLOPT_ERRORBUFFER, nothing);
  curl_slist* const none = nullptr;
  if (resolve_) set(CURLOPT_RESOLVE, none);
  pool_.leave(*this);
  if (!added_) curl_.easy_cleanup(easy_);
  const bool keeps = added_ && common_ && set_for_ != CurlPool::Set::kNothing;
  if (added_) pool_.remove({easy_, set_for_, keeps ? headers_.release() : nullptr});
  // The list holds what a secret was put into.
  for (curl_slist* each = headers_.get(); each != nullptr; each = each->next) {
    volatile char* bytes = each->data;
    for (std::size_t i = 0, size = std::strlen(each->data); i < size; ++i) bytes[i] = 0;
  }
}

bool CurlExchange::begin(const cap::HopRequest& request) {
  if (easy_ == nullptr) return false;
  // On a handle that served a GET of this pool only what differs is set again.
  const bool fixed = taken_.set == CurlPool::Set::kGet ||
                     (set_fixed() && set_method(request) && set_tls(request) &&
                      set_nothing_ambient() && set_callbacks());
  const bool ready =
      fixed && set_place(request) && set_headers(request) && set_own() && set_bounds(request);
  if (!ready) return false;
  added_ = true;
  return pool_.enter(*this);
}

bool CurlExchange::append(Headers& list, const cap::OutgoingHeader& header) {
  const std::string_view value = header.value.text();
  std::string line = header.name;
  line += value.empty() ? ";" : ": ";
  line += value;
  const bool appended = append(list, line);
  cap::wipe(line);
  return appended;
}

bool CurlExchange::append(Headers& list, const std::string& line) {
  curl_slist* const longer = curl_.slist_append(list.get(), line.c_str());
  if (longer == nullptr) return false;
  list.release();  // NOLINT(bugprone-unused-return-value): it is a part of `longer`
  list.reset(longer);
  return true;
}

bool CurlExchange::set_place(const cap::HopRequest& request) {
  pins_ = {std::string(request.host), request.port, request.pinned};
  return set(CURLOPT_URL, request.url.c_str());
}

bool CurlExchange::pin() {
  // An IPv6 literal is its own address, and libcurl knows no pin for one.
  if (pins_.host.starts_with('[') || pins_ == pool_.pins()) return true;
  pin_change_ = pool_.change_pins();
  return append(resolve_, pins_.text()) && set(CURLOPT_RESOLVE, resolve_.get());
}

bool CurlExchange::set_fixed() {
  const char* const protocol = secure_ ? "https" : "http";
  return set(CURLOPT_PROTOCOLS_STR, protocol) && set(CURLOPT_REDIR_PROTOCOLS_STR, protocol) &&
         set(CURLOPT_PATH_AS_IS, 1L) && set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) &&
         set(CURLOPT_DNS_CACHE_TIMEOUT, 0L) && set(CURLOPT_FOLLOWLOCATION, 0L) &&
         set(CURLOPT_MAXREDIRS, 0L) && set(CURLOPT_UNRESTRICTED_AUTH, 0L);
}

bool CurlExchange::set_method(const cap::HopRequest& request) {
  const std::string name(name_of(request.method));
  if (request.method == cap::Method::kHead) {
    const char* const none = nullptr;
    return set(CURLOPT_NOBODY, 1L) && set(CURLOPT_CUSTOMREQUEST, none);
  }
  const bool sends = !request.body.empty() || request.method == cap::Method::kPost ||
                     request.method == cap::Method::kPut || request.method == cap::Method::kPatch;
  if (!sends) return set(CURLOPT_HTTPGET, 1L) && set(CURLOPT_CUSTOMREQUEST, name.c_str());
  const auto* const bytes = reinterpret_cast<const char*>(request.body.data());  // NOLINT: libcurl
  return set(CURLOPT_POST, 1L) &&
         set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size())) &&
         set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : bytes) &&
         set(CURLOPT_CUSTOMREQUEST, name.c_str());
}

// Whether the list that came with the handle says the same.
bool CurlExchange::has_headers(const cap::HopRequest& request) const {
  const curl_slist* at = headers_.get();
  if (!request.headers.empty()) return false;
  for (const cap::OutgoingHeader& header : request.common) {
    if (at == nullptr) return false;
    const std::string_view line(at->data);
    const std::string_view value = header.value.text();
    const std::size_t name = header.name.size();
    if (value.empty() || line.size() != name + 2 + value.size()) return false;
    if (!line.starts_with(header.name) || line.substr(name, 2) != ": " || !line.ends_with(value)) {
      return false;
    }
    at = at->next;
  }
  // What follows suppresses headers of libcurl's.
  return at != nullptr && std::string_view(at->data).ends_with(':');
}

bool CurlExchange::set_headers(const cap::HopRequest& request) {
  common_ = request.headers.empty();
  if (common_ && has_headers(request)) return true;
  headers_.reset();
  bool has_accept = false;
  bool has_type = false;
  for (const auto headers :
       {std::span<const cap::OutgoingHeader>(request.headers), request.common}) {
    for (const cap::OutgoingHeader& header : headers) {
      has_accept = has_accept || equals(header.name, "accept");
      has_type = has_type || equals(header.name, "content-type");
      if (!append(headers_, header)) return false;
    }
  }
  // What libcurl would add by itself.
  if (!has_accept && !append(headers_, "Accept:")) return false;
  if (!has_type && !append(headers_, "Content-Type:")) return false;
  return append(headers_, "Expect:") && set(CURLOPT_HTTPHEADER, headers_.get()) &&
         set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
}

bool CurlExchange::set_tls(const cap::HopRequest& request) {
  const CaSource& source = transport_.options().ca;
  const bool directory = source.blob.empty() && !source.directory.empty();
  const bool file = source.blob.empty() && !directory && !source.file.empty();
  ca_ = request.ca;
  const bool named = !ca_.empty() && ca_.front() == '/';
  if (!named && !source.blob.empty()) ca_ += (ca_.empty() ? "" : "\n") + source.blob;
  bool good = set(CURLOPT_SSL_VERIFYPEER, 1L) && set(CURLOPT_SSL_VERIFYHOST, 2L) &&
              set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  const char* const nothing = nullptr;
  good = good && set(CURLOPT_CAPATH, directory ? source.directory.c_str() : nothing);
  const char* const bundle = named ? ca_.c_str() : file ? source.file.c_str() : nothing;
  good = good && set(CURLOPT_CAINFO, bundle);
  if (good && !named && !ca_.empty()) {
    curl_blob blob{ca_.data(), ca_.size(), CURL_BLOB_COPY};
    good = set(CURLOPT_CAINFO_BLOB, &blob);
  }
  return good && set(CURLOPT_HTTP_VERSION,
                     static_cast<long>(secure_ ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
}

bool CurlExchange::set_nothing_ambient() {
  const char* const nothing = nullptr;
  return set(CURLOPT_PROXY, "") && set(CURLOPT_NOPROXY, "*") && set(CURLOPT_PRE_PROXY, nothing) &&
         set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) && set(CURLOPT_HAPROXYPROTOCOL, 0L) &&
         set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED)) &&
         set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NONE)) &&
         set(CURLOPT_UNIX_SOCKET_PATH, nothing) && set(CURLOPT_DOH_URL, nothing) &&
         set(CURLOPT_INTERFACE, nothing) && set(CURLOPT_HTTP09_ALLOWED, 0L) &&
         set(CURLOPT_TRANSFER_ENCODING, 0L) && set(CURLOPT_ACCEPT_ENCODING, nothing) &&
         set(CURLOPT_HTTP_CONTENT_DECODING, 0L) && set(CURLOPT_VERBOSE, 0L) &&
         set(CURLOPT_NOSIGNAL, 1L) && set(CURLOPT_NOPROGRESS, 1L);
}

bool CurlExchange::set_callbacks() {
  void* const transport = &transport_;
  return set(CURLOPT_OPENSOCKETFUNCTION, &CurlExchange::on_open) &&
         set(CURLOPT_CLOSESOCKETFUNCTION, &CurlExchange::on_close) &&
         set(CURLOPT_CLOSESOCKETDATA, transport) &&
         set(CURLOPT_PREREQFUNCTION, &CurlExchange::on_prerequest) &&
         set(CURLOPT_HEADERFUNCTION, &CurlExchange::on_header) &&
         set(CURLOPT_WRITEFUNCTION, &CurlExchange::on_body) && set(CURLOPT_LOW_SPEED_LIMIT, 100L) &&
         set(CURLOPT_LOW_SPEED_TIME, 45L) && set(CURLOPT_MAXAGE_CONN, 30L) &&
         set(CURLOPT_MAXLIFETIME_CONN, 300L) && set(CURLOPT_PIPEWAIT, 1L);
}

// Who the callbacks tell.
bool CurlExchange::set_own() {
  void* const self = this;
  return set(CURLOPT_PRIVATE, self) && set(CURLOPT_ERRORBUFFER, words_.data()) &&
         set(CURLOPT_OPENSOCKETDATA, self) && set(CURLOPT_PREREQDATA, self) &&
         set(CURLOPT_HEADERDATA, self) && set(CURLOPT_WRITEDATA, self);
}

bool CurlExchange::set_bounds(const cap::HopRequest& request) {
  const auto milliseconds = [](Nanoseconds time) {
    return static_cast<long>(std::min<std::uint64_t>(count(time) / 1'000'000 + 1, 3'600'000));
  };
  const bool fresh = request.connection == cap::HopRequest::Connection::kFresh;
  // 0 is libcurl's word for no bound.
  const long connect = count(request.connect) > 0 ? milliseconds(request.connect) : 0L;
  const long total = count(request.total) > 0 ? milliseconds(request.total) : 0L;
  // The length that HEAD declares is not that of a body.
  constexpr std::uint64_t kNoCap = 1ULL << 62;
  const bool capped = request.body_cap > 0 && request.body_cap < kNoCap &&
                      request.method != cap::Method::kHead &&
                      decompress_ == cap::HopRequest::Decompress::kOff;
  const curl_off_t largest = capped ? static_cast<curl_off_t>(request.body_cap) : 0;
  return set(CURLOPT_BUFFERSIZE, request.body_cap > (1U << 20) ? 262'144L : 65'536L) &&
         set(CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L) && set(CURLOPT_CONNECTTIMEOUT_MS, connect) &&
         set(CURLOPT_TIMEOUT_MS, total) && set(CURLOPT_MAXFILESIZE_LARGE, largest);
}

curl_socket_t CurlExchange::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  return static_cast<CurlExchange*>(self)->open(*address);
}

curl_socket_t CurlExchange::open(curl_sockaddr& address) {
  pool_.took_pins(std::exchange(pin_change_, 0), pins_);
  const cap::SocketTarget target = target_of(address);
  if (stopped_ || guard_.may_connect(target) == Verdict::kStop || !target.address) {
    stopped_ = true;
    return CURL_SOCKET_BAD;
  }
  if (transport_.options().reroute) {
    const cap::Endpoint vetted{*target.address, target.port};
    const cap::Endpoint real = transport_.options().reroute(vetted);
    const SocketAddress other(real);
    address.family = other.family();
    address.addrlen = other.size();
    std::memcpy(&address.addr, other.data(),
                std::min<std::size_t>(other.size(), sizeof address.addr));
    rerouted_ = vetted;
  }
  const int made =
      ::socket(address.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (made < 0) return CURL_SOCKET_BAD;
  opened_ = true;
  transport_.count_open();
  return made;
}

int CurlExchange::on_close(void* transport, curl_socket_t socket) {
  static_cast<CurlTransport*>(transport)->count_closed();
  return ::close(socket);
}

int CurlExchange::on_prerequest(void* self, char* peer, char*, int port, int own_port) {
  const bool go = static_cast<CurlExchange*>(self)->may_send(peer, port, own_port);
  return go ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

bool CurlExchange::may_send(const char* peer, int port, int own_port) {
  cap::SocketTarget target;
  target.address = peer == nullptr ? std::nullopt : parse(peer);
  target.port = static_cast<std::uint16_t>(port);
  if (const auto vetted = transport_.vetted_of(own_port, opened_ ? rerouted_ : std::nullopt)) {
    target.address = vetted->address;
    target.port = vetted->port;
  }
  pool_.took_pins(std::exchange(pin_change_, 0), pins_);
  pool_.settle(*this);
  facts_.reused = opened_ ? cap::Reused::kNo : cap::Reused::kYes;
  if (target.address) facts_.peer = cap::Endpoint{*target.address, target.port};
  if (secure_ && curl_.tls_version != nullptr) {
    curl_tlssessioninfo* session = nullptr;
    curl_.easy_getinfo(easy_, CURLINFO_TLS_SSL_PTR, &session);
    if (session != nullptr && session->internals != nullptr) {
      const int version = curl_.tls_version(session->internals);
      facts_.tls = version == 0x0304 ? "1.3" : version == 0x0303 ? "1.2" : "";
    }
  }
  opened_ = false;  // a second sending on the same connection is a reuse
  pool_.moved();
  if (stopped_ || guard_.may_send(target, facts_.reused) == Verdict::kStop) {
    stopped_ = true;
    return false;
  }
  may_send_ = true;
  sent_at_ = transport_.now();
  if (!std::exchange(awaited_, true)) pool_.short_wait().sent(sent_at_);
  return true;
}

std::size_t CurlExchange::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view line(data, size * count);
  return static_cast<CurlExchange*>(self)->take_line(line) ? line.size() : 0;
}

bool CurlExchange::take_line(std::string_view line) {
  pool_.moved();
  if (!std::exchange(answered_, true)) take_first();
  header_bytes_ += line.size();
  if (line.starts_with("HTTP/") && !body_begun_) {
    coded_layers_ = 0;
    head_done_ = false;
    facts_.alpn = line.starts_with("HTTP/2") ? "h2" : "http/1.1";
  } else if (line == "\r\n" || line == "\n") {
    head_done_ = true;
  } else if (!head_done_ && line.size() > kCoding.size() && line[kCoding.size()] == ':' &&
             equals(line.substr(0, kCoding.size()), kCoding)) {
    coded_layers_ += gzip_layers(line.substr(kCoding.size() + 1));
  }
  if (guard_.header_line(line) == Verdict::kStop) stopped_ = true;
  return !stopped_;
}

// By our own clock: where a body is sent libcurl's time of the first byte is that of the first one
// out, and one of its releases sets it only after the head.
void CurlExchange::take_first() {
  facts_.first = saturating_sub(transport_.now(), sent_at_);
  if (std::exchange(awaited_, false)) pool_.short_wait().answered(facts_.first);
}

std::size_t CurlExchange::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<CurlExchange*>(self)->take_body(std::as_bytes(std::span(data, size * count)));
}

std::size_t CurlExchange::take_body(std::span<const std::byte> bytes) {
  if (paused_) {
    halted_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  pool_.moved();
  body_begun_ = true;
  wire_ += bytes.size();
  if (coded_layers_ == 0 || decompress_ == cap::HopRequest::Decompress::kOff) {
    hand_over(bytes);
  } else {
    if (inflater_ == nullptr) {
      auto made = Inflater::make(transport_.ambient(), coded_layers_);
      if (made) inflater_ = *std::move(made);
    }
    const auto fed = inflater_ == nullptr ? Inflater::Fed::kBad : inflater_->feed(bytes, *this);
    bad_coding_ = bad_coding_ || fed == Inflater::Fed::kBad;
    // Also what made no byte of a body came over the wire.
    if (fed == Inflater::Fed::kAll) hand_over({});
  }
  return stopped_ || bad_coding_ ? 0 : bytes.size();
}

bool CurlExchange::take(std::span<const std::byte> decoded) {
  if (!paused_) {
    hand_over(decoded);
  } else if (held_.size() + decoded.size() > kHeldLimit) {
    bad_coding_ = true;
  } else {
    held_.insert(held_.end(), decoded.begin(), decoded.end());
  }
  return !stopped_ && !bad_coding_;
}

cap::Flow CurlExchange::hand_over(std::span<const std::byte> decoded) {
  const std::size_t left = inflater_ == nullptr ? 0 : inflater_->left();
  const cap::Flow flow = guard_.body(decoded, wire_ - left);
  if (flow == cap::Flow::kStop) stopped_ = true;
  if (flow == cap::Flow::kPause) paused_ = true;
  return flow;
}

void CurlExchange::resume() {
  paused_ = false;
  if (!held_.empty()) {
    const std::vector<std::byte> kept = std::exchange(held_, {});
    std::span<const std::byte> rest(kept);
    while (!rest.empty() && !paused_ && !stopped_) {
      const auto piece = rest.first(std::min<std::size_t>(rest.size(), kSmallBody));
      hand_over(piece);
      rest = rest.subspan(piece.size());
    }
    held_.assign(rest.begin(), rest.end());
    pool_.moved();
  }
  if (paused_ || facts_.complete) return;
  if (ended_) return finish(*ended_);
  if (!halted_) return;
  halted_ = false;
  curl_.easy_pause(easy_, CURLPAUSE_CONT);
}

cap::Polled CurlExchange::poll(cap::Blocking blocking, Nanoseconds until) {
  if (facts_.complete) return cap::Polled::kMoved;
  const cap::Polled polled = transport_.pump(blocking, until);
  if (!facts_.complete && may_send_) settle_facts();
  return polled;
}

curl_off_t CurlExchange::number(CURLINFO info) const {
  curl_off_t value = 0;
  curl_.easy_getinfo(easy_, info, &value);
  return std::max<curl_off_t>(value, 0);
}

Nanoseconds CurlExchange::span(CURLINFO from, CURLINFO to) const {
  const curl_off_t start = number(from);
  const curl_off_t end = number(to);
  if (end <= start) return Nanoseconds{0};
  return Nanoseconds{static_cast<std::uint64_t>(end - start) * 1'000};
}

void CurlExchange::settle_facts() {
  long head = 0;
  curl_.easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &head);
  const auto uploaded = static_cast<std::uint64_t>(number(CURLINFO_SIZE_UPLOAD_T));
  facts_.body_out = uploaded;
  facts_.wire_out = static_cast<std::uint64_t>(head) + (body_size_ >= kSmallBody ? uploaded : 0);
  facts_.wire_in = header_bytes_ + wire_;
  const bool full = answered_ || (head > 0 && uploaded >= body_size_);
  facts_.sent = !may_send_ ? cap::ExchangeFacts::Sent::kNone
                : full     ? cap::ExchangeFacts::Sent::kFull
                           : cap::ExchangeFacts::Sent::kPartial;
  facts_.connect = span(CURLINFO_NAMELOOKUP_TIME_T, CURLINFO_CONNECT_TIME_T);
  facts_.tls_time = span(CURLINFO_CONNECT_TIME_T, CURLINFO_APPCONNECT_TIME_T);
}

TransportFault CurlExchange::fault_of(CURLcode code) const noexcept {
  if (stopped_) return TransportFault::kStopped;
  if (bad_coding_) return TransportFault::kEncoding;
  switch (static_cast<int>(code)) {
    case CURLE_OK:
      if (inflater_ != nullptr && !inflater_->at_end()) return TransportFault::kEncoding;
      return TransportFault::kNone;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_INTERFACE_FAILED:
      return TransportFault::kConnectFailed;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_USE_SSL_FAILED:
      return TransportFault::kTls;
    case CURLE_OPERATION_TIMEDOUT:
      return TransportFault::kTimeout;
    case CURLE_PARTIAL_FILE:
      return TransportFault::kTruncated;
    case CURLE_RECV_ERROR:
      // One code for a connection that broke and for chunks that are none.
      if (std::string_view(words_.data()).ends_with(kLongTrailer)) {
        return TransportFault::kHeaderLimit;
      }
      if (std::string_view(words_.data()).ends_with(kBadChunk)) return TransportFault::kProtocol;
      return head_done_ ? TransportFault::kTruncated : TransportFault::kProtocol;
    case CURLE_OUT_OF_MEMORY:
    case kTooLarge:
      return head_done_ || !may_send_ ? TransportFault::kProtocol : TransportFault::kHeaderLimit;
    case CURLE_FILESIZE_EXCEEDED:
      return TransportFault::kBodyLimit;
    case CURLE_BAD_CONTENT_ENCODING:
      return TransportFault::kEncoding;
    default:
      return TransportFault::kProtocol;
  }
}

void CurlExchange::finish(CURLcode code) {
  if (!held_.empty() && !stopped_) {
    ended_ = code;  // it is complete when all of it was handed over
    return;
  }
  pool_.settle(*this);
  if (std::exchange(awaited_, false)) pool_.short_wait().gave_up();
  settle_facts();
  facts_.fault = fault_of(code);
  facts_.complete = true;
}

}  // namespace warrant::os
