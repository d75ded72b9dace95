// SPDX-License-Identifier: Apache-2.0
#pragma once
// The Fetch of one run in a page: the rules of its grants over the page's transport, unpinned.
//
// Made at the guest's first call. Without grants it denies on record. One thread.
#include <memory>
#include <optional>
#include <string>

#include "warrant/audit/sink.h"
#include "warrant/fetch/fetcher.h"
#include "warrant/host/module_check.h"
#include "warrant/netfetch/context.h"
#include "warrant/policy/warrant.h"
#include "warrant/web/transport.h"

namespace warrant::web {

class PageFetch {
 public:
  // All outlive it.
  PageFetch(const policy::Warrant& warrant, const RunTime& time, audit::Sink& sink,
            const audit::KnownSecrets& known);
  // What is wrong with the grants; nothing: it may be used.
  std::optional<host::ModuleFault> load();
  netfetch::Context& context() noexcept { return context_; }
  // After the guest: closes what it left open, on record.
  void finish() { context_.close_all(); }

 private:
  netfetch::Granted make();

  const policy::Warrant& warrant_;
  const RunTime& time_;
  audit::Sink& sink_;
  const audit::KnownSecrets& known_;
  PageTransport transport_;
  fetch::Rules rules_;
  std::unique_ptr<cap::Fetch> fetch_;
  std::unique_ptr<cap::Fetch> narrowed_;
  netfetch::Context context_;
};

}  // namespace warrant::web
