// SPDX-License-Identifier: Apache-2.0
#include "warrant/os/curl_transport.h"

#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "warrant/cap/reason.h"
#include "warrant/os/curl_exchange.h"
#include "warrant/os/curl_pool.h"
#include "warrant/os/timespec.h"

namespace warrant::os {
namespace {

constexpr Nanoseconds kIdle{30'000'000'000};
constexpr unsigned kSockets = 8;

// Awake, a single processor would only keep the server from its answer.
bool has_processors() noexcept {
  cpu_set_t mine;
  CPU_ZERO(&mine);
  return ::sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) > 1;
}

Error unavailable() noexcept {
  return cap::error_of(Errc::kNotSupported, cap::Reason::kTransportUnavailable, "transport");
}

}  // namespace

CurlTransport::CurlTransport(Ambient ambient, CurlOptions options)
    : ambient_(ambient), options_(std::move(options)) {}

CurlTransport::~CurlTransport() = default;

Status CurlTransport::prepare() {
  if (curl_ != nullptr) return {};
  auto loaded = load_curl(ambient_, options_.library);
  if (!loaded) return unavailable();
  curl_ = *loaded;
  // Looked at once, while that may be done; what is not there is left out.
  CaSource& ca = options_.ca;
  if (::access(ca.directory.c_str(), X_OK) != 0) ca.directory.clear();
  if (::access(ca.file.c_str(), R_OK) != 0) ca.file.clear();
  if (!has_processors()) options_.short_wait = Nanoseconds{0};
  auto interfaces = InterfaceAddresses::open(ambient_);
  if (interfaces) interfaces_ = *std::move(interfaces);
  return {};
}

std::span<const cap::IpAddress> CurlTransport::own_addresses() {
  if (!interfaces_) {
    auto interfaces = InterfaceAddresses::open(ambient_);
    if (!interfaces) return {};
    interfaces_ = *std::move(interfaces);
  }
  return interfaces_->list();
}

std::vector<BorrowedFd> CurlTransport::descriptors() const {
  if (!interfaces_) return {};
  return {interfaces_->fd()};
}

Result<CurlPool*> CurlTransport::pool_for(std::string_view key) {
  for (const auto& pool : pools_) {
    if (pool->key() == key && !pool->is_retired()) return pool.get();
  }
  make_room();
  auto made = std::make_unique<CurlPool>(*this, std::string(key));
  if (!made->works()) return unavailable();
  return pools_.emplace_back(std::move(made)).get();
}

void CurlTransport::drop_idle(Nanoseconds at) {
  std::erase_if(pools_, [&](const auto& pool) {
    return pool->is_idle() &&
           (pool->is_retired() || saturating_sub(at, pool->last_used()) >= kIdle);
  });
}

// The connections of a pool that is not in use give way when there are as many as may be.
void CurlTransport::make_room() {
  while (open_sockets_ >= kSockets) {
    auto oldest = pools_.end();
    for (auto each = pools_.begin(); each != pools_.end(); ++each) {
      if (!(*each)->is_idle()) continue;
      if (oldest == pools_.end() || (*each)->last_used() < (*oldest)->last_used()) oldest = each;
    }
    if (oldest == pools_.end()) return;
    pools_.erase(oldest);
  }
}

Result<std::unique_ptr<cap::Exchange>> CurlTransport::start(
    const cap::Approved<cap::HopRequest>& request, cap::HopGuard& guard) {
  WARRANT_CHECKED(prepare());
  drop_idle(host_monotonic_coarse());
  WARRANT_TRY(CurlPool * pool, pool_for(request->pool_key));
  auto exchange = std::make_unique<CurlExchange>(*this, *pool, *request, guard);
  if (!exchange->begin(*request)) return unavailable();
  return std::unique_ptr<cap::Exchange>(std::move(exchange));
}

void CurlTransport::close_pool(std::string_view pool_key) {
  for (const auto& pool : pools_) {
    if (pool->key() == pool_key) pool->retire();
  }
  drop_idle(host_monotonic_coarse());
}

// What is waited for, and until when at most.
Nanoseconds CurlTransport::gather(Nanoseconds wake) {
  set_.clear();
  owners_.clear();
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    wake = std::min(wake, pools_[i]->due());
    for (const pollfd& each : pools_[i]->sockets()) {
      set_.push_back(each);
      owners_.push_back(i);
    }
  }
  set_.push_back({options_.waiter->wake_fd().number(), POLLIN, 0});
  return wake;
}

// How many are ready before `wake`, without sleeping, as long as that is worth it.
int CurlTransport::wait_awake(Nanoseconds wake) {
  Nanoseconds until{0};
  for (const auto& pool : pools_) until = std::max(until, pool->short_wait().until());
  if (count(until) == 0) return 0;
  const timespec none{};
  Nanoseconds at = now();
  for (Nanoseconds before = at; at < std::min(until, wake); before = std::exchange(at, now())) {
    if (saturating_sub(at, before) > options_.disturbed_after) {
      for (const auto& pool : pools_) pool->short_wait().disturb();
      return 0;
    }
    ++waits_.looks;
    const int ready = ::ppoll(set_.data(), set_.size(), &none, nullptr);
    if (ready != 0) return ready;
    ::sched_yield();
  }
  for (const auto& pool : pools_) pool->short_wait().waited(at);
  return 0;
}

int CurlTransport::wait(cap::Blocking blocking, Nanoseconds wake) {
  const timespec none{};
  if (blocking == cap::Blocking::kNever) return ::ppoll(set_.data(), set_.size(), &none, nullptr);
  if (const int ready = wait_awake(wake); ready != 0) return ready;
  const Nanoseconds left = saturating_sub(wake, now());
  if (count(left) > 0) ++waits_.sleeps;
  const timespec limit = to_timespec(left);
  return ::ppoll(set_.data(), set_.size(), wake == kForever ? nullptr : &limit, nullptr);
}

std::optional<cap::Endpoint> CurlTransport::vetted_of(int own_port,
                                                      std::optional<cap::Endpoint> made) {
  if (!options_.reroute) return std::nullopt;
  if (made) rerouted_.insert_or_assign(own_port, *made);
  const auto known = rerouted_.find(own_port);
  if (known == rerouted_.end()) return std::nullopt;
  return known->second;
}

cap::Polled CurlTransport::pump(cap::Blocking blocking, Nanoseconds until) {
  for (;;) {
    if (!options_.waiter->check()) return cap::Polled::kCanceled;
    const Nanoseconds start = now();
    bool moved = false;
    for (const auto& pool : pools_) {
      pool->admit();
      moved = pool->act_on_time(start) || moved;
      moved = pool->take_moved() || moved;  // what resume() handed over
    }
    if (moved) return cap::Polled::kMoved;
    const int ready = wait(blocking, gather(std::min(until, options_.waiter->deadline())));
    if (ready < 0 && errno != EINTR) return cap::Polled::kCanceled;
    if (ready > 0) {
      for (std::size_t i = 0; i < owners_.size(); ++i) {
        if (set_[i].revents == 0) continue;
        moved = pools_[owners_[i]]->act(set_[i].fd, set_[i].revents) || moved;
      }
    }
    if (moved) return cap::Polled::kMoved;
    if (now() >= until || blocking == cap::Blocking::kNever) {
      return options_.waiter->check() ? cap::Polled::kTimeUp : cap::Polled::kCanceled;
    }
  }
}

}  // namespace warrant::os
