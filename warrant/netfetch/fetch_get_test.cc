// SPDX-License-Identifier: Apache-2.0
// fetch_get against a scripted Fetch: memory rules, results and their order (netfetch.md 1.1-1.3).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_memory.h"
#include "tests/support/recording_sink.h"
#include "tests/support/scripted_fetch.h"
#include "warrant/netfetch/context.h"
#include "warrant/netfetch/functions.h"

namespace warrant::netfetch {
namespace {

using cap::Reason;
using testing::Said;

constexpr std::uint32_t kSize = 65'536;
constexpr std::uint32_t kUrlAt = 64;
constexpr std::uint32_t kOut = 1'024;
constexpr std::uint32_t kN = 512, kStatus = 520, kCut = 528;
constexpr std::int32_t kTrap = -1;
constexpr char kUrl[] = "https://api.example.com/v1/a";

class FetchGet : public ::testing::Test {
 protected:
  FetchGet() {
    context.ready();
    memory.set_text(kUrlAt, kUrl);
  }

  std::int32_t call(std::array<std::uint32_t, 7> given) {
    std::array<wasm::Slot, 10> slots{};
    for (std::size_t i = 0; i < given.size(); ++i) slots[i].set_u32(given[i]);
    exit = {};
    wasm::HostCall host{memory, &context, exit};
    const wasm::HostFunction& function = functions()[0];
    const auto result = function.call(function, host, slots.data());
    if (result == wasm::HostResult::kEnd) return kTrap;
    return static_cast<std::int32_t>(slots[0].u32());
  }
  std::int32_t get(std::uint32_t out_max) {
    return call({kUrlAt, sizeof kUrl - 1, kOut, out_max, kN, kStatus, kCut});
  }
  void says(Said said) { fetch.said[kUrl] = std::move(said); }
  std::uint32_t n() const { return memory.at<std::uint32_t>(kN); }
  std::uint32_t status() const { return memory.at<std::uint32_t>(kStatus); }
  int cut() const { return memory.at<std::uint8_t>(kCut); }

  testing::FakeMemory memory{kSize};
  testing::ScriptedFetch fetch;
  testing::RecordingSink sink;
  Context context{{.granted = {&fetch, &fetch, true}, .sink = &sink}};
  wasm::ExitRecord exit;
};

TEST_F(FetchGet, IsTheFrozenImport) {
  const wasm::HostFunction& function = functions()[0];
  EXPECT_EQ(function.module, "openagentic_netfetch");
  EXPECT_EQ(function.name, "fetch_get");
  EXPECT_EQ(function.params.size(), 7U);
  EXPECT_EQ(function.results.size(), 1U);
}

TEST_F(FetchGet, DeliversBodyLengthStatusAndOneByteOfFlag) {
  says({.body = "OK"});
  EXPECT_EQ(get(100), 0);
  EXPECT_EQ(memory.text(kOut, 2), "OK");
  EXPECT_EQ(n(), 2U);
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(cut(), 0);
  // The three bytes behind the flag, and the byte behind the body, are untouched.
  EXPECT_EQ(memory.at<std::uint8_t>(kCut + 1), 0xAA);
  EXPECT_EQ(memory.at<std::uint8_t>(kCut + 3), 0xAA);
  EXPECT_EQ(memory.at<std::uint8_t>(kOut + 2), 0xAA);
  EXPECT_EQ(fetch.asked.at(0).method, "GET");
  EXPECT_TRUE(fetch.asked.at(0).headers.empty());
}

TEST_F(FetchGet, AnyStatusIsSuccess) {
  for (const auto each : std::to_array<std::uint16_t>({404, 500, 204, 304})) {
    says({.status = each, .body = ""});
    EXPECT_EQ(get(100), 0);
    EXPECT_EQ(status(), each);
    EXPECT_EQ(n(), 0U);
    EXPECT_EQ(cut(), 0);
  }
}

TEST_F(FetchGet, CutsToTheBufferAndSaysSo) {
  says({.body = "0123456789"});
  struct Row {
    std::uint32_t out_max;
    std::uint32_t n;
  };
  for (const Row& row : {Row{4, 4}, Row{0, 0}, Row{0xFFFFFFFF, 0}, Row{0x80000000, 0}}) {
    EXPECT_EQ(get(row.out_max), 0);
    EXPECT_EQ(n(), row.n);
    EXPECT_EQ(cut(), 1);
  }
  EXPECT_EQ(get(10), 0);
  EXPECT_EQ(n(), 10U);
  EXPECT_EQ(cut(), 0);
}

TEST_F(FetchGet, WithoutCapacityTheBufferIsNeverLookedAt) {
  says({.body = ""});
  EXPECT_EQ(call({kUrlAt, sizeof kUrl - 1, 0xFFFFFFFF, 0, kN, kStatus, kCut}), 0);
  EXPECT_EQ(cut(), 0);
}

TEST_F(FetchGet, AnOverstatedCapacityIsClampedToTheMemory) {
  says({.body = std::string(100, 'x')});
  EXPECT_EQ(call({kUrlAt, sizeof kUrl - 1, kSize - 10, 0x7FFFFFFF, kN, kStatus, kCut}), 0);
  EXPECT_EQ(n(), 10U);
  EXPECT_EQ(cut(), 1);
  EXPECT_EQ(call({kUrlAt, sizeof kUrl - 1, kSize, 5, kN, kStatus, kCut}), 0);
  EXPECT_EQ(n(), 0U);
}

TEST_F(FetchGet, EachRegionOutOfRangeTrapsAndNothingIsSent) {
  says({.body = "OK"});
  const auto before = memory.bytes();
  EXPECT_EQ(call({kSize - 5, 6, kOut, 9, kN, kStatus, kCut}), kTrap);
  EXPECT_EQ(exit.parameter, "url_ptr");
  EXPECT_EQ(call({kUrlAt, sizeof kUrl - 1, kSize + 1, 9, kN, kStatus, kCut}), kTrap);
  EXPECT_EQ(exit.parameter, "out_ptr");
  EXPECT_EQ(call({kUrlAt, sizeof kUrl - 1, kOut, 9, kSize - 3, kStatus, kCut}), kTrap);
  EXPECT_EQ(exit.parameter, "out_n_ptr");
  EXPECT_EQ(call({kUrlAt, sizeof kUrl - 1, kOut, 9, kN, kSize - 3, kCut}), kTrap);
  EXPECT_EQ(exit.parameter, "out_status_ptr");
  EXPECT_EQ(call({kUrlAt, sizeof kUrl - 1, kOut, 9, kN, kStatus, kSize}), kTrap);
  EXPECT_EQ(exit.parameter, "out_trunc_ptr");
  EXPECT_EQ(call({kUrlAt, 0xFFFFFFFF, kOut, 9, kN, kStatus, kCut}), kTrap);
  EXPECT_EQ(exit.kind, wasm::ExitRecord::Kind::kAbiFault);
  EXPECT_EQ(exit.fault, wasm::TrapCode::kMemoryOutOfBounds);
  EXPECT_TRUE(fetch.asked.empty());
  EXPECT_EQ(memory.bytes(), before);
}

TEST_F(FetchGet, CellsAtTheEndOfMemoryAreInside) {
  says({.body = "OK"});
  EXPECT_EQ(call({kUrlAt, sizeof kUrl - 1, kOut, 9, kSize - 9, kSize - 5, kSize - 1}), 0);
  EXPECT_EQ(memory.at<std::uint32_t>(kSize - 9), 2U);
}

TEST_F(FetchGet, NothingNeedsToBeAligned) {
  says({.body = "OK"});
  EXPECT_EQ(call({kUrlAt, sizeof kUrl - 1, kOut + 1, 9, kN + 1, kN + 7, kCut}), 0);
  EXPECT_EQ(memory.at<std::uint32_t>(kN + 1), 2U);
}

TEST_F(FetchGet, LaterWritesWinWhereRegionsOverlap) {
  says({.status = 0x0102, .body = "abcdefgh"});
  // The body at 512, the length over its first bytes, the status over the length, the flag last.
  EXPECT_EQ(call({kUrlAt, sizeof kUrl - 1, kN, 8, kN, kN + 2, kN + 5}), 0);
  const std::array<std::uint8_t, 8> wanted = {8, 0, 2, 1, 0, 0, 'g', 'h'};
  EXPECT_EQ((memory.at<std::array<std::uint8_t, 8>>(kN)), wanted);
}

TEST_F(FetchGet, TheUrlMayLieInTheBuffer) {
  says({.body = "body"});
  EXPECT_EQ(call({kUrlAt, sizeof kUrl - 1, kUrlAt, 100, kN, kStatus, kCut}), 0);
  EXPECT_EQ(memory.text(kUrlAt, 4), "body");
  EXPECT_EQ(fetch.asked.at(0).url, kUrl);
}

TEST_F(FetchGet, WithoutAFetchItIs76WhateverThePointersAre) {
  Context none{{.sink = &sink}};
  none.ready();
  std::array<wasm::Slot, 10> slots{};
  for (std::size_t i = 0; i < 7; ++i) slots[i].set_u32(0xFFFFFFF0);
  wasm::HostCall host{memory, &none, exit};
  const auto before = memory.bytes();
  ASSERT_EQ(functions()[0].call(functions()[0], host, slots.data()), wasm::HostResult::kReturn);
  EXPECT_EQ(slots[0].u32(), 76U);
  EXPECT_EQ(memory.bytes(), before);
  ASSERT_EQ(sink.events.size(), 1U);
  EXPECT_EQ(sink.last().kind, audit::Kind::kFetch);
  EXPECT_EQ(sink.last().decision, audit::Decision::kDeny);
  EXPECT_EQ(sink.last().reason, Reason::kNotGranted);
}

TEST_F(FetchGet, ADenialWithoutAFetchNamesTheOriginAndNotThePath) {
  Context none{{.sink = &sink}};
  none.ready();
  std::array<wasm::Slot, 10> slots{};
  const std::array<std::uint32_t, 7> given = {kUrlAt, sizeof kUrl - 1, kOut, 9, kN, kStatus, kCut};
  for (std::size_t i = 0; i < given.size(); ++i) slots[i].set_u32(given[i]);
  wasm::HostCall host{memory, &none, exit};
  functions()[0].call(functions()[0], host, slots.data());
  EXPECT_THAT(sink.last().path, ::testing::StartsWith("https://api.example.com"));
  EXPECT_THAT(sink.last().path, ::testing::Not(::testing::HasSubstr("/v1")));
}

TEST_F(FetchGet, ASpentBudgetIs28BeforeThePointersAreLookedAt) {
  fetch.budget.requests = 0;
  EXPECT_EQ(call({0xFFFFFFF0, 10, 0, 0, 0xFFFFFFFF, 0, 0}), 28);
  fetch.budget.requests = 1;
  fetch.budget.denials = 0;
  EXPECT_EQ(call({0xFFFFFFF0, 10, 0, 0, 0xFFFFFFFF, 0, 0}), 28);
  fetch.budget.denials = 1;
  fetch.budget.total = 0;
  fetch.otherwise = {.failure = Reason::kBudgetBytes};
  EXPECT_EQ(call({0xFFFFFFF0, 10, 0, 0, 0xFFFFFFFF, 0, 0}), 28);
}

TEST_F(FetchGet, DuringAStartFunctionItIs8) {
  Context early{{.granted = {&fetch, &fetch, true}, .sink = &sink}};
  std::array<wasm::Slot, 10> slots{};
  wasm::HostCall host{memory, &early, exit};
  functions()[0].call(functions()[0], host, slots.data());
  EXPECT_EQ(slots[0].u32(), 8U);
  EXPECT_TRUE(fetch.asked.empty());
  EXPECT_TRUE(sink.events.empty());
}

// netfetch.md 1.2: by family of egress.md section 18.
TEST_F(FetchGet, AnswersByTheFamilyOfTheReason) {
  struct Row {
    Reason reason;
    int errno_value;
  };
  constexpr Row kRows[] = {
      {Reason::kNotGranted, 76},
      {Reason::kTransportUnavailable, 76},
      {Reason::kHostNotGranted, 76},
      {Reason::kIpLiteral, 76},
      {Reason::kHostSpecialUse, 76},
      {Reason::kHostSingleLabel, 76},
      {Reason::kPortNotGranted, 76},
      {Reason::kPathNotGranted, 76},
      {Reason::kDeniedByRule, 76},
      {Reason::kDeniedByHost, 76},
      {Reason::kMethodNotGranted, 76},
      {Reason::kSyntax, 28},
      {Reason::kScheme, 28},
      {Reason::kPathBadUtf8, 28},
      {Reason::kBudgetRequests, 28},
      {Reason::kBudgetDenials, 28},
      {Reason::kBudgetBytes, 28},
      {Reason::kDnsNoAnswer, 28},
      {Reason::kConnectFailed, 28},
      {Reason::kAddressPrivate, 28},
      {Reason::kLoopback, 28},
      {Reason::kMixedAnswer, 28},
      {Reason::kPinMismatch, 28},
      {Reason::kTimeout, 28},
      {Reason::kTooSlow, 28},
      {Reason::kCancelled, 28},
      {Reason::kTls, 28},
      {Reason::kProtocol, 28},
      {Reason::kTruncated, 28},
      {Reason::kBodyLimit, 28},
      {Reason::kHeaderLimit, 28},
      {Reason::kEncoding, 28},
      {Reason::kRedirectNotAllowed, 28},
      {Reason::kTooManyRedirects, 28},
      {Reason::kSecretEcho, 28},
  };
  const auto before = memory.bytes();
  for (const Row& row : kRows) {
    says({.failure = row.reason});
    EXPECT_EQ(get(100), row.errno_value) << cap::word(row.reason);
  }
  EXPECT_EQ(memory.bytes(), before);
}

TEST_F(FetchGet, ABodyThatFailsHalfWayWritesNothing) {
  says({.body = std::string(50, 'x'), .failure = Reason::kTruncated, .fails_after = 21});
  const auto before = memory.bytes();
  EXPECT_EQ(get(100), 28);
  EXPECT_EQ(memory.bytes(), before);
}

TEST_F(FetchGet, AnEndlessUrlIsNotCopiedWhole) {
  testing::FakeMemory large(1U << 20);
  std::array<wasm::Slot, 10> slots{};
  const std::array<std::uint32_t, 7> given = {0, 1U << 20, 0, 0, 0, 4, 8};
  for (std::size_t i = 0; i < given.size(); ++i) slots[i].set_u32(given[i]);
  wasm::HostCall host{large, &context, exit};
  functions()[0].call(functions()[0], host, slots.data());
  EXPECT_EQ(fetch.asked.at(0).url.size(), 8'193U);  // one more than a URL may have
}

}  // namespace
}  // namespace warrant::netfetch
