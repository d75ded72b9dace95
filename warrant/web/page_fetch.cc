// SPDX-License-Identifier: Apache-2.0
#include "warrant/web/page_fetch.h"

#include "warrant/codec/text.h"
#include "warrant/host/netfetch_bounds.h"
#include "warrant/policy/print.h"
#include "warrant/web/page.h"

namespace warrant::web {

PageFetch::PageFetch(const policy::Warrant& warrant, const RunTime& time, audit::Sink& sink,
                     const audit::KnownSecrets& known)
    : warrant_(warrant),
      time_(time),
      sink_(sink),
      known_(known),
      transport_(time),
      context_({.source = [](void* self) { return static_cast<PageFetch*>(self)->make(); },
                .source_self = this,
                .sink = &sink}) {}

std::optional<host::ModuleFault> PageFetch::load() {
  const policy::Grant& terms = warrant_.terms();
  fetch::LoadedRules loaded =
      fetch::load(terms.fetch, terms.fetch_deny, terms.network, fetch::Author::kOperator);
  if (!loaded.findings.empty()) {
    host::ModuleFault fault;
    for (const policy::Finding& each : loaded.findings) {
      fault.more.push_back(codec::escape_text(each.what));
    }
    fault.what = fault.more.front();
    fault.hint = codec::escape_text(loaded.findings.front().fix);
    fault.more.erase(fault.more.begin());
    return fault;
  }
  rules_ = std::move(loaded.rules);
  return std::nullopt;
}

netfetch::Granted PageFetch::make() {
  const policy::Grant& terms = warrant_.terms();
  const bool granted = !terms.fetch.empty();
  fetch::FetchSetup setup;
  setup.ports.transport = granted ? &transport_ : nullptr;
  setup.ports.sink = &sink_;
  setup.addresses = fetch::Addresses::kUnpinned;
  setup.warrant_hash = policy::hash(warrant_).hex();
  setup.run_deadline = time_.deadline();
  setup.ended = [] {
    return page_is_cancelled() != 0 ? cap::Reason::kCancelled : cap::Reason::kDeadline;
  };
  page_random(setup.call_key.data(), setup.call_key.size());
  setup.path = terms.audit.path == policy::PathRecord::kFull ? fetch::PathShown::kFull
                                                             : fetch::PathShown::kPattern;
  setup.known = &known_;
  setup.user_agent.clear();  // the browser's own goes out
  fetch_ = fetch::make_fetch(std::move(rules_), std::move(setup));
  narrowed_ = fetch_->narrow(host::netfetch_bounds(terms.netfetch));
  return {fetch_.get(), narrowed_.get(), granted};
}

}  // namespace warrant::web
