// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/curl_pool.h"

#include <algorithm>

#include "warrant/os/curl_exchange.h"
#include "warrant/os/curl_transport.h"

namespace warrant::os {
namespace {

constexpr long kPerOrigin = 4;
constexpr long kPerWarrant = 8;
constexpr std::size_t kSpare = 4;

}  // namespace

std::string Pins::text() const {
  std::string out = host + ":" + std::to_string(port) + ":";
  for (const cap::VettedEndpoint& each : to) {
    if (&each != to.data()) out += ',';
    const cap::IpAddress& address = each.endpoint().address;
    const bool v6 = address.family() == cap::IpFamily::kV6;
    out += v6 ? "[" + cap::print(address) + "]" : cap::print(address);
  }
  return out;
}

bool Pins::lead_as(const Pins& other) const {
  return port == other.port && host == other.host &&
         std::is_permutation(to.begin(), to.end(), other.to.begin(), other.to.end());
}

CurlPool::CurlPool(CurlTransport& transport, std::string key)
    : transport_(transport),
      key_(std::move(key)),
      multi_(transport.curl().multi_init()),
      last_used_(host_monotonic_coarse()),
      short_wait_(transport.options().short_wait) {
  if (multi_ == nullptr) return;
  const auto set = transport_.curl().multi_setopt;
  set(multi_, CURLMOPT_SOCKETFUNCTION, &CurlPool::on_socket);
  set(multi_, CURLMOPT_SOCKETDATA, this);
  set(multi_, CURLMOPT_TIMERFUNCTION, &CurlPool::on_timer);
  set(multi_, CURLMOPT_TIMERDATA, this);
  set(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kPerOrigin);
  set(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, kPerWarrant);
  set(multi_, CURLMOPT_MAXCONNECTS, kPerOrigin);
  set(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
}

CurlPool::~CurlPool() {
  for (Easy& easy : spare_) discard(easy);
  if (multi_ != nullptr) transport_.curl().multi_cleanup(multi_);
}

CurlPool::Easy CurlPool::take_easy(Set wanted) {
  if (spare_.empty()) return {transport_.curl().easy_init()};
  Easy easy = spare_.back();
  spare_.pop_back();
  if (easy.set == wanted) return easy;
  transport_.curl().easy_reset(easy.handle);
  transport_.curl().slist_free_all(easy.headers);
  return {easy.handle};
}

void CurlPool::discard(Easy& easy) {
  transport_.curl().easy_cleanup(easy.handle);
  transport_.curl().slist_free_all(std::exchange(easy.headers, nullptr));
}

bool CurlPool::add(CurlExchange& exchange) {
  if (!exchange.pin()) return false;
  unsettled_.push_back(&exchange);
  return transport_.curl().multi_add_handle(multi_, exchange.easy()) == CURLM_OK;
}

bool CurlPool::enter(CurlExchange& exchange) {
  ++active_;
  last_used_ = host_monotonic_coarse();
  waiting_.push_back(&exchange);
  if (waiting_.size() > 1) return true;
  admit();
  return !exchange.facts().complete;
}

void CurlPool::admit() {
  while (!waiting_.empty()) {
    CurlExchange& next = *waiting_.front();
    if (!unsettled_.empty() && !unsettled_.front()->pins().lead_as(next.pins())) return;
    waiting_.erase(waiting_.begin());
    if (add(next)) continue;
    next.finish(CURLE_FAILED_INIT);
    moved_ = true;
  }
}

void CurlPool::settle(CurlExchange& exchange) noexcept { std::erase(unsettled_, &exchange); }

void CurlPool::leave(CurlExchange& exchange) noexcept {
  std::erase(unsettled_, &exchange);
  std::erase(waiting_, &exchange);
}

void CurlPool::remove(Easy easy) {
  transport_.curl().multi_remove_handle(multi_, easy.handle);
  --active_;
  last_used_ = host_monotonic_coarse();
  if (spare_.size() < kSpare && !retired_) {
    // Whatever was set for another kind of request would be said in the next one too.
    if (easy.set == Set::kNothing) transport_.curl().easy_reset(easy.handle);
    spare_.push_back(easy);
  } else {
    discard(easy);
  }
}

std::uint64_t CurlPool::change_pins() noexcept {
  pins_ = {};
  ++pin_changes_;
  return unsettled_.empty() ? pin_changes_ : 0;
}

void CurlPool::took_pins(std::uint64_t change, const Pins& pins) {
  if (change != 0 && change == pin_changes_) pins_ = pins;
}

int CurlPool::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& sockets = static_cast<CurlPool*>(self)->sockets_;
  const auto known = std::find_if(sockets.begin(), sockets.end(),
                                  [&](const pollfd& each) { return each.fd == socket; });
  if (what == CURL_POLL_REMOVE) {
    if (known != sockets.end()) sockets.erase(known);
    return 0;
  }
  short events = 0;
  if ((what & CURL_POLL_IN) != 0) events = static_cast<short>(events | POLLIN);
  if ((what & CURL_POLL_OUT) != 0) events = static_cast<short>(events | POLLOUT);
  if (known != sockets.end()) {
    known->events = events;
  } else {
    sockets.push_back({socket, events, 0});
  }
  return 0;
}

int CurlPool::on_timer(CURLM*, long milliseconds, void* self) {
  auto& due = static_cast<CurlPool*>(self)->due_;
  if (milliseconds < 0) {
    due = kForever;
  } else {
    const auto span = Nanoseconds{static_cast<std::uint64_t>(milliseconds) * 1'000'000};
    due = saturating_add(host_monotonic(), span);
  }
  return 0;
}

bool CurlPool::act(int socket, short events) {
  int what = 0;
  if ((events & POLLIN) != 0) what |= CURL_CSELECT_IN;
  if ((events & POLLOUT) != 0) what |= CURL_CSELECT_OUT;
  if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0) what |= CURL_CSELECT_ERR | CURL_CSELECT_IN;
  int running = 0;
  transport_.curl().multi_socket_action(multi_, socket, what, &running);
  return take_messages();
}

bool CurlPool::act_on_time(Nanoseconds now) {
  if (due_ > now) return false;
  due_ = kForever;
  int running = 0;
  transport_.curl().multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
  return take_messages();
}

bool CurlPool::take_messages() {
  int left = 0;
  while (CURLMsg* message = transport_.curl().multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    void* exchange = nullptr;
    transport_.curl().easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
    if (exchange != nullptr) static_cast<CurlExchange*>(exchange)->finish(message->data.result);
    moved_ = true;
  }
  return take_moved();
}

}  // namespace warrant::os
