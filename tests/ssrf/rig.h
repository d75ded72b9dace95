// SPDX-License-Identifier: Apache-2.0
#pragma once
// The network of the vectors: real TLS servers on loopback that say what they are told, our own
// libcurl transport, and a scripted resolver.
//
// Every vetted endpoint is rerouted to one of the servers below the policy, so the policy is the
// shipped one; what was connected to is kept. One thread.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warrant/audit/sink.h"
#include "warrant/cap/resolver.h"
#include "warrant/codec/json.h"
#include "warrant/os/curl_transport.h"

namespace warrant::ssrf {

// What a server says to one request.
using Actions = codec::Json::Array;
codec::Json send(std::string_view bytes);
codec::Json repeat(std::string_view bytes, unsigned times);
codec::Json drip(std::string_view bytes, unsigned times, unsigned seconds);
// A whole response whose body was compressed `layers` times.
codec::Json gzipped(std::string_view bytes, unsigned times, unsigned layers);
codec::Json pause(unsigned milliseconds);
codec::Json stall();
codec::Json close();

struct Play {
  std::string server = "good";
  std::vector<std::string> hosts;
  std::vector<Actions> responses;  // in the order of the requests
  bool loop = false;               // the last one again and again; it is the last one anyway
};

struct SeenRequest {
  std::string method, target, host;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  const std::string* find(std::string_view name) const;
};

// The answers to successive look-ups, whatever the name; the last one stays.
class ScriptedResolver final : public cap::Resolver {
 public:
  struct Answer {
    enum class What : std::uint8_t { kAddresses, kNoAnswer, kFailure, kSilence } what;
    std::vector<cap::IpAddress> addresses;
  };
  void script(std::vector<Answer> answers);
  unsigned asked() const noexcept { return asked_; }
  std::unique_ptr<cap::Lookup> start(std::string_view name, cap::Families families) override;

 private:
  std::vector<Answer> answers_;
  unsigned asked_ = 0;
};

class Rig {
 public:
  // Nothing: it cannot be made here, and why.
  static std::unique_ptr<Rig> make(std::string& why);
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  // Forgets what was, and sets what comes.
  void play(const Play& play);
  std::vector<SeenRequest> seen();  // since play()
  const std::vector<cap::Endpoint>& connected() const noexcept { return connected_; }
  cap::Transport& transport() noexcept { return *transport_; }
  ScriptedResolver& resolver() noexcept { return resolver_; }
  // For a transport of a test's own; both outlive it.
  os::CurlOptions options(const os::Waiter& waiter);

 private:
  Rig() = default;
  codec::Json ask(const codec::Json& told);
  std::string read_line();

  int pid_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
  codec::Json ports_;
  std::string server_;
  std::string ca_;
  std::unique_ptr<os::Waiter> waiter_;
  std::unique_ptr<os::CurlTransport> transport_;
  ScriptedResolver resolver_;
  std::vector<cap::Endpoint> connected_;
};

}  // namespace warrant::ssrf
