// SPDX-License-Identifier: Apache-2.0
#pragma once
// The Fetch of one run, made of its warrant: rules, secrets, transport, resolver; internal to lib.
//
// open() finds every fault of the grants, reads certificates and secrets, and tells the run's log
// each value before anything can use it; it loads no library. A
// run without grants of Fetch gets a Network that costs nothing until a guest asks, and then denies
// on record. prepare() loads what no one may load after lock-down. One thread, that of the run.
// Spec: egress.md sections 14, 15.1 and 17, limits.md section 7.1.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warrant/audit/sink.h"
#include "warrant/fetch/fetcher.h"
#include "warrant/fetch/rules.h"
#include "warrant/lib/outcome.h"
#include "warrant/lib/run.h"
#include "warrant/lib/run_log.h"
#include "warrant/netfetch/context.h"
#include "warrant/os/ambient.h"
#include "warrant/os/cares_resolver.h"
#include "warrant/os/curl_transport.h"
#include "warrant/os/secret_values.h"
#include "warrant/policy/config.h"
#include "warrant/policy/warrant.h"

namespace warrant::lib {

// What an embedder or a test brings instead of ours; null: ours.
struct NetworkPorts {
  cap::Fetch* fetch = nullptr;  // instead of all below; judged and audited by whoever made it
  cap::Transport* transport = nullptr;
  cap::Resolver* resolver = nullptr;
  cap::Secrets* secrets = nullptr;
  FetchGate gate = {};
  // Both of a Fetch that another process serves: nothing is made or read here.
  const netfetch::Granted* elsewhere = nullptr;
};

// Whether a run of these terms loads libraries: for Fetch, or for a name to connect to.
bool needs_libraries(const policy::Grant& terms);

// Every fault of a warrant's grants of Fetch, or the rules that its runs follow.
Outcome<fetch::Rules> load_fetch_rules(const policy::Warrant& warrant);
// From then on a grant's `ca` is the text of the file, which no one can open later.
std::optional<Problem> load_certificates(const os::Ambient& ambient, fetch::Grant& grant);

class Network {
 public:
  static Outcome<std::unique_ptr<Network>> open(os::Ambient ambient, const policy::Warrant& warrant,
                                                std::span<const policy::SecretSource> secrets,
                                                NetworkPorts ports, const os::Waiter& waiter,
                                                audit::Sink& sink, RunLog& log);

  netfetch::Context& context() noexcept { return context_; }
  bool is_granted() const noexcept { return granted_; }
  std::uint64_t most_request_body() const noexcept { return rules_.call_bounds().request_body; }
  // What was done to secrets, for `-v` and the receipt.
  const std::vector<std::string>& remarks() const noexcept { return remarks_; }
  // Before lock-down, where there will be one.
  void prepare();

 private:
  Network(os::Ambient ambient, NetworkPorts ports, const os::Waiter& waiter, audit::Sink& sink,
          RunLog& log);
  std::optional<Problem> load_rules(const policy::Warrant& warrant);
  std::optional<Problem> load_secrets(std::span<const policy::SecretSource> sources);
  std::optional<Problem> load_certificates();
  static netfetch::Granted make(void* self);
  netfetch::Granted make_fetch();

  os::Ambient ambient_;
  NetworkPorts ports_;
  const os::Waiter& waiter_;
  audit::Sink& sink_;
  RunLog& log_;
  bool granted_ = false;
  bool missing_ = false;  // a library is: the guest's error, when it fetches
  fetch::Rules rules_;
  policy::NetfetchGrant netfetch_;
  fetch::PathShown path_ = fetch::PathShown::kPattern;
  std::string warrant_hash_;
  std::vector<std::string> remarks_;
  std::unique_ptr<cap::Secrets> secrets_;
  std::unique_ptr<os::CurlTransport> transport_;
  std::unique_ptr<os::CaresResolver> resolver_;
  std::unique_ptr<cap::Fetch> fetch_;
  std::unique_ptr<cap::Fetch> narrowed_;
  netfetch::Context context_;
};

}  // namespace warrant::lib
