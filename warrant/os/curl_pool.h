// SPDX-License-Identifier: Apache-2.0
#pragma once
// The connections of one pool key: a multi handle, the sockets and the point in time it waits for,
// and easy handles to use again. Internal to curl_transport.h; nothing here is shared between keys.
#include <poll.h>

#include <string>
#include <utility>
#include <vector>

#include "warrant/base/time.h"
#include "warrant/cap/transport.h"
#include "warrant/os/curl_library.h"
#include "warrant/os/short_wait.h"

namespace warrant::os {

class CurlExchange;
class CurlTransport;

// Where a host's name leads.
struct Pins {
  std::string host;
  std::uint16_t port = 0;
  std::vector<cap::VettedEndpoint> to;

  // The same addresses, in whatever order.
  bool lead_as(const Pins& other) const;
  friend bool operator==(const Pins&, const Pins&) = default;
  std::string text() const;  // as libcurl is told: "host:port:address,[address]"
};

class CurlPool {
 public:
  CurlPool(CurlTransport& transport, std::string key);
  CurlPool(const CurlPool&) = delete;
  CurlPool& operator=(const CurlPool&) = delete;
  ~CurlPool();

  bool works() const noexcept { return multi_ != nullptr; }
  const std::string& key() const noexcept { return key_; }
  bool is_idle() const noexcept { return active_ == 0; }
  Nanoseconds last_used() const noexcept { return last_used_; }
  // No request is started on it any more; it goes when it is idle.
  void retire() noexcept { retired_ = true; }
  bool is_retired() const noexcept { return retired_; }

  // What a handle still has from its last use here: nothing, or every option of a GET without a
  // body.
  enum class Set : std::uint8_t { kNothing, kGet };
  struct Easy {
    CURL* handle = nullptr;
    Set set = Set::kNothing;
    curl_slist* headers = nullptr;  // its header list, where that may serve another request
  };
  // A handle that was set for `wanted`, or one that has nothing.
  Easy take_easy(Set wanted);
  // Runs it from the next pump on, unless others that are to go elsewhere have no connection yet:
  // then after them, as one of them may look its name up again, and would find the newer pins.
  bool enter(CurlExchange& exchange);
  // It has its connection, or needs none any more.
  void settle(CurlExchange& exchange) noexcept;
  // Those that entered and can run now.
  void admit();
  void leave(CurlExchange& exchange) noexcept;
  // Off the multi handle (unfinished: its connection is closed) and kept for another use.
  void remove(Easy easy);

  // What is pinned: a pin that libcurl took stays in force for the multi handle until another
  // replaces it. Empty while that is not certain.
  const Pins& pins() const noexcept { return pins_; }
  // New ones are on their way. 0: among others, so nobody can say which will be the last.
  std::uint64_t change_pins() noexcept;
  // libcurl took those of this change, and nobody changed them since.
  void took_pins(std::uint64_t change, const Pins& pins);

  const std::vector<pollfd>& sockets() const noexcept { return sockets_; }
  Nanoseconds due() const noexcept { return due_; }
  ShortWait& short_wait() noexcept { return short_wait_; }
  // Each says whether an exchange moved.
  bool act(int socket, short events);
  bool act_on_time(Nanoseconds now);
  void moved() noexcept { moved_ = true; }
  bool take_moved() noexcept { return std::exchange(moved_, false); }

 private:
  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* of_socket);
  static int on_timer(CURLM* multi, long milliseconds, void* self);
  bool take_messages();
  bool add(CurlExchange& exchange);

  CurlTransport& transport_;
  std::string key_;
  CURLM* multi_;
  void discard(Easy& easy);

  std::vector<Easy> spare_;
  Pins pins_;
  std::uint64_t pin_changes_ = 0;
  std::vector<CurlExchange*> unsettled_;  // no connection yet; all pinned to the same addresses
  std::vector<CurlExchange*> waiting_;    // not on the multi handle yet
  std::vector<pollfd> sockets_;
  Nanoseconds due_ = kForever;
  Nanoseconds last_used_;
  ShortWait short_wait_;
  unsigned active_ = 0;
  bool retired_ = false;
  bool moved_ = false;
};

}  // namespace warrant::os
