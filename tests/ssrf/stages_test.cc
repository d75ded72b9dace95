// SPDX-License-Identifier: Apache-2.0
// What a request waits for, stage by stage, and both that end it: its own time, and a cancel from
// another thread. Real names, sockets and TLS; nothing is left behind. Spec: egress.md sections 14
// and 22.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "tests/ssrf/rig_fixture.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/fetcher.h"
#include "warrant/os/cares_resolver.h"
#include "warrant/os/fd.h"

namespace warrant::ssrf {
namespace {

using cap::FetchState;
using cap::Reason;
using What = ScriptedResolver::Answer::What;

constexpr Nanoseconds kShort{300'000'000};
constexpr std::uint64_t kLeastCap = 5'000'000'000;  // of the stages' own bounds

std::ptrdiff_t entries(const char* directory) {
  const std::filesystem::directory_iterator begin(directory);
  return std::distance(begin, std::filesystem::directory_iterator());
}

// A port of loopback that nobody answers at.
struct Port {
  explicit Port(int type) : socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket interface
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    EXPECT_EQ(::bind(socket.number(), address, size), 0);
    EXPECT_EQ(::getsockname(socket.number(), address, &size), 0);
    number = ntohs(at.sin_port);
    if (type != SOCK_STREAM) return;
    EXPECT_EQ(::listen(socket.number(), 0), 0);
  }
  // From here on SYNs are dropped.
  void fill() {
    for (int i = 0; i < 4; ++i) {
      fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      to.sin_port = htons(number);
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket interface
      (void)::connect(fillers.back().number(), reinterpret_cast<sockaddr*>(&to), sizeof to);
    }
  }
  cap::Endpoint endpoint() const { return {cap::IpAddress::v4({127, 0, 0, 1}), number}; }

  os::OwnedFd socket;
  std::uint16_t number = 0;
  std::vector<os::OwnedFd> fillers;
};

struct Stage {
  const char* name;
  enum class Holds : std::uint8_t { kDns, kConnect, kTls, kServer } holds;
  Actions actions = {};
};

std::vector<Stage> stages() {
  using Holds = Stage::Holds;
  const char* const head = "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n";
  return {{"names", Holds::kDns},
          {"connection", Holds::kConnect},
          {"TLS", Holds::kTls},
          {"head", Holds::kServer, {stall()}},
          {"slow head", Holds::kServer, {send("HTTP/1.1 200 OK\r\n"), drip("a: b\r\n", 60, 1)}},
          {"body", Holds::kServer, {send(head), stall()}},
          {"slow body", Holds::kServer, {send(head), drip("x", 60, 1)}}};
}

class Stages : public OverRig {
 protected:
  void SetUp() override {
    OverRig::SetUp();
    if (rig_ == nullptr) return;
    rig_->resolver().script({{What::kAddresses, {*fetch::parse_ip("93.184.215.14")}}});
    for (const Stage& each : stages())
      (void)wait_at(each, Ends::kByTime);  // loads what is loaded once
  }
  enum class Ends : std::uint8_t { kByTime, kByCancel };

  Reason wait_at(const Stage& stage, Ends ends) {
    if (stage.holds == Stage::Holds::kServer) {
      rig_->play({.hosts = {"api.example.com"}, .responses = {stage.actions}, .loop = true});
    }
    const auto ambient = os::Ambient::danger_from_main();
    const auto waiter = *os::Waiter::make(ambient);
    Port names(SOCK_DGRAM);
    Port door(SOCK_STREAM);
    if (stage.holds == Stage::Holds::kConnect) door.fill();
    os::CurlOptions options = rig_->options(*waiter);
    if (stage.holds == Stage::Holds::kConnect || stage.holds == Stage::Holds::kTls) {
      options.reroute = [&](const cap::Endpoint&) { return door.endpoint(); };
    }
    os::CurlTransport transport(ambient, std::move(options));
    os::CaresResolver silent(
        ambient, {.waiter = waiter.get(), .servers = "127.0.0.1:" + std::to_string(names.number)});
    cap::Resolver* resolver = &rig_->resolver();
    if (stage.holds == Stage::Holds::kDns) resolver = &silent;
    policy::FetchGrant grant;
    grant.host = "api.example.com";
    grant.methods = {"GET"};
    grant.paths = {"/"};
    auto loaded = fetch::load({&grant, 1}, {}, {}, fetch::Author::kOperator);
    Ignored sink;
    const auto fetch = fetch::make_fetch(std::move(loaded.rules),
                                         {.ports = {&transport, resolver, nullptr, &sink}});
    cap::FetchRequest request{.method = "GET", .url = "https://api.example.com/"};
    if (ends == Ends::kByTime) request.timeout = kShort;
    const auto attempt = fetch->start(request);
    std::thread other;
    if (ends == Ends::kByCancel) {
      other = std::thread([&] {
        std::this_thread::sleep_for(std::chrono::nanoseconds(count(kShort)));
        waiter->cancel();
      });
    }
    FetchState state = FetchState::kPending;
    while (state != FetchState::kFailed && state != FetchState::kEnd) {
      state = attempt->advance(cap::Blocking::kWait);
      attempt->consume(attempt->ready().size());
    }
    if (other.joinable()) other.join();
    return state == FetchState::kEnd ? Reason::kOk : attempt->failure().reason;
  }
};

TEST_F(Stages, ItsOwnTimeEndsARequestAtEach) {
  for (const Stage& each : stages()) {
    const auto descriptors = entries("/proc/self/fd");
    const auto threads = entries("/proc/self/task");
    const Nanoseconds began = os::host_monotonic();
    const bool dns = each.holds == Stage::Holds::kDns;
    EXPECT_EQ(wait_at(each, Ends::kByTime), dns ? Reason::kDnsTimeout : Reason::kTimeout)
        << each.name;
    const Nanoseconds took = saturating_sub(os::host_monotonic(), began);
    EXPECT_GE(took, kShort) << each.name;
    EXPECT_LT(count(took), kLeastCap) << each.name << ": ended by another bound";
    EXPECT_EQ(entries("/proc/self/fd"), descriptors) << each.name;
    EXPECT_EQ(entries("/proc/self/task"), threads) << each.name;
  }
}

TEST_F(Stages, ACancelFromAnotherThreadEndsARequestAtEach) {
  for (const Stage& each : stages()) {
    const auto descriptors = entries("/proc/self/fd");
    const auto threads = entries("/proc/self/task");
    const Nanoseconds began = os::host_monotonic();
    EXPECT_EQ(wait_at(each, Ends::kByCancel), Reason::kCancelled) << each.name;
    EXPECT_LT(count(saturating_sub(os::host_monotonic(), began)), kLeastCap) << each.name;
    EXPECT_EQ(entries("/proc/self/fd"), descriptors) << each.name;
    EXPECT_EQ(entries("/proc/self/task"), threads) << each.name;
  }
}

}  // namespace
}  // namespace warrant::ssrf
