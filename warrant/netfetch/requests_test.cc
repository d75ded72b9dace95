// SPDX-License-Identifier: Apache-2.0
// warrant_fetch against a scripted Fetch: handles, records, blocks, errors (netfetch.md section 9).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_memory.h"
#include "tests/support/recording_sink.h"
#include "tests/support/scripted_fetch.h"
#include "warrant/netfetch/context.h"
#include "warrant/netfetch/functions.h"
#include "warrant/netfetch/head_block.h"

namespace warrant::netfetch {
namespace {

using cap::Reason;
using std::string_literals::operator""s;
using testing::Said;

constexpr std::uint32_t kSize = 65'536;
constexpr std::uint32_t kUrlAt = 64, kHeadAt = 2'048, kBodyAt = 4'096;
constexpr std::uint32_t kHandle = 512, kN = 516, kOut = 8'192;
constexpr std::int32_t kTrap = -1;
constexpr char kUrl[] = "https://api.example.com/v1/a";

class WarrantFetch : public ::testing::Test {
 protected:
  WarrantFetch() {
    context.ready();
    memory.set_text(kUrlAt, kUrl);
  }

  std::int32_t call(std::string_view name, std::vector<std::uint32_t> given) {
    std::array<wasm::Slot, 10> slots{};
    for (std::size_t i = 0; i < given.size(); ++i) slots[i].set_u32(given[i]);
    for (const wasm::HostFunction& function : functions()) {
      if (function.module != "warrant_fetch" || function.name != name) continue;
      EXPECT_EQ(function.params.size(), given.size());
      exit = {};
      wasm::HostCall host{memory, &context, exit};
      const auto result = function.call(function, host, slots.data());
      if (result == wasm::HostResult::kEnd) return kTrap;
      return static_cast<std::int32_t>(slots[0].u32());
    }
    ADD_FAILURE() << name;
    return kTrap;
  }
  struct Ask {
    std::uint32_t method = 0;
    std::string head = {};
    std::string body = {};
    std::uint32_t timeout = 0;
    std::uint32_t flags = 0;
  };
  std::int32_t request(const Ask& ask) {
    memory.set_text(kHeadAt, ask.head);
    memory.set_text(kBodyAt, ask.body);
    return call(
        "request",
        {ask.method, kUrlAt, sizeof kUrl - 1, kHeadAt, static_cast<std::uint32_t>(ask.head.size()),
         kBodyAt, static_cast<std::uint32_t>(ask.body.size()), ask.timeout, ask.flags, kHandle});
  }
  std::uint32_t handle() const { return memory.at<std::uint32_t>(kHandle); }
  std::uint32_t n() const { return memory.at<std::uint32_t>(kN); }
  void says(Said said) { fetch.said[kUrl] = std::move(said); }
  std::string last_error() {
    EXPECT_EQ(call("error_read", {kOut, 200, kN}), 0);
    return memory.text(kOut, n());
  }

  testing::FakeMemory memory{kSize};
  testing::ScriptedFetch fetch;
  testing::RecordingSink sink;
  Context context{{.granted = {&fetch, &fetch, true}, .sink = &sink}};
  wasm::ExitRecord exit;
};

TEST_F(WarrantFetch, IsVersionOne) { EXPECT_EQ(call("version", {}), 1); }

TEST_F(WarrantFetch, SendsMethodHeadersReferencesAndBody) {
  says({.body = "ok"});
  EXPECT_EQ(request({.method = 2,
                     .head = "=Accept\0text/plain\0$Authorization\0github\0=Empty\0\0"s,
                     .body = "a\0b"s,
                     .timeout = 1'500,
                     .flags = 1}),
            0);
  ASSERT_EQ(fetch.asked.size(), 1U);
  const testing::Asked& asked = fetch.asked[0];
  EXPECT_EQ(asked.method, "POST");
  EXPECT_EQ(asked.body, "a\0b"s);
  using Pair = std::pair<std::string, std::string>;
  EXPECT_THAT(asked.headers,
              ::testing::ElementsAre(Pair{"Accept", "text/plain"}, Pair{"$Authorization", "github"},
                                     Pair{"Empty", ""}));
  EXPECT_EQ(asked.timeout, Nanoseconds{1'500'000'000});
  EXPECT_EQ(asked.redirects, cap::FetchRequest::Redirects::kReturned);
  EXPECT_FALSE(asked.cut_at);
}

TEST_F(WarrantFetch, NamesMethodsByNumber) {
  says({});
  constexpr std::string_view kNames[] = {"GET",   "HEAD",   "POST",   "PUT",
                                         "PATCH", "DELETE", "OPTIONS"};
  for (std::uint32_t i = 0; i < 7; ++i) {
    EXPECT_EQ(request({.method = i}), 0);
    EXPECT_EQ(fetch.asked.back().method, kNames[i]);
    EXPECT_FALSE(fetch.asked.back().timeout);
    EXPECT_EQ(call("close", {handle()}), 0);
  }
  EXPECT_EQ(request({.method = 7}), 28);
  EXPECT_EQ(fetch.asked.size(), 7U);
}

TEST_F(WarrantFetch, RefusesFlagsBlocksAndBodiesThatAreNone) {
  says({});
  EXPECT_EQ(request({.flags = 2}), 28);
  EXPECT_EQ(request({.head = "accept\0x\0"s}), 28);
  EXPECT_EQ(request({.head = "=accept\0x"s}), 28);
  EXPECT_EQ(request({.head = "=accept"s}), 28);
  EXPECT_EQ(request({.head = "="s}), 28);
  EXPECT_EQ(request({.method = 0, .body = "x"}), 28);
  EXPECT_EQ(request({.method = 1, .body = "x"}), 28);
  EXPECT_TRUE(fetch.asked.empty());
}

TEST_F(WarrantFetch, WritesTheRecordAsFarAsItIsAskedFor) {
  says({.status = 207, .body = "abc", .headers = {{"x-a", "1"}, {"x-b", ""}}, .hops = 2});
  ASSERT_EQ(request({}), 0);
  ASSERT_EQ(call("response", {handle(), kOut, 32}), 0);
  const std::array<std::uint32_t, 8> wanted = {32, 207, 3, 13, 3, 0, 2, 0};
  EXPECT_EQ((memory.at<std::array<std::uint32_t, 8>>(kOut)), wanted);
  memory.set_text(kOut, std::string(32, 'x'));
  EXPECT_EQ(call("response", {handle(), kOut, 8}), 0);
  EXPECT_EQ(memory.at<std::uint32_t>(kOut + 4), 207U);
  EXPECT_EQ(memory.text(kOut + 8, 4), "xxxx");
  EXPECT_EQ(call("response", {handle(), kSize - 32, 4'000}), 0);
  EXPECT_EQ(call("response", {handle(), kSize - 31, 4'000}), kTrap);
}

TEST_F(WarrantFetch, AnUnknownLengthIsAllOnes) {
  says({.body = "abc", .known_length = false});
  ASSERT_EQ(request({}), 0);
  ASSERT_EQ(call("response", {handle(), kOut, 32}), 0);
  EXPECT_EQ(memory.at<std::uint32_t>(kOut + 8), 0U);
  EXPECT_EQ(memory.at<std::uint64_t>(kOut + 16), ~std::uint64_t{0});
}

TEST_F(WarrantFetch, ReadsTheHeadFromAnyOffsetAgainAndAgain) {
  says({.headers = {{"x-a", "1"}}});
  ASSERT_EQ(request({}), 0);
  const std::string whole = "=x-a\0001\0"s;
  for (std::uint32_t i = 0; i <= whole.size() + 3; ++i) {
    ASSERT_EQ(call("head_read", {handle(), i, kOut, 3, kN}), 0);
    const std::string rest = i < whole.size() ? whole.substr(i, 3) : "";
    EXPECT_EQ(memory.text(kOut, n()), rest) << i;
  }
}

TEST_F(WarrantFetch, ReadsTheBodyByteByByteToACompleteEnd) {
  says({.body = "0123456789"});
  ASSERT_EQ(request({}), 0);
  std::string got;
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(call("body_read", {handle(), kOut, 1, kN}), 0);
    ASSERT_EQ(n(), 1U);
    got += memory.text(kOut, 1);
  }
  EXPECT_EQ(got, "0123456789");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(call("body_read", {handle(), kOut, 1, kN}), 0);
    EXPECT_EQ(n(), 0U);
  }
}

TEST_F(WarrantFetch, TellsHowMuchIsReady) {
  says({.body = "0123456789"});
  ASSERT_EQ(request({}), 0);
  ASSERT_EQ(call("body_ready", {handle(), kN}), 0);
  EXPECT_EQ(n(), 7U);
  ASSERT_EQ(call("body_read", {handle(), kOut, 100, kN}), 0);
  EXPECT_EQ(n(), 7U);
}

TEST_F(WarrantFetch, ABodyThatIsCutShortIsNeverAShortSuccess) {
  says({.body = std::string(20, 'x'), .failure = Reason::kTruncated, .fails_after = 7});
  ASSERT_EQ(request({}), 0);
  ASSERT_EQ(call("body_read", {handle(), kOut, 100, kN}), 0);
  EXPECT_EQ(n(), 7U);
  EXPECT_EQ(call("body_read", {handle(), kOut, 100, kN}), 65);
  EXPECT_EQ(call("body_read", {handle(), kOut, 100, kN}), 65);
}

TEST_F(WarrantFetch, HandlesAreGoneOnceClosed) {
  says({.body = "abc"});
  ASSERT_EQ(request({}), 0);
  const std::uint32_t first = handle();
  EXPECT_EQ(first, 1U);
  EXPECT_EQ(call("close", {first}), 0);
  EXPECT_EQ(call("close", {first}), 8);
  EXPECT_EQ(call("body_read", {first, kOut, 1, kN}), 8);
  EXPECT_EQ(call("body_ready", {first, kN}), 8);
  EXPECT_EQ(call("head_read", {first, 0, kOut, 1, kN}), 8);
  EXPECT_EQ(call("response", {first, kOut, 32}), 8);
  EXPECT_EQ(call("cancel", {first}), 8);
  EXPECT_EQ(call("close", {0}), 8);
  ASSERT_EQ(request({}), 0);
  EXPECT_NE(handle(), first);
}

TEST_F(WarrantFetch, TheSeventeenthHandleIsTooMany) {
  says({});
  for (int i = 0; i < 16; ++i) ASSERT_EQ(request({}), 0);
  EXPECT_EQ(request({}), 33);
  EXPECT_EQ(fetch.asked.size(), 16U);
  EXPECT_EQ(call("close", {handle()}), 0);
  EXPECT_EQ(request({}), 0);
}

TEST_F(WarrantFetch, ReadsAfterCancelAre11) {
  says({.body = "0123456789"});
  ASSERT_EQ(request({}), 0);
  EXPECT_EQ(call("cancel", {handle()}), 0);
  EXPECT_EQ(call("body_read", {handle(), kOut, 1, kN}), 11);
  EXPECT_EQ(call("body_ready", {handle(), kN}), 11);
  EXPECT_EQ(last_error(), "cancelled\0\0none\0"s);
  EXPECT_EQ(call("close", {handle()}), 0);
}

TEST_F(WarrantFetch, AnotherInstanceHasHandlesOfItsOwn) {
  says({.body = "abc"});
  ASSERT_EQ(request({}), 0);
  Context other{{.granted = {&fetch, &fetch, true}, .sink = &sink}};
  EXPECT_EQ(other.find(handle()), nullptr);
}

// The column "P1 errno" of egress.md section 18.
TEST_F(WarrantFetch, AnswersWithTheErrnoOfTheReason) {
  struct Row {
    Reason reason;
    int errno_value;
  };
  constexpr Row kRows[] = {
      {Reason::kNotGranted, 76},
      {Reason::kTransportUnavailable, 58},
      {Reason::kScheme, 28},
      {Reason::kHostNotGranted, 2},
      {Reason::kMethodNotGranted, 2},
      {Reason::kForbidden, 28},
      {Reason::kSecretUnknown, 2},
      {Reason::kLoopback, 23},
      {Reason::kMixedAnswer, 23},
      {Reason::kDnsNoAnswer, 23},
      {Reason::kTimeout, 73},
      {Reason::kTooSlow, 73},
      {Reason::kDeadline, 73},
      {Reason::kCancelled, 11},
      {Reason::kTls, 13},
      {Reason::kProtocol, 65},
      {Reason::kTruncated, 65},
      {Reason::kEncoding, 65},
      {Reason::kBodyLimit, 35},
      {Reason::kHeaderLimit, 35},
      {Reason::kSecretEcho, 2},
      {Reason::kRequestBodyLimit, 35},
      {Reason::kBudgetRequests, 19},
      {Reason::kBudgetBytes, 19},
      {Reason::kRedirectNotAllowed, 2},
      {Reason::kTooManyRedirects, 32},
  };
  const auto before = memory.bytes();
  for (const Row& row : kRows) {
    says({.failure = row.reason});
    EXPECT_EQ(request({}), row.errno_value) << cap::word(row.reason);
  }
  EXPECT_EQ(memory.bytes(), before);
}

TEST_F(WarrantFetch, TellsReasonsThatTheWarrantWouldTellAndNoOthers) {
  says({.failure = Reason::kPathNotGranted});
  EXPECT_EQ(request({}), 2);
  EXPECT_EQ(last_error(), "not_granted\0path_not_granted\0none\0"s);
  // Of a later hop: what led there was an answer from the network.
  says({.failure = Reason::kPathNotGranted, .told = cap::FetchFailure::Told::kCodeOnly});
  EXPECT_EQ(request({}), 2);
  EXPECT_EQ(last_error(), "not_granted\0\0none\0"s);
  for (const Reason each : {Reason::kLoopback, Reason::kDnsNoAnswer, Reason::kConnectFailed}) {
    says({.failure = each});
    EXPECT_EQ(request({}), 23);
    EXPECT_EQ(last_error(), "unreachable\0\0none\0"s);
  }
  for (const Reason each : {Reason::kSecretUnknown, Reason::kSecretNotBound}) {
    says({.failure = each});
    EXPECT_EQ(request({}), 2);
    EXPECT_EQ(last_error(), "secret_rejected\0\0none\0"s);
  }
}

TEST_F(WarrantFetch, WithoutAFetchPointersAreStillCheckedFirst) {
  Context none{{.sink = &sink}};
  none.ready();
  context = std::move(none);
  EXPECT_EQ(request({}), 76);
  EXPECT_EQ(sink.last().reason, Reason::kNotGranted);
  EXPECT_EQ(call("bounds", {kOut, 40}), 76);
  EXPECT_EQ(call("request", {0, kSize, 1, 0, 0, 0, 0, 0, 0, kHandle}), kTrap);
}

TEST_F(WarrantFetch, PointersOutOfRangeTrap) {
  says({.body = "abc"});
  EXPECT_EQ(call("request", {0, kUrlAt, 0xFFFFFFFF, 0, 0, 0, 0, 0, 0, kHandle}), kTrap);
  EXPECT_EQ(call("request", {0, kUrlAt, 5, kSize, 1, 0, 0, 0, 0, kHandle}), kTrap);
  EXPECT_EQ(call("request", {2, kUrlAt, 5, 0, 0, kSize, 1, 0, 0, kHandle}), kTrap);
  EXPECT_EQ(call("request", {0, kUrlAt, 5, 0, 0, 0, 0, 0, 0, kSize - 3}), kTrap);
  EXPECT_TRUE(fetch.asked.empty());
  ASSERT_EQ(request({}), 0);
  EXPECT_EQ(call("body_read", {handle(), kSize, 1, kN}), kTrap);
  EXPECT_EQ(call("body_read", {handle(), kOut, 1, kSize - 3}), kTrap);
  EXPECT_EQ(call("head_read", {handle(), 0, kSize, 1, kN}), kTrap);
  EXPECT_EQ(call("error_read", {kSize, 1, kN}), kTrap);
  EXPECT_EQ(call("bounds", {kSize, 1}), kTrap);
}

TEST_F(WarrantFetch, TellsItsBounds) {
  ASSERT_EQ(call("bounds", {kOut, 100}), 0);
  const std::array<std::uint64_t, 5> wanted = {16, 1'000'000, 100'000, 1'000, 30'000};
  EXPECT_EQ((memory.at<std::array<std::uint64_t, 5>>(kOut)), wanted);
  memory.set_text(kOut, std::string(40, 'x'));
  ASSERT_EQ(call("bounds", {kOut, 8}), 0);
  EXPECT_EQ(memory.text(kOut + 8, 2), "xx");
}

TEST_F(WarrantFetch, ABodyOverItsBoundIsCopiedOnlyAsFarAsTheRefusalNeeds) {
  says({});
  EXPECT_EQ(call("request", {2, kUrlAt, sizeof kUrl - 1, 0, 0, 0, kSize, 0, 0, kHandle}), 0);
  EXPECT_EQ(fetch.asked.at(0).body.size(), 1'001U);
}

TEST(HeadBlock, ACutBlockKeepsItsLastEntry) {
  const std::string cut = "=a\0b\0=name\0val"s;
  EXPECT_FALSE(parse_head_block(cut, BlockEnd::kWhole));
  const auto headers = parse_head_block(cut, BlockEnd::kCut);
  ASSERT_TRUE(headers);
  ASSERT_EQ(headers->size(), 2U);
  EXPECT_EQ((*headers)[1].value, "val");
}

}  // namespace
}  // namespace warrant::netfetch
