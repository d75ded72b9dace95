// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::Transport by libcurl, driven on the caller's thread: one multi handle a pool key, our own
// poll(2) over all of them together with the run's wake-up.
//
// Makes no decision: the guard does, before each socket and before each sending, also on pooled
// connections. Nothing ambient is used: no proxy, netrc, cookies, caches, resolver of libcurl's.
// Connections, TLS sessions and pins never cross pool keys. At most 4 connections an origin and 8
// in all. Nothing runs on once an Exchange is gone. One thread. Spec: egress.md sections 8, 13-17.
#include <poll.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warrant/cap/transport.h"
#include "warrant/os/ambient.h"
#include "warrant/os/curl_library.h"
#include "warrant/os/interface_addresses.h"
#include "warrant/os/waiter.h"

namespace warrant::os {

class CurlPool;

// Where certificate authorities come from. With neither, every certificate is unknown.
struct CaSource {
  std::string directory = "/etc/ssl/certs";                 // hashed names, read at handshakes
  std::string file = "/etc/ssl/certs/ca-certificates.crt";  // where there is no directory
  std::string blob;  // PEM text instead of both, where nothing may be opened later
};

struct CurlOptions {
  const Waiter* waiter = nullptr;  // outlives the transport; required
  // How long an answer is waited for awake (short_wait.h), where there is more than one processor.
  // As long as the kernel's own polling in a virtual machine.
  Nanoseconds short_wait{200'000};
  // A look at the sockets and a yield that took longer gave the processor to somebody else, who
  // needs it more: that wait goes on asleep.
  Nanoseconds disturbed_after{20'000};
  CaSource ca;
  // Seams of tests. What is connected to instead of a vetted endpoint, below every check; the
  // guard goes on seeing the vetted one.
  const char* library = kCurlName;
  std::function<cap::Endpoint(const cap::Endpoint&)> reroute;
};

class CurlTransport final : public cap::Transport {
 public:
  CurlTransport(Ambient ambient, CurlOptions options);
  ~CurlTransport() override;

  Status prepare() override;
  Nanoseconds now() const noexcept override { return host_monotonic(); }
  std::span<const cap::IpAddress> own_addresses() override;
  Result<std::unique_ptr<cap::Exchange>> start(const cap::Approved<cap::HopRequest>& request,
                                               cap::HopGuard& guard) override;
  void close_pool(std::string_view pool_key) override;
  std::unique_ptr<cap::BodyDigest> start_digest(std::span<const std::byte, 32> key) override {
    return curl_ == nullptr ? nullptr : gmac_.start(curl_->crypto, key);
  }

  // For tests: waits that may have slept, and looks of waits that did not.
  struct Waits {
    std::uint64_t sleeps = 0;
    std::uint64_t looks = 0;
  };
  const Waits& waits() const noexcept { return waits_; }
  // Descriptors that prepare() opened and that stay.
  std::vector<BorrowedFd> descriptors() const;

  // Of CurlPool and CurlExchange.
  cap::Polled pump(cap::Blocking blocking, Nanoseconds until);
  const CurlLibrary& curl() const noexcept { return *curl_; }
  const CurlOptions& options() const noexcept { return options_; }
  Ambient ambient() const noexcept { return ambient_; }
  // For the guard, what a connection was vetted for before it was rerouted: `made` of a new one,
  // kept for when it is used again.
  std::optional<cap::Endpoint> vetted_of(int own_port, std::optional<cap::Endpoint> made);
  void count_open() noexcept { ++open_sockets_; }
  void count_closed() noexcept { --open_sockets_; }

 private:
  Result<CurlPool*> pool_for(std::string_view key);
  void drop_idle(Nanoseconds at);
  void make_room();
  Nanoseconds gather(Nanoseconds wake);
  int wait_awake(Nanoseconds wake);
  int wait(cap::Blocking blocking, Nanoseconds wake);

  Ambient ambient_;
  CurlOptions options_;
  const CurlLibrary* curl_ = nullptr;
  GmacMaker gmac_;
  std::optional<InterfaceAddresses> interfaces_;
  std::vector<std::unique_ptr<CurlPool>> pools_;
  std::vector<pollfd> set_;
  std::vector<std::size_t> owners_;        // of each entry of set_: an index into pools_
  std::map<int, cap::Endpoint> rerouted_;  // by the connection's own port; the seam's alone
  unsigned open_sockets_ = 0;
  Waits waits_;
};

}  // namespace warrant::os
