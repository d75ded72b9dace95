// SPDX-License-Identifier: Apache-2.0
// Runs, ends, limits and memory, in both profiles.
#include "warrant/engine/engine.h"

#include <atomic>
#include <thread>

#include <pthread.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warrant/engine/abi.h"
#include "warrant/engine/test_guest.h"

namespace warrant::engine {
namespace {

using test::call;
using test::Counters;
using test::engine_of;
using test::instance_of;
using test::options_of;
using test::program_of;
using test::start;
using wasm::End;
using wasm::Failure;
using wasm::TrapCode;

TEST(Abi, MatchesHeaders) { EXPECT_TRUE(abi_matches_headers()); }

class BothProfiles : public testing::TestWithParam<Profile> {
 protected:
  std::unique_ptr<Engine> engine_ = engine_of(options_of(GetParam()));
};
INSTANTIATE_TEST_SUITE_P(Profiles, BothProfiles,
                         testing::Values(Profile::kOneShot, Profile::kPooled),
                         [](const auto& test) {
                           return test.param == Profile::kOneShot ? "OneShot" : "Pooled";
                         });

TEST_P(BothProfiles, HostFunctionGetsArgumentsAndGivesItsResult) {
  const auto program = program_of(*engine_, "engine_calls");
  Counters counters;
  wasm::InstanceSetup setup;
  setup.state[2] = &counters;
  const auto instance = instance_of(*program, setup);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  End end;
  EXPECT_EQ(call(*instance, "sum", {40, 2}, end), 42U);
  EXPECT_EQ(end.kind, End::Kind::kReturned);
  EXPECT_EQ(counters.adds, 1);
}

TEST_P(BothProfiles, ExitRecordWinsOverTheTrapThatUnwinds) {
  const auto program = program_of(*engine_, "engine_calls");
  const auto instance = instance_of(*program);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  End end;
  call(*instance, "exit", {4'000'000'000}, end);
  EXPECT_EQ(end.kind, End::Kind::kExited);
  EXPECT_EQ(end.record.code, 4'000'000'000U);
}

TEST_P(BothProfiles, ExitFromTheStartFunctionEndsTheRunThere) {
  const auto program = program_of(*engine_, "engine_start_exit");
  Counters counters;
  wasm::InstanceSetup setup;
  setup.state[2] = &counters;
  const auto instance = instance_of(*program, setup);
  const End end = start(*instance);
  EXPECT_EQ(end.kind, End::Kind::kExited);
  EXPECT_EQ(end.record.code, 65U);  // read back from memory that was bound early
  EXPECT_EQ(counters.pokes, 1);
}

TEST_P(BothProfiles, TrapsKeepTheirCode) {
  const auto program = program_of(*engine_, "engine_calls");
  const std::pair<const char*, TrapCode> cases[] = {{"trap", TrapCode::kUnreachable},
                                                    {"divide", TrapCode::kIntegerDivisionByZero},
                                                    {"recurse", TrapCode::kStackOverflow}};
  for (const auto& [name, code] : cases) {
    const auto instance = instance_of(*program);
    ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
    End end;
    call(*instance, name, {0}, end);
    EXPECT_EQ(end.kind, End::Kind::kTrapped) << name;
    EXPECT_EQ(end.trap, code) << name;
  }
}

TEST_P(BothProfiles, UncaughtExceptionIsATrapOfItsOwn) {
  const auto program = program_of(*engine_, "engine_throw");
  const auto instance = instance_of(*program);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  End end;
  call(*instance, "run", {}, end);
  EXPECT_EQ(end.kind, End::Kind::kTrapped);
  EXPECT_EQ(end.trap, TrapCode::kUncaughtException);
}

TEST_P(BothProfiles, AbiFaultNamesFunctionAndAddress) {
  const auto program = program_of(*engine_, "engine_calls");
  const auto instance = instance_of(*program);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  End end;
  call(*instance, "poke", {65'536, 1}, end);
  EXPECT_EQ(end.kind, End::Kind::kTrapped);
  EXPECT_EQ(end.trap, TrapCode::kMemoryOutOfBounds);
  EXPECT_EQ(end.record.function, "poke");
  EXPECT_EQ(end.record.address, 65'536U);
}

TEST_P(BothProfiles, GrownMemoryIsSeenByTheHost) {
  const auto program = program_of(*engine_, "engine_calls");
  const auto instance = instance_of(*program);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  End end;
  EXPECT_EQ(call(*instance, "grow", {1}, end), 1U);
  call(*instance, "poke", {65'536 * 2 - 1, 77}, end);
  EXPECT_EQ(end.kind, End::Kind::kReturned);
  EXPECT_EQ(call(*instance, "peek", {65'536 * 2 - 1}, end), 77U);
  EXPECT_EQ(instance->peak_memory(), 65'536U * 2);
}

TEST_P(BothProfiles, UnknownExportAndWrongArityAreBugsNotUndefined) {
  const auto program = program_of(*engine_, "engine_calls");
  for (const char* const name : {"nothing", "memory"}) {
    const auto instance = instance_of(*program);
    ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
    End end;
    call(*instance, name, {}, end);
    EXPECT_EQ(end.kind, End::Kind::kBug) << name;
  }
  const auto instance = instance_of(*program);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  std::array<wasm::Slot, 1> slots{};
  EXPECT_EQ(instance->call("sum", slots).kind, End::Kind::kBug);
}

TEST_P(BothProfiles, TokenFindsItsBytesAndNothingOutside) {
  const auto program = program_of(*engine_, "engine_calls");
  const auto instance = instance_of(*program);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  Buffer token;
  ASSERT_TRUE(instance->memory().buffer(16, 5, token));
  const std::byte* const at = locate(token.memory(), token.address(), token.size());
  ASSERT_NE(at, nullptr);
  EXPECT_EQ(std::memcmp(at, "image", 5), 0);
  EXPECT_EQ(locate(token.memory(), 65'535, 2), nullptr);
  EXPECT_EQ(locate(token.memory(), ~std::uint64_t{0}, 2), nullptr);
  EXPECT_NE(locate(token.memory(), 65'536, 0), nullptr);
  EXPECT_FALSE(instance->memory().buffer(65'536, 1, token));
}

TEST_P(BothProfiles, TokenIsStaleWhenItsInstanceHasEnded) {
  const auto program = program_of(*engine_, "engine_calls");
  Buffer token;
  {
    const auto instance = instance_of(*program);
    ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
    ASSERT_TRUE(instance->memory().buffer(0, 16, token));
  }
  EXPECT_EQ(locate(token.memory(), token.address(), token.size()), nullptr);
  const auto next = instance_of(*program);
  ASSERT_EQ(start(*next).kind, End::Kind::kReturned);
  EXPECT_EQ(locate(token.memory(), token.address(), token.size()), nullptr);
}

class Refusals final : public wasm::LimitObserver {
 public:
  void refused(What what, std::uint64_t current, std::uint64_t wanted) override {
    seen.emplace_back(what, current, wanted);
  }
  std::vector<std::tuple<What, std::uint64_t, std::uint64_t>> seen;
};

TEST_P(BothProfiles, MinimumAboveTheLimitIsRefusedBeforeAnyGuestCode) {
  const auto program = program_of(*engine_, "engine_two_memories");
  Refusals refusals;
  wasm::InstanceSetup setup;
  setup.limits.memory = 65'536 * 3 - 1;
  setup.observer = &refusals;
  const auto instance = instance_of(*program, setup);
  Failure failure;
  const auto end = instance->start(failure);
  EXPECT_FALSE(end.has_value());
  EXPECT_EQ(failure.kind, Failure::Kind::kLimit) << failure.text;
  EXPECT_THAT(refusals.seen, testing::ElementsAre(testing::FieldsAre(
                                 wasm::LimitObserver::What::kMemory, 65'536, 65'536 * 3)));
}

TEST_P(BothProfiles, MemoriesAndTablesAreLimitedBySums) {
  const auto program = program_of(*engine_, "engine_two_memories");
  Refusals refusals;
  wasm::InstanceSetup setup;
  setup.limits.memory = 65'536 * 4;
  setup.limits.table_elements = 20;
  setup.observer = &refusals;
  const auto instance = instance_of(*program, setup);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  End end;
  EXPECT_EQ(call(*instance, "grow_other", {1}, end), 2U);
  EXPECT_EQ(call(*instance, "grow_other", {1}, end), ~0U);
  EXPECT_EQ(call(*instance, "grow_table", {10}, end), 10U);
  EXPECT_EQ(call(*instance, "grow_table", {1}, end), ~0U);
  EXPECT_EQ(instance->peak_memory(), 65'536U * 4);
  ASSERT_EQ(refusals.seen.size(), 2U);
  EXPECT_EQ(std::get<0>(refusals.seen[1]), wasm::LimitObserver::What::kTable);
}

TEST_P(BothProfiles, LegacyExceptionsGetAdvice) {
  Failure failure;
  const auto program = engine_->prepare(test::guest("engine_legacy_exceptions"), failure);
  EXPECT_FALSE(program.has_value());
  EXPECT_EQ(failure.kind, Failure::Kind::kLegacyExceptions);
  EXPECT_THAT(failure.text, testing::HasSubstr("wasm-opt --translate-to-exnref"));
}

TEST_P(BothProfiles, RefusedFeatureIsToldFromBrokenBytes) {
  Failure failure;
  EXPECT_FALSE(engine_->prepare(test::guest("engine_memory64"), failure).has_value());
  EXPECT_EQ(failure.kind, Failure::Kind::kUnsupportedFeature) << failure.text;
  auto broken = test::guest("engine_calls");
  broken.resize(broken.size() / 2);
  EXPECT_FALSE(engine_->prepare(broken, failure).has_value());
  EXPECT_EQ(failure.kind, Failure::Kind::kInvalidModule) << failure.text;
}

TEST_P(BothProfiles, InterruptRaisedInAHostCallEndsTheRunAfterIt) {
  const auto program = program_of(*engine_, "engine_calls");
  wasm::Interrupt interrupt;
  Counters counters;
  counters.raise_on_add = &interrupt;
  wasm::InstanceSetup setup;
  setup.state[2] = &counters;
  setup.interrupt = &interrupt;
  const auto instance = instance_of(*program, setup);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  End end;
  call(*instance, "call_loop", {}, end);
  EXPECT_EQ(end.kind, End::Kind::kInterrupted);
  EXPECT_EQ(end.interruption, wasm::Interruption::kCancelled);
  EXPECT_EQ(counters.adds, 1);
}

TEST_P(BothProfiles, CodeRangeIsOfThisProgram) {
  const auto one = program_of(*engine_, "engine_calls");
  const auto two = program_of(*engine_, "engine_start_exit");
  EXPECT_LT(one->code_range().begin, one->code_range().end);
  EXPECT_TRUE(one->code_range().end <= two->code_range().begin ||
              two->code_range().end <= one->code_range().begin);
}

}  // namespace
}  // namespace warrant::engine
