// SPDX-License-Identifier: Apache-2.0
#include "warrant/lib/open_sockets.h"

#include <algorithm>

#include "warrant/codec/text.h"
#include "warrant/engine/engine.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/endpoint.h"
#include "warrant/fetch/vet.h"
#include "warrant/lib/connect_names.h"
#include "warrant/lib/socket_words.h"
#include "warrant/os/listener.h"

namespace warrant::lib {
namespace {

using fetch::EndpointFault;
using policy::LimitKey;

constexpr Nanoseconds kConnectTime{10'000'000'000};
constexpr std::size_t kAddressesTried = 4;
constexpr std::string_view kLoopback[] = {"127.0.0.0/8", "::1"};

struct Cause {
  Errc code;
  std::string_view text;
};
constexpr Cause kCauses[] = {
    {Errc::kAddressInUse, "the port is in use"},
    {Errc::kAddressNotAvailable, "no interface of this machine has that address"},
    {Errc::kAccess, "the system does not permit it"},
    {Errc::kNotPermitted, "the system does not permit it"},
    {Errc::kConnectionRefused, "nobody listens there"},
    {Errc::kCanceled, "there was no answer in time"},
    {Errc::kTimedOut, "there was no answer in time"},
    {Errc::kNetworkUnreachable, "no way leads there"},
    {Errc::kHostUnreachable, "no way leads there"},
    {Errc::kNetworkDown, "no way leads there"},
    {Errc::kConnectionReset, "the connection was broken off"},
    {Errc::kConnectionAborted, "the connection was broken off"},
    {Errc::kTooManyFiles, "this process has too many open files"},
    {Errc::kTooManyFilesSystem, "this machine has too many open files"},
};

std::string sentence_of(const Error& error) {
  for (const Cause& cause : kCauses) {
    if (cause.code == error.code) return std::string(cause.text);
  }
  return "the system cannot open it";
}

os::SocketOptions options_for(const policy::Warrant& warrant, os::Waiter& waiter) {
  return {.waiter = &waiter,
          .locate = &engine::locate,
          .max_transfer = warrant.limits().get(LimitKey::kVectorBytes)};
}

struct Vetted {
  std::optional<cap::VettedEndpoint> endpoint;
  std::string why;  // without one
};

// Under a ceiling an address that is not public must stand in its `private`.
Vetted vet_literal(const cap::Endpoint& to, const fetch::Rules& network,
                   const std::optional<std::vector<std::string>>& private_hosts) {
  const auto holds = [&](const std::string& text) {
    const auto block = fetch::parse_network(text);
    return block && block->contains(to.address);
  };
  const bool named =
      !private_hosts || std::any_of(private_hosts->begin(), private_hosts->end(), holds);
  const fetch::AddressRules rules = network.address_rules(nullptr, {});
  const fetch::Vetting vetting =
      named ? fetch::Vetter::vet_named(to, rules) : fetch::Vetter::vet(to, rules);
  if (vetting.endpoint) return {vetting.endpoint, {}};
  const std::string word = fetch::print(vetting.decision);
  if (!named) {
    return {{}, "that address is not public (" + word + "), and no ceiling lists it in private"};
  }
  if (vetting.decision.address_class == fetch::AddressClass::kOperatorDenied) {
    return {{}, "extra-deny in [network] names it (operator_denied)"};
  }
  return {{}, "that address stands for another one (" + word + "); write the other one"};
}

class Opener {
 public:
  Opener(os::Ambient ambient, const policy::Warrant& warrant, os::Waiter& waiter, audit::Sink& sink)
      : ambient_(ambient),
        waiter_(waiter),
        sink_(sink),
        private_hosts_(warrant.restrictions().private_hosts),
        rules_(network_rules(warrant.terms().network)),
        end_(saturating_add(os::host_monotonic(), warrant.limits().duration(LimitKey::kWall))) {
    options_ = options_for(warrant, waiter);
  }

  void listen(const policy::ListenGrant& grant);
  void connect(const policy::ConnectGrant& grant);
  Outcome<OpenedSockets> finish();

 private:
  std::optional<std::vector<cap::IpNetwork>> peers_of(const policy::ListenGrant& grant);
  // Where it may lead, in the order of trying; empty: refused.
  std::vector<cap::VettedEndpoint> targets_of(const policy::ConnectGrant& grant);
  std::optional<cap::VettedEndpoint> vet(const policy::ConnectGrant& grant);
  // Counts this grant, refused or not.
  os::SocketOptions next_options();
  void keep(std::string_view operation, const cap::Endpoint& endpoint,
            std::unique_ptr<cap::Socket> socket);
  void refuse(std::string_view what, const std::string& address, const std::string& why) {
    reasons_.push_back(std::string(what) + " " + codec::escape_text(address) + ": " + why);
  }
  void refuse_text(std::string_view what, const std::string& address, EndpointFault fault) {
    reasons_.push_back(std::string(what) + " " + codec::escape_text(address) + " " +
                       sentence(fault) + " (" + std::string(word(fault)) + ")");
  }

  os::Ambient ambient_;
  os::Waiter& waiter_;
  audit::Sink& sink_;
  std::optional<std::vector<std::string>> private_hosts_;
  fetch::Rules rules_;
  Nanoseconds end_;
  os::SocketOptions options_;
  std::int32_t index_ = 0;
  OpenedSockets opened_;
  std::vector<std::string> reasons_;
};

os::SocketOptions Opener::next_options() {
  os::SocketOptions options = options_;
  options.grant = cap::GrantIndex{index_++};
  return options;
}

void Opener::keep(std::string_view operation, const cap::Endpoint& endpoint,
                  std::unique_ptr<cap::Socket> socket) {
  const std::string text = cap::print(endpoint);
  audit::Event event;
  event.kind = audit::Kind::kNet;
  event.decision = audit::Decision::kAllow;
  event.operation = operation;
  event.grant = socket->grant();
  event.path = text;
  sink_.record(event);
  opened_.sockets.push_back(std::move(socket));
}

std::optional<std::vector<cap::IpNetwork>> Opener::peers_of(const policy::ListenGrant& grant) {
  std::vector<cap::IpNetwork> peers;
  if (grant.peers.empty()) {
    for (const std::string_view text : kLoopback) peers.push_back(*fetch::parse_network(text));
  }
  for (const std::string& text : grant.peers) {
    if (const auto network = fetch::parse_network(text)) {
      peers.push_back(*network);
    } else {
      refuse("listen", grant.address, peer_fault(text));
    }
  }
  if (peers.size() < grant.peers.size()) return std::nullopt;
  return peers;
}

void Opener::listen(const policy::ListenGrant& grant) {
  const os::SocketOptions options = next_options();
  const auto parsed = fetch::parse_endpoint(grant.address, fetch::PortZero::kAllowed);
  auto peers = peers_of(grant);
  if (!parsed.endpoint) return refuse_text("listen", grant.address, parsed.fault);
  if (!peers) return;
  auto bound = os::open_listener(ambient_, *parsed.endpoint, *std::move(peers), options);
  if (!bound) return refuse("listen", grant.address, sentence_of(bound.error()));
  if (parsed.endpoint->port == 0) opened_.listening.push_back(cap::print(bound->bound));
  keep("listen", bound->bound, std::move(bound->socket));
}

std::optional<cap::VettedEndpoint> Opener::vet(const policy::ConnectGrant& grant) {
  const auto parsed = fetch::parse_endpoint(grant.address, fetch::PortZero::kRefused);
  if (!parsed.endpoint) {
    refuse_text("connect", grant.address, parsed.fault);
    return std::nullopt;
  }
  const Vetted vetted = vet_literal(*parsed.endpoint, rules_, private_hosts_);
  if (!vetted.endpoint) refuse("connect", grant.address, vetted.why);
  return vetted.endpoint;
}

std::vector<cap::VettedEndpoint> Opener::targets_of(const policy::ConnectGrant& grant) {
  std::string fault;
  const auto named = named_target(grant.address, fault);
  if (!fault.empty()) refuse("connect", grant.address, fault);
  if (!named) {
    const auto literal = fault.empty() ? vet(grant) : std::nullopt;
    return literal ? std::vector{*literal} : std::vector<cap::VettedEndpoint>{};
  }
  Looked looked = look_up(ambient_, grant, rules_, *named, waiter_, end_);
  if (!looked.judged.is_allowed()) refuse("connect", grant.address, looked.why);
  looked.judged.pinned.erase(
      looked.judged.pinned.begin() +
          static_cast<std::ptrdiff_t>(std::min(looked.judged.pinned.size(), kAddressesTried)),
      looked.judged.pinned.end());
  return std::move(looked.judged.pinned);
}

void Opener::connect(const policy::ConnectGrant& grant) {
  const os::SocketOptions options = next_options();
  const std::vector<cap::VettedEndpoint> targets = targets_of(grant);
  const bool udp = grant.transport == policy::Transport::kUdp;
  const auto protocol = udp ? os::Protocol::kUdp : os::Protocol::kTcp;
  waiter_.set_deadline(std::min(end_, saturating_add(os::host_monotonic(), kConnectTime)));
  std::optional<Error> why;
  for (const cap::VettedEndpoint& to : targets) {
    auto made = os::open_connection(ambient_, protocol, to, options);
    why = made ? std::nullopt : std::optional(made.error());
    if (made) {
      keep(udp ? "connect-udp" : "connect", to.endpoint(), *std::move(made));
      break;
    }
  }
  waiter_.set_deadline(kForever);
  if (why) refuse("connect", grant.address, sentence_of(*why));
}

Outcome<OpenedSockets> Opener::finish() {
  if (reasons_.empty()) return std::move(opened_);
  Problem problem{Problem::Kind::kRefused, std::move(reasons_.front()), {}, {}};
  problem.more.assign(std::make_move_iterator(reasons_.begin() + 1),
                      std::make_move_iterator(reasons_.end()));
  problem.hint =
      "--listen 127.0.0.1:8080, --connect HOST:5432: an address, or to connect a name, and a port";
  return problem;
}

}  // namespace

Outcome<OpenedSockets> open_sockets(os::Ambient ambient, const policy::Warrant& warrant,
                                    os::Waiter& waiter, audit::Sink& sink) {
  Opener opener(ambient, warrant, waiter, sink);
  for (const policy::ListenGrant& grant : warrant.terms().listen) opener.listen(grant);
  for (const policy::ConnectGrant& grant : warrant.terms().connect) opener.connect(grant);
  return opener.finish();
}

std::vector<std::string> connect_faults(const policy::Warrant& warrant) {
  const fetch::Rules rules = network_rules(warrant.terms().network);
  std::vector<std::string> faults;
  for (const policy::ConnectGrant& grant : warrant.terms().connect) {
    const auto parsed = fetch::parse_endpoint(grant.address, fetch::PortZero::kRefused);
    if (!parsed.endpoint) continue;
    const Vetted vetted =
        vet_literal(*parsed.endpoint, rules, warrant.restrictions().private_hosts);
    if (vetted.endpoint) continue;
    faults.push_back("connect " + codec::escape_text(grant.address) + ": " + vetted.why);
  }
  return faults;
}

std::vector<std::unique_ptr<cap::Socket>> adopt_sockets(const policy::Warrant& warrant,
                                                        os::Waiter& waiter,
                                                        std::span<os::OwnedFd> opened) {
  std::vector<std::unique_ptr<cap::Socket>> sockets;
  os::SocketOptions options = options_for(warrant, waiter);
  std::size_t at = 0;
  const auto next = [&] {
    options.grant = cap::GrantIndex{static_cast<std::int32_t>(at)};
    return std::move(opened[at++]);
  };
  for (const policy::ListenGrant& grant : warrant.terms().listen) {
    std::vector<cap::IpNetwork> peers;
    for (const std::string_view text : kLoopback) {
      if (grant.peers.empty()) peers.push_back(*fetch::parse_network(text));
    }
    for (const std::string& text : grant.peers) {
      if (const auto network = fetch::parse_network(text)) peers.push_back(*network);
    }
    os::OwnedFd fd = next();
    sockets.push_back(os::adopt_listener(std::move(fd), std::move(peers), options));
  }
  for (const policy::ConnectGrant& grant : warrant.terms().connect) {
    const bool udp = grant.transport == policy::Transport::kUdp;
    os::OwnedFd fd = next();
    sockets.push_back(os::adopt_socket(
        std::move(fd), udp ? cap::FileType::kSocketDatagram : cap::FileType::kSocketStream,
        options));
  }
  return sockets;
}

}  // namespace warrant::lib
