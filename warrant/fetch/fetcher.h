// SPDX-License-Identifier: Apache-2.0
#pragma once
// cap::Fetch by the rules of this room, over a transport and a resolver.
//
// Every step of egress.md section 1 in its order, on the first hop and on each further one; an
// attempt that fails is on record before anyone hears of it. Nothing is sent before it was judged,
// and nothing goes to an address that was not vetted for this very hop (but see Addresses). What
// the ports do is theirs; none of them can allow anything. One thread. Spec: egress.md.
#include <functional>
#include <memory>
#include <string>

#include "warrant/audit/sink.h"
#include "warrant/cap/fetch.h"
#include "warrant/cap/resolver.h"
#include "warrant/cap/secrets.h"
#include "warrant/cap/transport.h"
#include "warrant/fetch/record.h"
#include "warrant/fetch/rules.h"

namespace warrant::fetch {

// What an embedder's gate is shown of a request whose addresses are vetted.
struct GateRequest {
  cap::Method method;
  const Url& url;
  std::span<const JudgedAddress> addresses;
  std::int32_t grant;
  std::uint32_t hop;
};

// All outlive the Fetcher; `transport` and `resolver` nullptr: kTransportUnavailable.
struct FetchPorts {
  cap::Transport* transport = nullptr;
  cap::Resolver* resolver = nullptr;
  cap::Secrets* secrets = nullptr;  // nullptr: there are none
  audit::Sink* sink = nullptr;      // required
};

// Who chooses the address that is connected to. kUnpinned is for a page, whose browser resolves and
// connects by itself: names are not looked up, no resolver is needed, and only grants that say
// `browser-unpinned` are served; all else is the same. A grant alone never chooses it.
enum class Addresses : std::uint8_t { kVetted, kUnpinned };

struct FetchSetup {
  FetchPorts ports;
  Addresses addresses = Addresses::kVetted;
  std::string warrant_hash;            // connections are never shared beyond it
  Nanoseconds run_deadline{kForever};  // of transport.now()
  // What ended the run that answers kCanceled: kDeadline or kCancelled. Empty: kCancelled.
  std::function<cap::Reason()> ended = {};
  CallKey call_key = {};  // random, of this call; keys derive from it
  PathShown path = PathShown::kPattern;
  const audit::KnownSecrets* known = nullptr;  // what no record may show; outlives the Fetcher
  std::string user_agent = "warrant/0";
  // May refuse, never allow. Empty: none.
  std::function<cap::Verdict(const GateRequest&)> gate = {};
};

// `rules` without grants: everything is kNotGranted.
std::unique_ptr<cap::Fetch> make_fetch(Rules rules, FetchSetup setup);

}  // namespace warrant::fetch
