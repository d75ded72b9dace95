// SPDX-License-Identifier: Apache-2.0
// Waits that are spent awake, over real TLS: when there are any, and that they end as others do.
// Spec: egress.md section 14.
#include <gtest/gtest.h>
#include <sched.h>

#include <chrono>
#include <memory>
#include <thread>

#include "tests/ssrf/rig_fixture.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/fetcher.h"
#include "warrant/os/short_wait.h"
#include "warrant/os/waiter.h"

namespace warrant::ssrf {
namespace {

using cap::FetchState;
using cap::Reason;
using What = ScriptedResolver::Answer::What;

constexpr Nanoseconds kNever{0};
constexpr Nanoseconds kLong{60'000'000'000};  // no answer of the rig takes that long
constexpr Nanoseconds kOwnTime{300'000'000};
constexpr const char* kUrl = "https://api.example.com/";
constexpr const char* kOk = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK";

Actions slow(unsigned milliseconds = 1'000) { return {pause(milliseconds), send(kOk)}; }

bool has_processors() {
  cpu_set_t mine;
  CPU_ZERO(&mine);
  return ::sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) > 1;
}

class ShortWaits : public OverRig {
 protected:
  void SetUp() override {
    OverRig::SetUp();
    if (rig_ == nullptr) return;
    rig_->resolver().script({{What::kAddresses, {*fetch::parse_ip("93.184.215.14")}}});
    waiter_ = *os::Waiter::make(os::Ambient::danger_from_main());
  }

  void make(Nanoseconds short_wait, std::vector<Actions> responses,
            Nanoseconds disturbed_after = kLong) {
    rig_->play({.hosts = {"api.example.com"}, .responses = std::move(responses), .loop = true});
    os::CurlOptions options = rig_->options(*waiter_);
    options.short_wait = short_wait;
    options.disturbed_after = disturbed_after;
    transport_ =
        std::make_unique<os::CurlTransport>(os::Ambient::danger_from_main(), std::move(options));
    policy::FetchGrant grant;
    grant.host = "api.example.com";
    grant.methods = {"GET", "POST"};
    grant.paths = {"/"};
    grant.bounds[policy::FetchBound::kRequests] = 100;
    auto loaded = fetch::load({&grant, 1}, {}, {}, fetch::Author::kOperator);
    fetch::FetchSetup setup{.ports = {transport_.get(), &rig_->resolver(), nullptr, &sink_},
                            .warrant_hash = "short waits"};
    fetch_ = fetch::make_fetch(std::move(loaded.rules), std::move(setup));
  }

  Reason ask(const cap::FetchRequest& request) {
    const auto attempt = fetch_->start(request);
    for (;;) {
      const FetchState state = attempt->advance(cap::Blocking::kWait);
      if (state == FetchState::kFailed) return attempt->failure().reason;
      if (state == FetchState::kEnd) return Reason::kOk;
      attempt->consume(attempt->ready().size());
    }
  }
  Reason get(Nanoseconds timeout = Nanoseconds{0}) {
    cap::FetchRequest request{.method = "GET", .url = kUrl};
    if (count(timeout) > 0) request.timeout = timeout;
    return ask(request);
  }

  // Afterwards the server passes for a quick one, and the next answer is `slow`.
  static std::vector<Actions> quick_and_then(const std::vector<Actions>& slow) {
    std::vector<Actions> all(os::ShortWait::kQuickAnswers, Actions{send(kOk)});
    all.insert(all.end(), slow.begin(), slow.end());
    return all;
  }
  void see_it_quick() {
    for (unsigned i = 0; i < os::ShortWait::kQuickAnswers; ++i) EXPECT_EQ(get(), Reason::kOk);
  }

  // What `requests` of them waited.
  os::CurlTransport::Waits waits_in(int requests) {
    const auto before = transport_->waits();
    for (int i = 0; i < requests; ++i) EXPECT_EQ(get(), Reason::kOk);
    return since(before);
  }
  os::CurlTransport::Waits since(const os::CurlTransport::Waits& before) const {
    const auto now = transport_->waits();
    return {now.sleeps - before.sleeps, now.looks - before.looks};
  }

  std::unique_ptr<os::Waiter> waiter_;
  std::unique_ptr<os::CurlTransport> transport_;
  Ignored sink_;
  std::unique_ptr<cap::Fetch> fetch_;
};

TEST_F(ShortWaits, TheAnswerOfAServerThatWasQuickIsWaitedForAwake) {
  if (!has_processors()) GTEST_SKIP() << "one processor: no wait is spent awake";
  make(kLong, quick_and_then({slow(), slow()}));
  see_it_quick();
  const auto waits = waits_in(2);
  EXPECT_EQ(waits.sleeps, 0U);
  EXPECT_GT(waits.looks, 0U);
}

TEST_F(ShortWaits, WithoutABoundEveryAnswerIsSleptFor) {
  make(kNever, quick_and_then({slow(), slow()}));
  see_it_quick();
  const auto waits = waits_in(2);
  EXPECT_GE(waits.sleeps, 2U);
  EXPECT_EQ(waits.looks, 0U);
}

TEST_F(ShortWaits, AServerThatTurnsSlowCostsOneAwakeWaitAndItsAnswersCome) {
  if (!has_processors()) GTEST_SKIP() << "one processor: no wait is spent awake";
  constexpr Nanoseconds kBound{500'000'000};  // half of what slow() takes
  make(kBound, quick_and_then({slow(), slow()}));
  see_it_quick();
  const auto first = waits_in(1);
  EXPECT_GT(first.looks, 0U);
  EXPECT_GT(first.sleeps, 0U);
  EXPECT_EQ(waits_in(1).looks, 0U);
}

// libcurl's own time of the first byte would be that of the body's first byte out.
TEST_F(ShortWaits, ALargeBodyDoesNotMakeASlowServerAQuickOne) {
  make(Nanoseconds{100'000'000}, {slow(200)});
  const std::vector<std::byte> body(70'000, std::byte{'x'});
  for (unsigned i = 0; i <= os::ShortWait::kQuickAnswers; ++i) {
    EXPECT_EQ(ask({.method = "POST", .url = kUrl, .body = body}), Reason::kOk);
  }
  EXPECT_EQ(transport_->waits().looks, 0U);
}

TEST_F(ShortWaits, WhoeverElseWantsTheProcessorGetsIt) {
  if (!has_processors()) GTEST_SKIP() << "one processor: no wait is spent awake";
  make(kLong, quick_and_then({slow(), slow()}), Nanoseconds{0});
  see_it_quick();
  EXPECT_GT(waits_in(1).sleeps, 0U);
  EXPECT_EQ(waits_in(1).looks, 0U);
}

TEST_F(ShortWaits, ItsOwnTimeEndsARequestThatIsWaitedForAwake) {
  make(kLong, quick_and_then({Actions{stall()}}));
  see_it_quick();
  const auto before = transport_->waits();
  EXPECT_EQ(get(kOwnTime), Reason::kTimeout);
  if (has_processors()) {
    EXPECT_EQ(since(before).sleeps, 0U);
  }
}

TEST_F(ShortWaits, ACancelFromAnotherThreadEndsARequestThatIsWaitedForAwake) {
  make(kLong, quick_and_then({Actions{stall()}}));
  see_it_quick();
  const auto before = transport_->waits();
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::nanoseconds(count(kOwnTime)));
    waiter_->cancel();
  });
  EXPECT_EQ(get(), Reason::kCancelled);
  other.join();
  if (has_processors()) {
    EXPECT_EQ(since(before).sleeps, 0U);
  }
}

}  // namespace
}  // namespace warrant::ssrf
