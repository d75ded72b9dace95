// SPDX-License-Identifier: Apache-2.0
#include "warrant/audit/ledger.h"

#include <gtest/gtest.h>

#include "warrant/audit/closed_fetch.h"

#include <string>

namespace warrant::audit {
namespace {

Event denial(std::string_view path) {
  return {.kind = Kind::kFs,
          .decision = Decision::kDeny,
          .reason = cap::Reason::kEscape,
          .operation = "path_open",
          .path = path};
}

TEST(Ledger, KeepsItsOwnCopyOfGuestStrings) {
  Ledger ledger;
  std::string path = "notes.txt";
  ledger.record(denial(path));
  path.assign("gone gone");
  ASSERT_EQ(ledger.events().size(), 1U);
  EXPECT_EQ(ledger.events()[0].path, "notes.txt");
}

TEST(Ledger, CutsGuestStringsOnACharacterBoundary) {
  Ledger ledger;
  ledger.record(denial(std::string(259, 'a') + "\xc3\xa9"));
  EXPECT_EQ(ledger.events()[0].path, std::string(259, 'a'));
  ledger.record(denial(std::string(5'000, 'a')));
  EXPECT_EQ(ledger.events()[1].path.size(), 260U);  // more than the 256 that are shown
}

TEST(Ledger, AFloodOfDenialsHidesNoEffectAndIsCounted) {
  Ledger ledger({.denials = 10, .effects = 10});
  for (int i = 0; i < 1'000; ++i) ledger.record(denial("x"));
  ledger.record({.kind = Kind::kFs, .decision = Decision::kAllow, .operation = "path_open"});
  EXPECT_EQ(ledger.events().size(), 11U);
  EXPECT_EQ(ledger.events().back().decision, Decision::kAllow);
  ASSERT_EQ(ledger.suppressed().size(), 1U);
  EXPECT_EQ(ledger.suppressed()[0].count, 990U);
  EXPECT_EQ(ledger.suppressed()[0].reason, cap::Reason::kEscape);
  EXPECT_EQ(ledger.denials(), 1'000U);
}

TEST(Ledger, HandsIntentsAndTheTimeToWhoWritesTheRecords) {
  class Writer final : public Sink {
   public:
    void record(const Event&) override { waits_ = true; }
    bool intend(const Event& event) override {
      intended += event.operation;
      return event.kind != Kind::kFetch;
    }
    void tick_late() override {
      ++ticks;
      waits_ = false;
    }
    std::string intended;
    int ticks = 0;
  } writer;
  Ledger ledger;
  EXPECT_TRUE(ledger.intend({.kind = Kind::kFetch}));
  ledger.forward_to(&writer);
  EXPECT_TRUE(ledger.intend({.kind = Kind::kFs, .operation = "path_open"}));
  EXPECT_FALSE(ledger.intend({.kind = Kind::kFetch, .operation = "send"}));
  EXPECT_EQ(writer.intended, "path_opensend");
  EXPECT_TRUE(ledger.events().empty());
  ledger.tick();
  EXPECT_EQ(writer.ticks, 0);
  ledger.record({.kind = Kind::kFs, .operation = "path_open"});
  ledger.tick();
  ledger.tick();
  EXPECT_EQ(writer.ticks, 1);
}

TEST(Ledger, TrapsAreNeverCountedAway) {
  Ledger ledger({.denials = 0, .effects = 0});
  ledger.record({.kind = Kind::kTrap, .operation = "trap"});
  ledger.record(
      {.kind = Kind::kClock, .decision = Decision::kAllow, .operation = "clock_time_get"});
  EXPECT_EQ(ledger.events().size(), 1U);
}

// audit.md section 2: what leaves is on record before; a log that refuses it must be heard.
TEST(Ledger, IntentsAndTicksReachWhereEventsAreForwardedTo) {
  class Next final : public Sink {
   public:
    Next() { waits_ = true; }
    void record(const Event&) override {}
    bool intend(const Event&) override { return ++intents, answer; }
    bool answer = true;
    int intents = 0;
    int ticks = 0;

   private:
    void tick_late() override { ++ticks; }
  } next;
  Ledger alone;
  EXPECT_TRUE(alone.intend({.kind = Kind::kNet}));
  alone.tick();
  Ledger ledger;
  ledger.forward_to(&next);
  EXPECT_TRUE(ledger.intend({.kind = Kind::kNet}));
  next.answer = false;
  EXPECT_FALSE(ledger.intend({.kind = Kind::kNet}));
  ledger.tick();
  EXPECT_EQ(next.intents, 2);
  EXPECT_EQ(next.ticks, 1);
}

TEST(Ledger, ALimitIsKeptOnceAndCountedFromThenOn) {
  Ledger ledger({.denials = 0, .effects = 0});
  for (int i = 0; i < 100'000; ++i) {
    ledger.record({.kind = Kind::kLimit,
                   .decision = Decision::kDeny,
                   .reason = cap::Reason::kMemory,
                   .operation = "memory.grow"});
  }
  ledger.record({.kind = Kind::kLimit, .reason = cap::Reason::kTable, .operation = "table.grow"});
  EXPECT_EQ(ledger.events().size(), 2U);
  ASSERT_EQ(ledger.suppressed().size(), 1U);
  EXPECT_EQ(ledger.suppressed()[0].count, 99'999U);
  EXPECT_EQ(ledger.denials(), 100'000U);
}

TEST(Ledger, AClosedFetchIsKeptSoOftenAndCountedFromThenOn) {
  Ledger ledger({.denials = 1, .effects = 0});
  for (int i = 0; i < 100'000; ++i) {
    ledger.record({.kind = Kind::kFetch,
                   .decision = Decision::kDeny,
                   .reason = cap::Reason::kBudgetDenials,
                   .operation = "fetch"});
  }
  ledger.record({.kind = Kind::kFs, .decision = Decision::kDeny, .operation = "path_open"});
  EXPECT_EQ(ledger.events().size(), kClosedFetchesKept + 1);
  EXPECT_EQ(ledger.denials(), 100'001U);
}

}  // namespace
}  // namespace warrant::audit
