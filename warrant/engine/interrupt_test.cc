// SPDX-License-Identifier: Apache-2.0
// Ends from outside in the pooled profile, and stacks of threads in both.
#include <pthread.h>

#include <functional>

#include <gtest/gtest.h>

#include "warrant/engine/test_guest.h"

namespace warrant::engine {
namespace {

using test::call;
using test::engine_of;
using test::instance_of;
using test::options_of;
using test::program_of;
using test::start;
using wasm::End;
using wasm::Interruption;

Nanoseconds soon() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return Nanoseconds{static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
                     static_cast<std::uint64_t>(now.tv_nsec) + 20'000'000U};
}

// Runs `body` on a thread of `stack` bytes and waits for it.
void on_thread(std::size_t stack, std::function<void()> body) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, stack), 0);
  pthread_t thread{};
  const auto main = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, main, &body), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

class PooledDeadline : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Loops, PooledDeadline, testing::Values("spin", "call_loop", "fill_loop"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(PooledDeadline, EndsTheLoop) {
  const auto engine = engine_of(options_of(Profile::kPooled));
  const auto program = program_of(*engine, "engine_calls");
  wasm::InstanceSetup setup;
  setup.deadline = soon();
  const auto instance = instance_of(*program, setup);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  End end;
  call(*instance, GetParam(), {}, end);
  EXPECT_EQ(end.kind, End::Kind::kInterrupted);
  EXPECT_EQ(end.interruption, Interruption::kWall);
}

TEST(PooledInterruption, DeadlineCoversTheStartFunction) {
  const auto engine = engine_of(options_of(Profile::kPooled));
  const auto program = program_of(*engine, "engine_start_loop");
  wasm::InstanceSetup setup;
  setup.deadline = soon();
  const auto instance = instance_of(*program, setup);
  const End end = start(*instance);
  EXPECT_EQ(end.kind, End::Kind::kInterrupted);
  EXPECT_EQ(end.interruption, Interruption::kWall);
}

TEST(PooledInterruption, CpuTimeIsALimitOfItsOwn) {
  const auto engine = engine_of(options_of(Profile::kPooled));
  const auto program = program_of(*engine, "engine_calls");
  wasm::InstanceSetup setup;
  setup.cpu = Nanoseconds{10'000'000};
  const auto instance = instance_of(*program, setup);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  End end;
  call(*instance, "spin", {}, end);
  EXPECT_EQ(end.interruption, Interruption::kCpu);
}

TEST(PooledInterruption, CancelEndsOneGuestAndNoOther) {
  const auto engine = engine_of(options_of(Profile::kPooled));
  const auto program = program_of(*engine, "engine_calls");
  wasm::Interrupt cancelled;
  wasm::Interrupt other;
  End ends[2];
  const auto spin = [&program](wasm::Interrupt& interrupt, End& end) {
    wasm::InstanceSetup setup;
    setup.interrupt = &interrupt;
    const auto instance = instance_of(*program, setup);
    ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
    call(*instance, "spin", {}, end);
  };
  struct Job {
    std::function<void()> body;
  };
  Job jobs[2] = {{[&] { spin(cancelled, ends[0]); }}, {[&] { spin(other, ends[1]); }}};
  pthread_t threads[2] = {};
  const auto main = [](void* argument) -> void* {
    static_cast<Job*>(argument)->body();
    return nullptr;
  };
  for (int i = 0; i < 2; ++i) ASSERT_EQ(pthread_create(&threads[i], nullptr, main, &jobs[i]), 0);
  cancelled.raise(Interruption::kCancelled);
  pthread_join(threads[0], nullptr);
  EXPECT_EQ(ends[0].kind, End::Kind::kInterrupted);
  EXPECT_EQ(ends[0].interruption, Interruption::kCancelled);
  EXPECT_EQ(pthread_tryjoin_np(threads[1], nullptr), EBUSY);
  other.raise(Interruption::kAuditFailed);
  pthread_join(threads[1], nullptr);
  EXPECT_EQ(ends[1].interruption, Interruption::kAuditFailed);
}

TEST(PooledInterruption, TicksComeAgainAfterARest) {
  const auto engine = engine_of(options_of(Profile::kPooled));
  const auto program = program_of(*engine, "engine_calls");
  for (int round = 0; round < 2; ++round) {
    wasm::InstanceSetup setup;
    setup.deadline = soon();
    const auto instance = instance_of(*program, setup);
    ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
    End end;
    call(*instance, "spin", {}, end);
    EXPECT_EQ(end.kind, End::Kind::kInterrupted);
    const timespec rest{0, 250'000'000};  // longer than the ticker waits for another call
    nanosleep(&rest, nullptr);
  }
}

TEST(Fuel, RunsOutAndIsCounted) {
  Options options = options_of(Profile::kOneShot);
  options.fuel = Fuel::kCounted;
  const auto engine = engine_of(options);
  const auto program = program_of(*engine, "engine_calls");
  wasm::InstanceSetup setup;
  setup.limits.fuel = 10'000;
  const auto instance = instance_of(*program, setup);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  End end;
  EXPECT_EQ(call(*instance, "sum", {1, 2}, end), 3U);
  const auto used = instance->fuel_used();
  ASSERT_TRUE(used.has_value());
  EXPECT_GT(*used, 0U);
  EXPECT_LT(*used, 100U);
  call(*instance, "spin", {}, end);
  EXPECT_EQ(end.kind, End::Kind::kOutOfFuel);
  EXPECT_GE(instance->fuel_used().value_or(0), 9'900U);
}

class StackClass : public testing::TestWithParam<std::tuple<Profile, std::uint64_t>> {};
INSTANTIATE_TEST_SUITE_P(Classes, StackClass,
                         testing::Combine(testing::Values(Profile::kOneShot, Profile::kPooled),
                                          testing::Values(1U << 20U, 8U << 20U)),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param) == Profile::kOneShot
                                                  ? "OneShot"
                                                  : "Pooled") +
                                  std::to_string(std::get<1>(test.param) >> 20U) + "MiB";
                         });

TEST_P(StackClass, OverflowIsATrapAndTheHostLives) {
  Options options = options_of(std::get<0>(GetParam()));
  options.stack = std::get<1>(GetParam());
  const auto engine = engine_of(options);
  const auto program = program_of(*engine, "engine_calls");
  on_thread(options.stack + (1U << 20U), [&] {
    const auto instance = instance_of(*program);
    ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
    End end;
    call(*instance, "recurse", {0}, end);
    EXPECT_EQ(end.kind, End::Kind::kTrapped);
    EXPECT_EQ(end.trap, wasm::TrapCode::kStackOverflow);
    const auto next = instance_of(*program);
    ASSERT_EQ(start(*next).kind, End::Kind::kReturned);
    EXPECT_EQ(call(*next, "sum", {2, 3}, end), 5U);
  });
}

TEST(StackClass, LargerStackHoldsDeeperCalls) {
  const auto deepest = [](std::uint64_t stack, std::uint32_t depth) {
    Options options = options_of(Profile::kOneShot);
    options.stack = stack;
    const auto engine = engine_of(options);
    const auto program = program_of(*engine, "engine_calls");
    End end;
    on_thread(stack + (1U << 20U), [&] {
      const auto instance = instance_of(*program);
      start(*instance);
      call(*instance, "depth", {depth}, end);
    });
    return end.kind;
  };
  EXPECT_EQ(deepest(1U << 20U, 100'000), End::Kind::kTrapped);
  EXPECT_EQ(deepest(8U << 20U, 100'000), End::Kind::kReturned);
}

TEST(StackClass, ThreadWithTooSmallAStackIsRefusedBeforeAnyGuestCode) {
  const auto engine = engine_of(options_of(Profile::kOneShot));
  const auto program = program_of(*engine, "engine_calls");
  on_thread(1U << 20U, [&] {
    const auto instance = instance_of(*program);
    wasm::Failure failure;
    EXPECT_FALSE(instance->start(failure).has_value());
    EXPECT_EQ(failure.kind, wasm::Failure::Kind::kEngine);
    EXPECT_NE(failure.text.find("stack"), std::string::npos);
  });
}

TEST(StackClass, MainThreadOverflowIsATrap) {
  const auto engine = engine_of(options_of(Profile::kOneShot));
  const auto program = program_of(*engine, "engine_calls");
  const auto instance = instance_of(*program);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  End end;
  call(*instance, "recurse", {0}, end);
  EXPECT_EQ(end.trap, wasm::TrapCode::kStackOverflow);
}

}  // namespace
}  // namespace warrant::engine
