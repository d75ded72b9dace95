// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/cares_resolver.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "warrant/cap/reason.h"
#include "warrant/os/timespec.h"

namespace warrant::os {
namespace {

using What = cap::LookupAnswer::What;

constexpr int kFirstPatience = 2'000;  // ms, doubled each time: longer than any look-up may last
constexpr int kTries = 5;
constexpr int kMostAddresses = 256;  // of one reply; more than fetch will take

Error unavailable() noexcept {
  return cap::error_of(Errc::kNotSupported, cap::Reason::kTransportUnavailable, "resolver");
}

// Sockets made in one call: after lock-down no other flags can be set.
ares_socket_t open_socket(int family, int type, int protocol, void*) {
  const int made = ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  if (made >= 0 && type == SOCK_STREAM) {
    const int on = 1;
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return made;
}
int close_socket(ares_socket_t socket, void*) { return ::close(socket); }
int connect_socket(ares_socket_t socket, const sockaddr* to, ares_socklen_t size, void*) {
  return ::connect(socket, to, size);
}
ares_ssize_t receive(ares_socket_t socket, void* to, std::size_t size, int flags, sockaddr* from,
                     ares_socklen_t* from_size, void*) {
  return ::recvfrom(socket, to, size, flags, from, from_size);
}
ares_ssize_t send_parts(ares_socket_t socket, const iovec* parts, int count, void*) {
  return ::writev(socket, parts, count);
}

constexpr ares_socket_functions kSocketFunctions = {open_socket, close_socket, connect_socket,
                                                    receive, send_parts};

template <typename Bytes, typename From>
Bytes bytes_of(const From& from) noexcept {
  Bytes bytes{};
  static_assert(sizeof bytes == sizeof from);
  std::memcpy(bytes.data(), &from, bytes.size());
  return bytes;
}

}  // namespace

// One look-up: two replies to come, and the answer that they make.
class CaresResolver::Query {
 public:
  // What c-ares is given for one of the two questions.
  struct Slot {
    Query* query;
    std::uint16_t type;
  };

  explicit Query(const CaresLibrary& cares) noexcept : cares_(cares) {}
  Slot* slot(std::uint16_t type) noexcept { return type == ns_t_a ? &v4_ : &v6_; }
  void expect() noexcept { ++waiting_; }
  bool is_waiting() const noexcept { return waiting_ > 0; }
  void abandon() noexcept { abandoned_ = true; }
  bool is_abandoned() const noexcept { return abandoned_; }
  void take(std::uint16_t type, int status, std::span<const unsigned char> reply);
  void fail(What what) {
    made_.what = what;
    answer_ = &made_;
  }
  const cap::LookupAnswer* const& answer() const noexcept { return answer_; }

 private:
  int read_v4(std::span<const unsigned char> reply);
  int read_v6(std::span<const unsigned char> reply);
  void add(const cap::IpAddress& address) {
    auto& all = made_.addresses;
    if (std::find(all.begin(), all.end(), address) == all.end()) all.push_back(address);
  }

  const CaresLibrary& cares_;
  Slot v4_{this, ns_t_a};
  Slot v6_{this, ns_t_aaaa};
  unsigned waiting_ = 0;
  bool failed_ = false;
  bool abandoned_ = false;
  cap::LookupAnswer made_;
  const cap::LookupAnswer* answer_ = nullptr;
};

int CaresResolver::Query::read_v4(std::span<const unsigned char> reply) {
  std::array<ares_addrttl, kMostAddresses> found{};
  int count = kMostAddresses;
  const int status = cares_.parse_a_reply(reply.data(), static_cast<int>(reply.size()), nullptr,
                                          found.data(), &count);
  if (status != ARES_SUCCESS) return status;
  for (const ares_addrttl& each : std::span(found).first(static_cast<std::size_t>(count))) {
    add(cap::IpAddress::v4(bytes_of<std::array<std::uint8_t, 4>>(each.ipaddr)));
  }
  return status;
}

int CaresResolver::Query::read_v6(std::span<const unsigned char> reply) {
  std::array<ares_addr6ttl, kMostAddresses> found{};
  int count = kMostAddresses;
  const int status = cares_.parse_aaaa_reply(reply.data(), static_cast<int>(reply.size()), nullptr,
                                             found.data(), &count);
  if (status != ARES_SUCCESS) return status;
  for (const ares_addr6ttl& each : std::span(found).first(static_cast<std::size_t>(count))) {
    add(cap::IpAddress::v6(bytes_of<std::array<std::uint8_t, 16>>(each.ip6addr)));
  }
  return status;
}

void CaresResolver::Query::take(std::uint16_t type, int status,
                                std::span<const unsigned char> reply) {
  --waiting_;
  if (status == ARES_SUCCESS) status = type == ns_t_a ? read_v4(reply) : read_v6(reply);
  const bool nothing = status == ARES_ENODATA || status == ARES_ENOTFOUND;
  if (status != ARES_SUCCESS && !nothing) failed_ = true;
  if (waiting_ > 0) return;
  made_.what = !made_.addresses.empty() ? What::kAddresses
               : failed_                ? What::kFailure
                                        : What::kNoAnswer;
  answer_ = &made_;
}

class CaresResolver::Pending final : public cap::Lookup {
 public:
  Pending(CaresResolver& resolver, Query& query) noexcept : resolver_(resolver), query_(query) {}
  ~Pending() override { resolver_.abandon(query_); }
  cap::Polled poll(cap::Blocking blocking, Nanoseconds until) override {
    return resolver_.pump(query_.answer(), blocking, until);
  }
  const cap::LookupAnswer* answer() const noexcept override { return query_.answer(); }

 private:
  CaresResolver& resolver_;
  Query& query_;
};

CaresResolver::CaresResolver(Ambient ambient, CaresOptions options)
    : ambient_(ambient), options_(std::move(options)) {}

CaresResolver::~CaresResolver() {
  if (channel_ != nullptr) cares_->destroy(channel_);
}

Status CaresResolver::prepare() {
  if (channel_ != nullptr) return {};
  auto loaded = load_cares(ambient_, options_.library);
  if (!loaded) return unavailable();
  cares_ = *loaded;
  // Everything that a file or a variable could set otherwise, but the servers.
  ares_options wanted{};
  char only_dns[] = "b";
  wanted.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP;
  wanted.timeout = kFirstPatience;
  wanted.tries = kTries;
  wanted.ndots = 0;
  wanted.lookups = only_dns;
  const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
                   ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS | ARES_OPT_SORTLIST | ARES_OPT_NOROTATE;
  if (cares_->init_options(&channel_, &wanted, mask) != ARES_SUCCESS) {
    channel_ = nullptr;
    return unavailable();
  }
  cares_->set_socket_functions(channel_, &kSocketFunctions, nullptr);
  if (!options_.servers.empty() &&
      cares_->set_servers_ports_csv(channel_, options_.servers.c_str()) != ARES_SUCCESS) {
    cares_->destroy(std::exchange(channel_, nullptr));
    return unavailable();
  }
  return {};
}

void CaresResolver::on_reply(void* slot, int status, int, unsigned char* bytes, int size) {
  const auto* const of = static_cast<Query::Slot*>(slot);
  const auto length = bytes == nullptr ? std::size_t{0} : static_cast<std::size_t>(size);
  of->query->take(of->type, status, {bytes, length});
}

std::unique_ptr<cap::Lookup> CaresResolver::start(std::string_view name, cap::Families families) {
  const bool ready = prepare().has_value();
  static constexpr CaresLibrary kNone{};
  Query& query = *queries_.emplace_back(std::make_unique<Query>(ready ? *cares_ : kNone));
  auto lookup = std::make_unique<Pending>(*this, query);
  if (!ready) {
    query.fail(What::kUnavailable);
    return lookup;
  }
  const std::string absolute = std::string(name) + ".";
  query.expect();
  if (families == cap::Families::kBoth) query.expect();
  cares_->query(channel_, absolute.c_str(), ns_c_in, ns_t_a, on_reply, query.slot(ns_t_a));
  if (families == cap::Families::kBoth) {
    cares_->query(channel_, absolute.c_str(), ns_c_in, ns_t_aaaa, on_reply, query.slot(ns_t_aaaa));
  }
  return lookup;
}

// The channel can only cancel everything: done as soon as nobody waits for any of it.
void CaresResolver::abandon(Query& query) {
  query.abandon();
  const auto wanted = [](const auto& each) { return each->is_waiting() && !each->is_abandoned(); };
  if (query.is_waiting() && std::none_of(queries_.begin(), queries_.end(), wanted)) {
    cares_->cancel(channel_);
  }
  std::erase_if(queries_,
                [](const auto& each) { return each->is_abandoned() && !each->is_waiting(); });
}

bool CaresResolver::wait(Nanoseconds until, cap::Blocking blocking) {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const int mask = cares_->getsock(channel_, sockets.data(), ARES_GETSOCK_MAXNUM);
  std::array<pollfd, ARES_GETSOCK_MAXNUM + 1> set{};
  nfds_t used = 0;
  for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
    short events = 0;
    if (ARES_GETSOCK_READABLE(static_cast<unsigned>(mask), i)) events |= POLLIN;
    if (ARES_GETSOCK_WRITABLE(static_cast<unsigned>(mask), i)) events |= POLLOUT;
    if (events != 0) set[used++] = {sockets[i], events, 0};
  }
  const nfds_t ours = used;
  set[used++] = {options_.waiter->wake_fd().number(), POLLIN, 0};
  const Nanoseconds wake = std::min(until, options_.waiter->deadline());
  timeval most{3'600, 0};
  if (wake != kForever) {
    const timespec left = to_timespec(saturating_sub(wake, host_monotonic()));
    if (left.tv_sec < most.tv_sec) most = {left.tv_sec, left.tv_nsec / 1'000 + 1};
  }
  timeval space{};
  const timeval* const soonest = cares_->timeout(channel_, &most, &space);
  timespec limit{soonest->tv_sec, soonest->tv_usec * 1'000};
  if (blocking == cap::Blocking::kNever) limit = {};
  const int ready = ::ppoll(set.data(), used, &limit, nullptr);
  if (ready < 0 && errno != EINTR) return false;
  if (ready <= 0) {
    cares_->process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    return options_.waiter->check().has_value();
  }
  for (nfds_t i = 0; i < ours; ++i) {
    if (set[i].revents == 0) continue;
    const bool writes = (set[i].revents & POLLOUT) != 0;
    const bool reads = (set[i].revents & ~POLLOUT) != 0;
    cares_->process_fd(channel_, reads ? set[i].fd : ARES_SOCKET_BAD,
                       writes ? set[i].fd : ARES_SOCKET_BAD);
  }
  return options_.waiter->check().has_value();
}

cap::Polled CaresResolver::pump(const cap::LookupAnswer* const& answer, cap::Blocking blocking,
                                Nanoseconds until) {
  for (;;) {
    if (answer != nullptr) return cap::Polled::kMoved;
    if (!options_.waiter->check()) return cap::Polled::kCanceled;
    if (!wait(until, blocking)) return cap::Polled::kCanceled;
    if (answer != nullptr) return cap::Polled::kMoved;
    if (blocking == cap::Blocking::kNever || host_monotonic() >= until) return cap::Polled::kTimeUp;
  }
}

}  // namespace warrant::os
