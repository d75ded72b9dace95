// SPDX-License-Identifier: Apache-2.0
// Whole attempts over a scripted network: order of steps, pins, budgets, times, secrets, records.
#include "warrant/fetch/fetcher.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/scripted_network.h"
#include "warrant/base/bytes.h"
#include "warrant/codec/base64.h"
#include "warrant/fetch/address_text.h"

namespace warrant::fetch {
namespace {

using cap::FetchState;
using cap::Reason;
using test::Script;

constexpr std::string_view kSecret = "s3cr3t-value+with/odd&bytes";
constexpr std::uint64_t kSecond = 1'000'000'000;

class OneSecret final : public cap::Secrets {
 public:
  bool has(std::string_view reference) const noexcept override { return reference == "key"; }
  Result<cap::SecretText> reveal(std::string_view) override {
    return cap::SecretText(std::string(kSecret));
  }
  std::vector<std::string> references() const override { return {"key"}; }
};

class Recorded final : public audit::Sink {
 public:
  struct One {
    audit::Kind kind;
    audit::Decision decision;
    std::string reason, origin, fields;
  };
  void record(const audit::Event& event) override { keep(events, event); }
  bool intend(const audit::Event& event) override {
    keep(intents, event);
    return may_go;
  }
  std::vector<One> events, intents;
  bool may_go = true;

 private:
  static void keep(std::vector<One>& to, const audit::Event& event) {
    to.push_back({event.kind, event.decision, std::string(cap::word(event.reason)),
                  std::string(event.path), std::string(event.fields)});
  }
};

struct Result {
  std::string reason;  // "ok" for a whole body
  std::string body;
  std::uint16_t status = 0;
  cap::FetchCut cut = cap::FetchCut::kNo;
};

class Fetching : public ::testing::Test {
 protected:
  Fetching() {
    grant.host = "api.example.com";
    grant.methods = {"GET", "POST"};
    grant.paths = {"/v1/"};
    resolver.answers = {answer({"93.184.215.14"})};
  }
  static cap::LookupAnswer answer(std::initializer_list<const char*> texts) {
    cap::LookupAnswer out{cap::LookupAnswer::What::kAddresses, {}};
    for (const char* text : texts) out.addresses.push_back(*parse_ip(text));
    return out;
  }
  void open() {
    std::vector<policy::FetchGrant> grants = {grant};
    grants.insert(grants.end(), more.begin(), more.end());
    auto loaded = load(grants, {}, network, Author::kOperator);
    for (const auto& finding : loaded.findings) ADD_FAILURE() << finding.what;
    setup.ports = {&transport, &resolver, &secrets, &sink};
    fetch = make_fetch(std::move(loaded.rules), setup);
  }
  static Result finish(cap::FetchAttempt& attempt) {
    Result out;
    for (int turns = 0; turns < 10'000; ++turns) {
      const FetchState state = attempt.advance(cap::Blocking::kWait);
      if (state == FetchState::kBody) {
        out.body += text_of(attempt.ready());
        attempt.consume(attempt.ready().size());
      }
      if (state == FetchState::kFailed) out.reason = cap::word(attempt.failure().reason);
      if (state == FetchState::kEnd) out.reason = "ok";
      if (!out.reason.empty()) break;
    }
    out.status = attempt.head().status;
    out.cut = attempt.cut();
    return out;
  }
  Result get(cap::FetchRequest request) {
    if (!fetch) open();
    const auto attempt = fetch->start(request);
    return finish(*attempt);
  }
  Result get(std::string_view url = "https://api.example.com/v1/a") {
    return get(cap::FetchRequest{.url = url});
  }
  void bind_secret(policy::Attach attach = policy::Attach::kRequest) {
    grant.secret = policy::SecretBinding{
        .header = "authorization", .value = "Bearer ${key}", .attach = attach};
  }
  static Script saying(std::vector<std::string> lines, std::vector<std::string> pieces = {}) {
    Script script;
    script.lines = std::move(lines);
    script.lines.push_back("\r\n");
    script.pieces = std::move(pieces);
    return script;
  }
  static Script redirect(const std::string& to, int status = 302) {
    return saying({"HTTP/1.1 " + std::to_string(status) + " x\r\n", "location: " + to + "\r\n",
                   "content-length: 0\r\n"});
  }

  policy::FetchGrant grant;
  std::vector<policy::FetchGrant> more;
  policy::NetworkOptions network;
  test::ScriptedTransport transport;
  test::FixedResolver resolver{transport};
  OneSecret secrets;
  Recorded sink;
  FetchSetup setup;
  std::unique_ptr<cap::Fetch> fetch;
};

TEST_F(Fetching, AGoodAnswerComesWholeWithOneRecordAndItsIntent) {
  transport.scripts = {saying({"HTTP/1.1 200 OK\r\n", "content-length: 4\r\n"}, {"ab", "cd"})};
  const Result got = get();
  EXPECT_EQ(got.reason, "ok");
  EXPECT_EQ(got.body, "abcd");
  EXPECT_EQ(got.status, 200);
  ASSERT_EQ(sink.intents.size(), 1U);
  ASSERT_EQ(sink.events.size(), 1U);
  EXPECT_EQ(sink.events[0].decision, audit::Decision::kAllow);
  EXPECT_EQ(sink.events[0].origin, "https://api.example.com:443");
  EXPECT_NE(sink.events[0].fields.find("\"path\":\"/v1/*\""), std::string::npos)
      << sink.events[0].fields;
  EXPECT_EQ(*transport.requests[0].find("Accept-Encoding"), "identity");
  EXPECT_EQ(transport.requests[0].url, "https://api.example.com:443/v1/a");
}

TEST_F(Fetching, NothingIsLookedUpForWhatIsDeniedByForm) {
  for (const char* url : {"https://evil.test/v1/", "https://api.example.com/v2", "http://x/"}) {
    EXPECT_NE(get(url).reason, "ok");
  }
  EXPECT_TRUE(resolver.asked.empty());
  EXPECT_TRUE(transport.connected.empty());
  EXPECT_EQ(sink.events.size(), 3U);
  EXPECT_EQ(sink.events[1].decision, audit::Decision::kDeny);
}

TEST_F(Fetching, WhatCannotBePutOnRecordIsNotSent) {
  sink.may_go = false;
  EXPECT_EQ(get().reason, "cancelled");
  EXPECT_TRUE(transport.connected.empty());
}

TEST_F(Fetching, WhatDiffersInAnythingButTheUrlIsJudgedAnew) {
  grant.methods = {"GET"};
  EXPECT_EQ(get().reason, "ok");
  const cap::GuestHeader forged{"host", "elsewhere.example.com"};
  const std::string_view url = "https://api.example.com/v1/a";
  EXPECT_EQ(get({.method = "POST", .url = url}).reason, "method_not_granted");
  EXPECT_EQ(get({.url = url, .headers = {&forged, 1}}).reason, "forbidden");
  EXPECT_EQ(get({.url = url, .body = bytes_of("x")}).reason, "request_body_limit");
  EXPECT_EQ(get("https://api.example.com/v2/a").reason, "path_not_granted");
  EXPECT_EQ(get().reason, "ok");
  ASSERT_EQ(transport.requests.size(), 2U);
  EXPECT_EQ(transport.requests[0].url, transport.requests[1].url);
  EXPECT_EQ(transport.requests[0].headers, transport.requests[1].headers);
}

TEST_F(Fetching, ASocketElsewhereIsStopped) {
  Script script;
  script.socket = *parse_ip("8.8.8.8");
  transport.scripts = {script};
  EXPECT_EQ(get().reason, "pin_mismatch");
  script.socket = *parse_ip("127.0.0.1");
  transport.scripts = {script};
  EXPECT_EQ(get().reason, "loopback");
  EXPECT_TRUE(transport.requests.empty());
}

TEST_F(Fetching, APooledConnectionToAnotherPeerIsReplacedOnce) {
  Script old;
  old.peer = *parse_ip("8.8.8.8");
  transport.scripts = {old, Script{}};
  EXPECT_EQ(get().reason, "ok");
  ASSERT_EQ(transport.requests.size(), 1U);
  EXPECT_EQ(transport.requests[0].connection, cap::HopRequest::Connection::kFresh);
  transport.scripts = {old};
  EXPECT_EQ(get().reason, "pin_mismatch");
}

TEST_F(Fetching, APostIsNeverSentTwiceAndAGetMayBe) {
  Script twice;
  twice.sendings = 2;
  transport.scripts = {twice};
  EXPECT_EQ(get().reason, "ok");
  const std::string body = "x";
  transport.requests.clear();
  const Result got = get(cap::FetchRequest{
      .method = "POST", .url = "https://api.example.com/v1/a", .body = bytes_of(body)});
  EXPECT_EQ(got.reason, "retry_refused");
  EXPECT_EQ(transport.requests.size(), 1U);
}

TEST_F(Fetching, OwnAddressesAndPrivateOnesNeedTheirGrant) {
  transport.own = {*parse_ip("93.184.215.14")};
  EXPECT_EQ(get().reason, "self_address");
  transport.own.clear();
  resolver.answers = {answer({"10.1.2.3"})};
  EXPECT_EQ(get().reason, "private");
  grant.private_hosts = {"10.1.2.0/24"};
  fetch.reset();
  EXPECT_EQ(get().reason, "ok");
}

TEST_F(Fetching, TheGateMayRefuseAndIsShownVettedAddresses) {
  std::size_t shown = 0;
  setup.gate = [&](const GateRequest& request) {
    shown = request.addresses.size();
    return cap::Verdict::kStop;
  };
  EXPECT_EQ(get().reason, "denied_by_host");
  EXPECT_EQ(shown, 1U);
  EXPECT_TRUE(transport.connected.empty());
}

TEST_F(Fetching, EachStageHasItsTime) {
  resolver.silent = true;
  Nanoseconds began = transport.clock;
  EXPECT_EQ(get().reason, "dns_timeout");
  EXPECT_EQ(count(transport.clock) - count(began), 5 * kSecond);
  resolver.silent = false;
  Script script;
  script.silent = true;
  transport.scripts = {script};
  began = transport.clock;
  EXPECT_EQ(get().reason, "timeout");
  EXPECT_EQ(count(transport.clock) - count(began), 15 * kSecond);
  script = saying({"HTTP/1.1 200 OK\r\n"}, std::vector<std::string>(600, "a"));
  script.between = Nanoseconds{kSecond};
  transport.scripts = {script};
  began = transport.clock;
  EXPECT_EQ(get().reason, "too_slow");
  EXPECT_LE(count(transport.clock) - count(began), 12 * kSecond);
  script.pieces.assign(600, std::string(200, 'a'));
  transport.scripts = {script};
  began = transport.clock;
  EXPECT_EQ(get().reason, "timeout");
  EXPECT_EQ(count(transport.clock) - count(began), 30 * kSecond);
  const Result shorter = get(
      cap::FetchRequest{.url = "https://api.example.com/v1/a", .timeout = Nanoseconds{kSecond}});
  EXPECT_EQ(shorter.reason, "timeout");
}

TEST_F(Fetching, TheEndOfTheRunEndsIt) {
  transport.canceled = true;
  EXPECT_EQ(get().reason, "cancelled");
  // The cause decides, wherever the clock of the transport stands.
  setup.ended = [] { return cap::Reason::kDeadline; };
  fetch.reset();
  EXPECT_EQ(get().reason, "deadline");
  setup.ended = {};
  transport.canceled = false;
  setup.run_deadline = transport.clock;
  fetch.reset();
  EXPECT_EQ(get().reason, "deadline");
  EXPECT_EQ(sink.events.back().decision, audit::Decision::kError);
}

TEST_F(Fetching, AnAttemptThatIsGivenUpIsOnRecord) {
  open();
  {
    const auto attempt = fetch->start({.url = "https://api.example.com/v1/a"});
  }
  ASSERT_EQ(sink.events.size(), 1U);
  EXPECT_EQ(sink.events[0].reason, "cancelled");
}

TEST_F(Fetching, BodiesAreRefusedOrCutAtTheirCap) {
  grant.bounds[policy::FetchBound::kResponse] = 5;
  transport.scripts = {saying({"HTTP/1.1 200 OK\r\n"}, {"abc", "def"})};
  Result got = get();
  EXPECT_EQ(got.reason, "body_limit");
  EXPECT_EQ(got.body, "abcde");
  transport.scripts = {saying({"HTTP/1.1 200 OK\r\n", "content-length: 6\r\n"}, {"abcdef"})};
  got = get();
  EXPECT_EQ(got.reason, "body_limit");
  EXPECT_EQ(got.body, "");
  const cap::FetchRequest cutting{.url = "https://api.example.com/v1/a", .cut_at = 4};
  got = get(cutting);
  EXPECT_EQ(got.reason, "ok");
  EXPECT_EQ(got.body, "abcd");
  EXPECT_EQ(got.cut, cap::FetchCut::kBuffer);
  const cap::FetchRequest wide{.url = "https://api.example.com/v1/a", .cut_at = 100};
  EXPECT_EQ(get(wide).cut, cap::FetchCut::kResponse);
  transport.scripts = {saying({"HTTP/1.1 200 OK\r\n"}, {"abcde"})};
  EXPECT_EQ(get(wide).cut, cap::FetchCut::kNo);
}

TEST_F(Fetching, AShortBodyIsNoSuccess) {
  transport.scripts = {saying({"HTTP/1.1 200 OK\r\n", "content-length: 9\r\n"}, {"abc"})};
  const Result got = get();
  EXPECT_EQ(got.reason, "truncated");
  EXPECT_EQ(got.body, "abc");
}

TEST_F(Fetching, AnExpandingBodyIsStoppedByItsRatio) {
  grant.decompress = policy::Decompress::kGzip;
  Script script =
      saying({"HTTP/1.1 200 OK\r\n", "content-encoding: gzip\r\n"}, {std::string(10'000, 'a')});
  script.wire = {99};
  transport.scripts = {script};
  EXPECT_EQ(get().reason, "body_limit");
  script.wire = {100};
  transport.scripts = {script};
  EXPECT_EQ(get().reason, "ok");
}

TEST_F(Fetching, BudgetsCountHopsFailuresAndBytes) {
  grant.bounds[policy::FetchBound::kRequests] = 2;
  resolver.answers = {{cap::LookupAnswer::What::kNoAnswer, {}}};
  EXPECT_EQ(get().reason, "dns_no_answer");
  EXPECT_EQ(get().reason, "dns_no_answer");
  EXPECT_EQ(get().reason, "budget_requests");
  fetch.reset();
  resolver.answers = {answer({"93.184.215.14"})};
  transport.scripts = {redirect("/v1/b")};
  EXPECT_EQ(get().reason, "budget_requests");
  EXPECT_EQ(transport.requests.size(), 2U);
  fetch.reset();
  grant.bounds = {};
  grant.bounds[policy::FetchBound::kTotal] = 400;
  transport.scripts = {saying({"HTTP/1.1 200 OK\r\n"}, {std::string(500, 'a')})};
  EXPECT_EQ(get().reason, "budget_bytes");
  EXPECT_EQ(get().reason, "budget_bytes");
}

TEST_F(Fetching, DenialsCloseItForTheCall) {
  grant.bounds[policy::FetchBound::kDenials] = 2;
  EXPECT_EQ(get("https://x.net/").reason, "host_not_granted");
  EXPECT_EQ(get("https://x.net/").reason, "host_not_granted");
  EXPECT_EQ(get().reason, "budget_denials");
  EXPECT_EQ(get().reason, "budget_denials");
}

TEST_F(Fetching, DistinctNamesUnderWildcardsAreCounted) {
  grant.host = "*.example.com";
  grant.bounds[policy::FetchBound::kNames] = 2;
  EXPECT_EQ(get("https://a.example.com/v1/").reason, "ok");
  EXPECT_EQ(get("https://b.example.com/v1/").reason, "ok");
  EXPECT_EQ(get("https://a.example.com/v1/").reason, "ok");
  EXPECT_EQ(get("https://c.example.com/v1/").reason, "budget_names");
  EXPECT_EQ(resolver.asked.size(), 3U);
}

TEST_F(Fetching, ANarrowedOneSharesTheBudgetAndCountsWhatItDelivers) {
  open();
  const auto inner = fetch->narrow({.delivered = 10});
  transport.scripts = {saying({"HTTP/1.1 200 OK\r\n"}, {"abcdef"})};
  const cap::FetchRequest request{.url = "https://api.example.com/v1/a", .cut_at = 100};
  EXPECT_EQ(finish(*inner->start(request)).body, "abcdef");
  const Result second = finish(*inner->start(request));
  EXPECT_EQ(second.body, "abcd");
  EXPECT_EQ(second.cut, cap::FetchCut::kTotal);
  EXPECT_EQ(finish(*inner->start(request)).reason, "budget_bytes");
  EXPECT_EQ(get().reason, "ok");
  EXPECT_EQ(fetch->left().requests, 13U);
}

// A guest chooses path and body: under the call's own key either would tell what other keys are.
TEST_F(Fetching, PathAndBodyAreAuthenticatedUnderKeysOfTheirOwn) {
  setup.call_key.fill(std::byte{7});
  transport.scripts = {saying({"HTTP/1.1 200 OK\r\n"}, {"/v1/a"})};
  EXPECT_EQ(get().body, "/v1/a");
  const std::string fields = sink.events.at(0).fields;
  const auto mac = [&](std::string_view key) {
    return fields.substr(fields.find(key) + key.size(), 64);
  };
  const std::string path = mac("\"path_mac\":\""), body = mac("\"body_mac\":\"");
  EXPECT_EQ(path.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(path, body);
  const std::string under_call = codec::hmac_sha256(setup.call_key, bytes_of("/v1/a")).hex();
  EXPECT_NE(path, under_call);
  EXPECT_NE(body, under_call);
}

TEST_F(Fetching, RevokedMeansNothingMoreAndClosedPools) {
  EXPECT_EQ(get().reason, "ok");
  fetch->revoke();
  EXPECT_EQ(get().reason, "not_granted");
  EXPECT_EQ(transport.closed.size(), 1U);
  EXPECT_EQ(fetch->left().requests, 0U);
}

TEST_F(Fetching, ParallelOnesWaitForThoseThatCanEnd) {
  grant.bounds[policy::FetchBound::kParallel] = 1;
  open();
  const auto first = fetch->start({.url = "https://api.example.com/v1/a"});
  EXPECT_EQ(get().reason, "ok");
  EXPECT_EQ(finish(*first).reason, "ok");
  transport.scripts = {saying({"HTTP/1.1 200 OK\r\n"}, {std::string(300'000, 'a'), "b"})};
  const auto slow = fetch->start({.url = "https://api.example.com/v1/a"});
  ASSERT_EQ(slow->advance(cap::Blocking::kWait), FetchState::kHead);
  ASSERT_EQ(slow->advance(cap::Blocking::kWait), FetchState::kBody);
  EXPECT_EQ(get().reason, "budget_parallel");
}

TEST_F(Fetching, SecretsGoOnlyWhereTheyAreBoundAndAsked) {
  bind_secret();
  policy::FetchGrant files = grant;
  files.host = "files.example.com";
  files.secret.reset();
  more = {files};
  const std::vector<cap::GuestHeader> asks = {
      {"Authorization", "key", cap::GuestHeader::Kind::kReference}, {"x-api-key", "guest"}};
  transport.scripts = {redirect("https://files.example.com/v1/"),
                       redirect("https://api.example.com/v1/"), Script{}};
  EXPECT_EQ(get({.url = "https://api.example.com/v1/", .headers = asks}).reason, "ok");
  ASSERT_EQ(transport.requests.size(), 3U);
  const std::string bearer = "Bearer " + std::string(kSecret);
  EXPECT_EQ(*transport.requests[0].find("authorization"), bearer);
  EXPECT_EQ(transport.requests[1].find("authorization"), nullptr);
  EXPECT_EQ(*transport.requests[2].find("authorization"), bearer);
  EXPECT_NE(transport.requests[0].find("x-api-key"), nullptr);
  EXPECT_EQ(transport.requests[1].find("x-api-key"), nullptr);
  EXPECT_EQ(transport.requests[2].find("x-api-key"), nullptr);
  EXPECT_EQ(get({.url = "https://files.example.com/v1/", .headers = asks}).reason,
            "secret_not_bound");
  const std::vector<cap::GuestHeader> other = {
      {"authorization", "nope", cap::GuestHeader::Kind::kReference}};
  EXPECT_EQ(get({.url = "https://api.example.com/v1/", .headers = other}).reason, "secret_unknown");
  for (const auto& event : sink.events) {
    EXPECT_EQ(event.fields.find(kSecret), std::string::npos);
  }
}

TEST_F(Fetching, AKnownValueInAUrlIsInNoRecord) {
  audit::KnownSecrets known;
  ASSERT_TRUE(known.add("key", "canary-value"));
  known.seal();
  setup.known = &known;
  setup.path = PathShown::kFull;
  (void)get("https://api.example.com/v1/canary-value/a");
  (void)get("https://canary-value.example.com/v1/");
  ASSERT_FALSE(sink.events.empty());
  EXPECT_NE(sink.events[0].fields.find("/v1/\xc2\xabredacted:key\xc2\xbb/a"), std::string::npos)
      << sink.events[0].fields;
  for (const auto& event : sink.events) {
    EXPECT_EQ(event.fields.find("canary-value"), std::string::npos) << event.fields;
  }
}

TEST_F(Fetching, AttachedAlwaysNeedsNoAsking) {
  bind_secret(policy::Attach::kAlways);
  EXPECT_EQ(get().reason, "ok");
  EXPECT_NE(transport.requests[0].find("authorization"), nullptr);
}

std::vector<std::string> echoes() {
  std::string hex;
  for (const char c : kSecret) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(c) >> 4U];
    hex += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  const std::string basic = "user:" + std::string(kSecret);
  return {std::string(kSecret), hex, "s3cr3t-value%2Bwith%2Fodd%26bytes",
          codec::encode_base64(bytes_of(kSecret), codec::Base64::kStandard),
          codec::encode_base64(bytes_of(basic), codec::Base64::kUrl)};
}

TEST_F(Fetching, AnEchoEndsTheResponseHoweverItIsSplit) {
  bind_secret(policy::Attach::kAlways);
  grant.bounds[policy::FetchBound::kRequests] = 1'000;
  grant.bounds[policy::FetchBound::kDenials] = 1'000;
  for (const std::string& echo : echoes()) {
    const std::string body = "before " + echo + " after";
    for (std::size_t at = 0; at <= body.size(); ++at) {
      transport.scripts = {saying({"HTTP/1.1 200 OK\r\n"}, {body.substr(0, at), body.substr(at)})};
      const Result got = get();
      EXPECT_EQ(got.reason, "secret_echo") << echo << " split at " << at;
      // Not even the beginning of it: "dXNlcjp" is "user:" in base64.
      EXPECT_TRUE(std::string("before dXNlcjp").starts_with(got.body)) << got.body;
    }
  }
  transport.scripts = {saying({"HTTP/1.1 200 OK\r\n", "x-seen: " + std::string(kSecret) + "\r\n"})};
  EXPECT_EQ(get().reason, "secret_echo");
}

TEST_F(Fetching, AMaskedEchoKeepsItsLength) {
  bind_secret(policy::Attach::kAlways);
  grant.secret->echo = policy::Echo::kMask;
  const std::string secret(kSecret);
  transport.scripts = {saying({"HTTP/1.1 200 OK\r\n", "x-seen: <" + secret + ">\r\n"},
                              {"a" + secret.substr(0, 9), secret.substr(9) + "b"})};
  open();
  const auto attempt = fetch->start({.url = "https://api.example.com/v1/"});
  const Result got = finish(*attempt);
  EXPECT_EQ(got.reason, "ok");
  EXPECT_EQ(got.body, "a" + std::string(secret.size(), '*') + "b");
  EXPECT_EQ(attempt->head().headers.at(0).value, "<" + std::string(secret.size(), '*') + ">");
}

TEST_F(Fetching, EveryHopIsResolvedJudgedAndOnRecord) {
  transport.scripts = {redirect("/v1/b"), Script{}};
  resolver.answers = {answer({"93.184.215.14"}), answer({"10.0.0.1"})};
  open();
  const auto attempt = fetch->start({.url = "https://api.example.com/v1/a"});
  EXPECT_EQ(finish(*attempt).reason, "private");
  // From the look-up on, and on any later hop, the guest learns the code alone.
  EXPECT_EQ(attempt->failure().told, cap::FetchFailure::Told::kCodeOnly);
  ASSERT_EQ(sink.events.size(), 2U);
  EXPECT_EQ(sink.events[0].decision, audit::Decision::kAllow);
  EXPECT_NE(sink.events[1].fields.find("\"hop\":1"), std::string::npos);
  EXPECT_EQ(transport.requests.size(), 1U);
}

TEST_F(Fetching, ARedirectThatDropsTheBodyDropsWhatDescribesIt) {
  transport.scripts = {redirect("/v1/b", 303), Script{}};
  const std::vector<cap::GuestHeader> headers = {{"Content-Type", "text/plain"}, {"x-a", "b"}};
  const std::string body = "data";
  EXPECT_EQ(get({.method = "POST",
                 .url = "https://api.example.com/v1/a",
                 .headers = headers,
                 .body = bytes_of(body)})
                .reason,
            "ok");
  ASSERT_EQ(transport.requests.size(), 2U);
  EXPECT_EQ(transport.requests[1].method, "GET");
  EXPECT_EQ(transport.requests[1].body, "");
  EXPECT_EQ(transport.requests[1].find("Content-Type"), nullptr);
  EXPECT_NE(transport.requests[1].find("x-a"), nullptr);
}

TEST_F(Fetching, LiteralsAreNotLookedUp) {
  grant.host = "[2606:4700:4700::1111]";
  EXPECT_EQ(get("https://[2606:4700:4700::1111]/v1/").reason, "ok");
  EXPECT_TRUE(resolver.asked.empty());
  network.ipv6 = false;
  fetch.reset();
  EXPECT_EQ(get("https://[2606:4700:4700::1111]/v1/").reason, "family");
}

TEST_F(Fetching, AMissingTransportIsSaid) {
  transport.missing = true;
  EXPECT_EQ(get().reason, "transport_unavailable");
}

TEST_F(Fetching, WithoutATransportOnlyTheFrozenDoorLooksAtTheUrlFirst) {
  open();
  auto loaded = load(std::vector{grant}, {}, network, Author::kOperator);
  FetchSetup none;
  none.ports = {nullptr, nullptr, &secrets, &sink};
  fetch = make_fetch(std::move(loaded.rules), none);
  constexpr auto kFrozen = cap::FetchDoor::kOpenagenticNetfetch;
  EXPECT_EQ(get({.url = "no url", .door = kFrozen}).reason, "control");
  EXPECT_EQ(get({.url = "https://other.example.com/", .door = kFrozen}).reason, "host_not_granted");
  EXPECT_EQ(get({.url = "https://api.example.com/v1/a", .door = kFrozen}).reason,
            "transport_unavailable");
  EXPECT_EQ(get({.url = "no url", .door = cap::FetchDoor::kWarrantFetch}).reason,
            "transport_unavailable");
}

TEST_F(Fetching, AllowedIsOkWithItsNotesBesideIt) {
  EXPECT_EQ(get().reason, "ok");
  EXPECT_EQ(sink.events.back().reason, "ok");
  EXPECT_NE(sink.events.back().fields.find(R"("notes":["public","pinned"])"), std::string::npos);
}

TEST_F(Fetching, PoolKeysDifferByWarrantOriginAndPrivateList) {
  get();
  setup.warrant_hash = "other";
  fetch.reset();
  get();
  grant.private_hosts = {"10.0.0.0/8"};
  fetch.reset();
  get();
  ASSERT_EQ(transport.requests.size(), 3U);
  EXPECT_NE(transport.requests[0].pool_key, transport.requests[1].pool_key);
  EXPECT_NE(transport.requests[1].pool_key, transport.requests[2].pool_key);
}

}  // namespace
}  // namespace warrant::fetch
