// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::Transport by a page's fetch(): sent by another worker, waited for here.
//
// Nothing ambient goes along: no cookies, no redirects, no cache, no referrer. The browser
// resolves, connects and shakes hands by itself, so no socket is shown to the guard, no address is
// known, and every fault of the network is kConnectFailed before the head and kTruncated behind it.
// A page is shown headers joined by name, and bodies already decoded; it cannot send
// Accept-Encoding or User-Agent: a request that needs one does not start. Spec: egress.md section
// 21, netfetch.md 4.
#include <vector>

#include "warrant/cap/transport.h"
#include "warrant/web/ports.h"

namespace warrant::web {

class PageTransport final : public cap::Transport {
 public:
  explicit PageTransport(const RunTime& time) : time_(time) {}
  Status prepare() override { return {}; }
  Nanoseconds now() const noexcept override { return monotonic(); }
  std::span<const cap::IpAddress> own_addresses() override { return {}; }
  Result<std::unique_ptr<cap::Exchange>> start(const cap::Approved<cap::HopRequest>& request,
                                               cap::HopGuard& guard) override;
  void close_pool(std::string_view) override {}  // the browser's connections are its own

 private:
  const RunTime& time_;
};

}  // namespace warrant::web
