// SPDX-License-Identifier: Apache-2.0
// Connections that are kept, over real TLS: what is decided anew before one is used again, and what
// is left behind when a request ends early. Spec: egress.md sections 8, 16 and 22, netfetch.md
// NF27.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "tests/ssrf/rig_fixture.h"
#include "warrant/fetch/address_text.h"
#include "warrant/fetch/fetcher.h"

namespace warrant::ssrf {
namespace {

using cap::FetchState;
using What = ScriptedResolver::Answer::What;

constexpr const char* kUrl = "https://api.example.com/v1/a";
constexpr const char* kFirst = "93.184.215.14";
constexpr const char* kSecond = "93.184.215.15";

class Pool : public OverRig {
 protected:
  void SetUp() override {
    OverRig::SetUp();
    if (rig_ == nullptr) return;
    rig_->play({.hosts = {"api.example.com"}, .responses = {Actions{send(kOk)}}, .loop = true});
    answers({kFirst});
    make_fetch({grant_of("/v1/*")}, {});
  }
  static policy::FetchGrant grant_of(const char* path) {
    policy::FetchGrant grant;
    grant.host = "api.example.com";
    grant.methods = {"GET"};
    grant.paths = {path};
    grant.bounds[policy::FetchBound::kRequests] = 100;
    return grant;
  }
  void make_fetch(const std::vector<policy::FetchGrant>& grants,
                  const policy::NetworkOptions& network) {
    auto loaded = fetch::load(grants, {}, network, fetch::Author::kOperator);
    ASSERT_TRUE(loaded.findings.empty());
    fetch::FetchSetup setup{.ports = {&rig_->transport(), &rig_->resolver(), nullptr, &sink_},
                            .warrant_hash = "pool"};
    fetch_ = fetch::make_fetch(std::move(loaded.rules), std::move(setup));
  }
  void TearDown() override {
    if (fetch_) fetch_->revoke();
  }
  void answers(std::initializer_list<const char*> each) {
    std::vector<ScriptedResolver::Answer> script;
    for (const char* text : each) script.push_back({What::kAddresses, {*fetch::parse_ip(text)}});
    rig_->resolver().script(std::move(script));
  }
  // What was connected to, the port aside.
  std::vector<cap::IpAddress> connected() const {
    std::vector<cap::IpAddress> made;
    for (const cap::Endpoint& each : rig_->connected()) made.push_back(each.address);
    return made;
  }
  void close_after_each() {
    rig_->play({.hosts = {"api.example.com"},
                .responses = {Actions{send(kLastOne), close()}},
                .loop = true});
  }
  static cap::Reason get(cap::Fetch& from, const char* url = kUrl,
                         std::span<const cap::GuestHeader> headers = {}) {
    return ask(from, {.method = "GET", .url = url, .headers = headers});
  }
  static cap::Reason ask(cap::Fetch& from, const cap::FetchRequest& request) {
    return finish(*from.start(request));
  }
  static cap::Reason finish(cap::FetchAttempt& attempt) {
    for (;;) {
      const FetchState state = attempt.advance(cap::Blocking::kWait);
      if (state == FetchState::kFailed) return attempt.failure().reason;
      if (state == FetchState::kEnd) return cap::Reason::kOk;
      attempt.consume(attempt.ready().size());
    }
  }
  static std::ptrdiff_t entries(const char* directory) {
    const std::filesystem::directory_iterator begin(directory);
    return std::distance(begin, std::filesystem::directory_iterator());
  }

  static constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK";
  static constexpr std::string_view kLastOne =
      "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nOK";
  Ignored sink_;
  std::unique_ptr<cap::Fetch> fetch_;
};

TEST_F(Pool, RevokedWhileAConnectionIsWarmNothingMoreIsSent) {
  EXPECT_EQ(get(*fetch_), cap::Reason::kOk);
  const auto before = entries("/proc/self/fd");
  fetch_->revoke();
  EXPECT_EQ(get(*fetch_), cap::Reason::kNotGranted);
  EXPECT_EQ(rig_->seen().size(), 1U);
  EXPECT_LT(entries("/proc/self/fd"), before);  // the connection is closed
}

TEST_F(Pool, NarrowedWhileAConnectionIsWarmTheNarrowerBoundsCount) {
  EXPECT_EQ(get(*fetch_), cap::Reason::kOk);
  const auto none = fetch_->narrow({.requests = 0});
  EXPECT_EQ(get(*none), cap::Reason::kBudgetRequests);
  const auto child = fetch_->narrow({.requests = 1});
  EXPECT_EQ(get(*child), cap::Reason::kOk);
  EXPECT_EQ(get(*child), cap::Reason::kBudgetRequests);
  EXPECT_EQ(rig_->seen().size(), 2U);
  EXPECT_EQ(connected().size(), 1U);  // it was warm
}

TEST_F(Pool, AnAnswerThatIsNotPublicIsNotServedByTheWarmConnection) {
  answers({kFirst, "10.0.0.1"});
  EXPECT_EQ(get(*fetch_), cap::Reason::kOk);
  EXPECT_EQ(get(*fetch_), cap::Reason::kAddressPrivate);
  EXPECT_EQ(rig_->seen().size(), 1U);
}

TEST_F(Pool, ConnectionsMadeOneAfterAnotherGoWhereEachRequestIsPinned) {
  const auto first = *fetch::parse_ip(kFirst), second = *fetch::parse_ip(kSecond);
  close_after_each();
  answers({kFirst, kFirst, kSecond, kSecond, kFirst, kFirst});
  for (int i = 0; i < 6; ++i) EXPECT_EQ(get(*fetch_), cap::Reason::kOk);
  EXPECT_EQ(connected(), (std::vector{first, first, second, second, first, first}));
}

TEST_F(Pool, RequestsInFlightTogetherLeaveNoPinInDoubt) {
  close_after_each();
  answers({kFirst, kSecond});
  const auto one = fetch_->start({.method = "GET", .url = kUrl});
  const auto other = fetch_->start({.method = "GET", .url = kUrl});
  for (const auto& each : {one.get(), other.get()}) {
    for (int turns = 0; turns < 200'000; ++turns) {
      const FetchState state = each->advance(cap::Blocking::kNever);
      if (state == FetchState::kFailed || state == FetchState::kEnd) break;
      each->consume(each->ready().size());
    }
  }
  rig_->play({.hosts = {"api.example.com"},
              .responses = {Actions{send(kLastOne), close()}},
              .loop = true});
  answers({kFirst, kSecond, kFirst});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(*fetch_), cap::Reason::kOk);
  const auto first = *fetch::parse_ip(kFirst), second = *fetch::parse_ip(kSecond);
  EXPECT_EQ(connected(), (std::vector{first, second, first}));
}

TEST_F(Pool, HeadersOfOneRequestAreNotThoseOfTheNext) {
  const cap::GuestHeader mine[] = {{"accept", "text/plain"}, {"x-mine", "1"}};
  EXPECT_EQ(get(*fetch_), cap::Reason::kOk);
  EXPECT_EQ(get(*fetch_, kUrl, mine), cap::Reason::kOk);
  EXPECT_EQ(get(*fetch_), cap::Reason::kOk);
  EXPECT_EQ(get(*fetch_), cap::Reason::kOk);
  const auto seen = rig_->seen();
  ASSERT_EQ(seen.size(), 4U);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const bool is_mine = i == 1;
    ASSERT_NE(seen[i].find("accept"), nullptr);
    EXPECT_EQ(*seen[i].find("accept"), is_mine ? "text/plain" : "*/*");
    EXPECT_EQ(seen[i].find("x-mine") != nullptr, is_mine);
    EXPECT_NE(seen[i].find("user-agent"), nullptr);
    EXPECT_EQ(seen[i].headers.size(), is_mine ? 5U : 4U);  // with host
  }
}

TEST_F(Pool, EachRequestIsSentByItsOwnMethodWhateverWentBefore) {
  const std::vector<std::string> methods = {"GET",   "HEAD",   "POST",   "PUT",
                                            "PATCH", "DELETE", "OPTIONS"};
  rig_->play({.hosts = {"api.example.com"},
              .responses = {Actions{send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")}},
              .loop = true});
  policy::FetchGrant grant = grant_of("/v1/*");
  grant.methods = methods;
  grant.bounds[policy::FetchBound::kRequests] = 200;
  make_fetch({grant}, {});
  std::vector<std::string> asked;
  for (const std::string& before : methods) {
    for (const std::string& method : methods) {
      for (const std::string& each : {before, method}) {
        ASSERT_EQ(ask(*fetch_, {.method = each, .url = kUrl}), cap::Reason::kOk) << each;
        asked.push_back(each);
      }
    }
  }
  std::vector<std::string> sent;
  for (const SeenRequest& each : rig_->seen()) sent.push_back(each.method);
  EXPECT_EQ(sent, asked);
}

// libcurl takes a pin when it first runs a request, not when the request is made.
TEST_F(Pool, ARequestThatWasGivenUpBeforeItRanPinsNothing) {
  policy::FetchGrant other = grant_of("/v2/*");
  other.private_hosts = {"10.9.9.9"};  // connections of its own
  policy::NetworkOptions network;
  network.dns_cache = Nanoseconds{30'000'000'000};
  make_fetch({grant_of("/v1/*"), other}, network);
  close_after_each();
  EXPECT_EQ(get(*fetch_), cap::Reason::kOk);  // the addresses are known from here on
  constexpr const char* kOther = "https://api.example.com/v2/a";
  (void)fetch_->start({.method = "GET", .url = kOther});
  EXPECT_EQ(get(*fetch_, kOther), cap::Reason::kOk);
  EXPECT_EQ(connected().size(), 2U);
}

// Two that know different addresses of one name. The third request waits to see whether it may
// share the connection that the second is making; meanwhile the fourth is pinned elsewhere.
TEST_F(Pool, PinsThatChangeWhileARequestWaitsForAConnectionAreNotItsOwn) {
  policy::NetworkOptions network;
  network.dns_cache = Nanoseconds{30'000'000'000};
  close_after_each();
  answers({kSecond, kFirst});
  make_fetch({grant_of("/v1/*")}, network);
  const std::unique_ptr<cap::Fetch> other = std::move(fetch_);
  make_fetch({grant_of("/v1/*")}, network);
  EXPECT_EQ(get(*other), cap::Reason::kOk);
  EXPECT_EQ(get(*fetch_), cap::Reason::kOk);
  std::vector<std::unique_ptr<cap::FetchAttempt>> all;
  for (cap::Fetch* const from : {fetch_.get(), fetch_.get(), other.get(), fetch_.get()}) {
    all.push_back(from->start({.method = "GET", .url = kUrl}));
    (void)all.back()->advance(cap::Blocking::kNever);
  }
  for (const auto& each : all) EXPECT_EQ(finish(*each), cap::Reason::kOk);
  const auto first = *fetch::parse_ip(kFirst), second = *fetch::parse_ip(kSecond);
  const auto made = connected();
  EXPECT_EQ(std::count(made.begin(), made.end(), first), 4);
  EXPECT_EQ(std::count(made.begin(), made.end(), second), 2);
  other->revoke();
}

TEST_F(Pool, AnAttemptThatIsGivenUpLeavesNoDescriptorAndNoThread) {
  EXPECT_EQ(get(*fetch_), cap::Reason::kOk);  // loads what is loaded once
  fetch_->revoke();
  for (const bool headed : {false, true}) {
    SetUp();
    Actions actions;
    if (headed) actions.push_back(send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"));
    actions.push_back(stall());
    rig_->play({.hosts = {"api.example.com"}, .responses = {actions}, .loop = true});
    const auto descriptors = entries("/proc/self/fd");
    const auto threads = entries("/proc/self/task");
    for (int i = 0; i < 8; ++i) {
      const auto attempt = fetch_->start({.method = "GET", .url = kUrl});
      for (int turns = 0; turns < 200'000 && !attempt->ready().size(); ++turns) {
        const FetchState state = attempt->advance(cap::Blocking::kNever);
        if (!headed && turns > 200) break;
        ASSERT_NE(state, FetchState::kFailed) << cap::word(attempt->failure().reason);
      }
      if (i % 2 == 0) attempt->cancel();
    }
    fetch_->revoke();
    EXPECT_EQ(entries("/proc/self/fd"), descriptors);
    EXPECT_EQ(entries("/proc/self/task"), threads);
  }
}

}  // namespace
}  // namespace warrant::ssrf
