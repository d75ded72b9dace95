// SPDX-License-Identifier: Apache-2.0
// Slots, their reset, what does not fit into them; settings and their key.
#include <cstdlib>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warrant/engine/config.h"
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
using wasm::Failure;

TEST(Pool, FullPoolIsBusyAndAFreedSlotServesAgain) {
  Options options = options_of(Profile::kPooled);
  options.pool.instances = 1;
  const auto engine = engine_of(options);
  const auto program = program_of(*engine, "engine_calls");
  auto first = instance_of(*program);
  ASSERT_EQ(start(*first).kind, End::Kind::kReturned);
  const auto second = instance_of(*program);
  Failure failure;
  EXPECT_FALSE(second->start(failure).has_value());
  EXPECT_EQ(failure.kind, Failure::Kind::kPoolFull) << failure.text;
  first.reset();
  const auto third = instance_of(*program);
  EXPECT_EQ(start(*third).kind, End::Kind::kReturned);
}

class SlotReset : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(KeepResident, SlotReset, testing::Values(0, 64 << 10, 1 << 20));

TEST_P(SlotReset, NextGuestSeesItsImageAndZeros) {
  Options options = options_of(Profile::kPooled);
  options.pool.instances = 1;
  options.pool.memories = 1;
  options.pool.tables = 1;
  options.pool.memory_keep_resident = GetParam();
  options.pool.table_keep_resident = GetParam();
  const auto engine = engine_of(options);
  const auto program = program_of(*engine, "engine_canary");
  for (int round = 0; round < 3; ++round) {
    End end;
    {
      const auto instance = instance_of(*program);
      ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
      ASSERT_EQ(call(*instance, "soil", {}, end), 5U);
    }
    const auto instance = instance_of(*program);
    ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
    EXPECT_EQ(call(*instance, "dirt", {}, end), 0U);
    EXPECT_EQ(call(*instance, "image", {}, end), static_cast<std::uint32_t>('i'));
  }
}

TEST(Pool, ModuleThatNoSlotHoldsRunsOnDemandAndIsStillInterruptible) {
  const auto engine = engine_of(options_of(Profile::kPooled));
  const auto program = program_of(*engine, "engine_many_tables");
  wasm::InstanceSetup setup;
  setup.limits.tables = 8;
  const auto instance = instance_of(*program, setup);
  ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
  End end;
  EXPECT_EQ(call(*instance, "run", {}, end), 5U);
}

TEST(Pool, ManyInstancesAtOnceAreSeparate) {
  const auto engine = engine_of(options_of(Profile::kPooled));
  const auto program = program_of(*engine, "engine_calls");
  std::vector<std::unique_ptr<wasm::Instance>> instances;
  End end;
  for (std::uint32_t i = 0; i < 4; ++i) {
    instances.push_back(instance_of(*program));
    ASSERT_EQ(start(*instances.back()).kind, End::Kind::kReturned);
    call(*instances.back(), "store", {100, i + 1}, end);
  }
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(call(*instances[i], "peek", {100}, end), i + 1);
  }
}

// (module (tag) (func (export "run") (result i32)
//   (block (try_table (catch_all 0) (throw 0)) (unreachable)) (i32.const 7)))
constexpr std::uint8_t kExnref[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x60, 0x00, 0x00,
    0x60, 0x00, 0x01, 0x7f, 0x03, 0x02, 0x01, 0x01, 0x0d, 0x03, 0x01, 0x00, 0x00, 0x07,
    0x07, 0x01, 0x03, 0x72, 0x75, 0x6e, 0x00, 0x00, 0x0a, 0x12, 0x01, 0x10, 0x00, 0x02,
    0x40, 0x1f, 0x40, 0x01, 0x02, 0x00, 0x08, 0x00, 0x0b, 0x00, 0x0b, 0x41, 0x07, 0x0b};

TEST(Exceptions, ExnrefRunsWithoutTheGcProposal) {
  for (const Profile profile : {Profile::kOneShot, Profile::kPooled}) {
    const auto engine = engine_of(options_of(profile));
    Failure failure;
    const auto program = engine->prepare(std::as_bytes(std::span(kExnref)), failure);
    ASSERT_TRUE(program.has_value()) << failure.text;
    const auto instance = instance_of(**program);
    ASSERT_EQ(start(*instance).kind, End::Kind::kReturned);
    End end;
    EXPECT_EQ(call(*instance, "run", {}, end), 7U);
    EXPECT_GT(instance->peak_memory(), 0U);  // their heap counts
  }
}

TEST(Exceptions, TheirHeapIsPartOfTheMemoryLimit) {
  const auto engine = engine_of(options_of(Profile::kOneShot));
  Failure failure;
  const auto program = engine->prepare(std::as_bytes(std::span(kExnref)), failure);
  ASSERT_TRUE(program.has_value()) << failure.text;
  wasm::InstanceSetup setup;
  setup.limits.memory = 100;
  const auto instance = instance_of(**program, setup);
  const auto started = instance->start(failure);
  if (!started) {
    EXPECT_EQ(failure.kind, Failure::Kind::kLimit);
    return;
  }
  End end;
  call(*instance, "run", {}, end);
  EXPECT_EQ(end.kind, End::Kind::kTrapped);
  EXPECT_EQ(end.trap, wasm::TrapCode::kAllocationTooLarge);
}

TEST(Settings, ContradictionIsAnError) {
  for (const std::uint64_t stack : {std::uint64_t{0}, ~std::uint64_t{0}}) {
    Options options = options_of(Profile::kPooled);
    options.stack = stack;
    Failure failure;
    EXPECT_FALSE(Engine::create(options, failure).has_value()) << stack;
  }
  Options options = options_of(Profile::kPooled);
  options.pool.max_memory = ~std::uint64_t{0};
  Failure failure;
  EXPECT_FALSE(Engine::create(options, failure).has_value());
  EXPECT_EQ(failure.kind, Failure::Kind::kEngine);
  options = options_of(Profile::kPooled);
  options.pool.memories = ~std::uint32_t{0};
  EXPECT_FALSE(Engine::create(options, failure).has_value());
}

TEST(Settings, SameFunctionTwiceIsAnErrorOfThePooledEngine) {
  Options options = options_of(Profile::kPooled);
  options.functions.push_back(test::kFunctions);
  Failure failure;
  EXPECT_FALSE(Engine::create(options, failure).has_value());
}

std::string compat_of(const Options& options) {
  ErrorHandle error;
  const EngineHandle engine =
      make_engine(make_config(options, Allocation::kOnDemand, Compiler::kOn), error);
  std::string bytes(1 << 20, '\0');
  bytes.resize(warrant_wt_engine_compat(engine.get(), std::bit_cast<std::uint8_t*>(bytes.data()),
                                        bytes.size()));
  return bytes;
}

TEST(Settings, EqualKeyMeansEqualCompatibility) {
  std::vector<Options> all;
  for (const Profile profile : {Profile::kOneShot, Profile::kPooled}) {
    for (const Fuel fuel : {Fuel::kOff, Fuel::kCounted}) {
      for (const Determinism determinism : {Determinism::kOff, Determinism::kOn}) {
        for (const std::uint64_t stack : {1U << 20U, 8U << 20U}) {
          for (const std::uint32_t frames : {0U, 16U}) {
            Options options;
            options.profile = profile;
            options.fuel = fuel;
            options.determinism = determinism;
            options.stack = stack;
            options.backtrace_frames = frames;
            all.push_back(options);
          }
        }
      }
    }
  }
  std::map<std::string, std::string> compat_by_key;
  for (const Options& options : all) {
    const auto [at, fresh] = compat_by_key.emplace(codegen_text(options), compat_of(options));
    if (!fresh) {
      EXPECT_EQ(at->second, compat_of(options));
    }
  }
  EXPECT_EQ(compat_by_key.size(), 8U);  // stack and frames do not reach the code
}

TEST(Settings, NoEnvironmentVariableReachesCodeOrKey) {
  const Options options;
  const std::string text = codegen_text(options);
  const std::string compat = compat_of(options);
  for (const char* const name : {"WASMTIME_BACKTRACE_DETAILS", "RUST_LOG", "RUST_BACKTRACE",
                                 "WASMTIME_TEST_FORCE_MPK", "WASMTIME_TEST_NO_HOG_MEMORY"}) {
    ASSERT_EQ(setenv(name, "1", 1), 0);
    EXPECT_EQ(codegen_text(options), text) << name;
    EXPECT_EQ(compat_of(options), compat) << name;
    unsetenv(name);
  }
}

}  // namespace
}  // namespace warrant::engine
