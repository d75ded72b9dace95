// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/world.h"

namespace warrant::testing {
namespace {

using namespace std::string_literals;

TEST(Args, AreGivenExactlyWithTheirEnds) {
  World world;
  Guest& guest = world.guest;
  ASSERT_EQ(guest.call("args_sizes_get", 0x10, 0x14), wasi::kSuccess);
  EXPECT_EQ(guest.memory.at<std::uint32_t>(0x10), 2U);
  EXPECT_EQ(guest.memory.at<std::uint32_t>(0x14), 8U);
  ASSERT_EQ(guest.call("args_get", 0x20, 0x40), wasi::kSuccess);
  EXPECT_EQ(guest.memory.at<std::uint32_t>(0x20), 0x40U);
  EXPECT_EQ(guest.memory.at<std::uint32_t>(0x24), 0x45U);
  EXPECT_EQ(guest.memory.text(0x40, 8), "tool\0-x\0"s);
}

TEST(Args, WithoutAnyThereIsStillTheFirst) {
  Guest guest{wasi_p1::Setup{}};
  ASSERT_EQ(guest.call("args_sizes_get", 0x10, 0x14), wasi::kSuccess);
  EXPECT_EQ(guest.memory.at<std::uint32_t>(0x10), 1U);
}

TEST(Environment, KeepsNewlinesQuotesAndEqualSigns) {
  World world;
  Guest& guest = world.guest;
  ASSERT_EQ(guest.call("environ_sizes_get", 0x10, 0x14), wasi::kSuccess);
  EXPECT_EQ(guest.memory.at<std::uint32_t>(0x10), 2U);
  EXPECT_EQ(guest.memory.at<std::uint32_t>(0x14), 10U);
  ASSERT_EQ(guest.call("environ_get", 0x20, 0x40), wasi::kSuccess);
  EXPECT_EQ(guest.memory.text(0x40, 10), "A=1\0B==\"\n\0"s);
  EXPECT_EQ(guest.memory.at<std::uint32_t>(0x24), 0x44U);
}

TEST(Environment, WithoutVariablesCountsExactlyZero) {
  Guest guest{wasi_p1::Setup{}};
  ASSERT_EQ(guest.call("environ_sizes_get", 0x10, 0x14), wasi::kSuccess);
  EXPECT_EQ(guest.memory.at<std::uint32_t>(0x10), 0U);
  EXPECT_EQ(guest.memory.at<std::uint32_t>(0x14), 0U);
  // Nothing to write: no address is looked at.
  EXPECT_EQ(guest.call("environ_get", 0xFFFF'FFFF, 0xFFFF'FFFF), wasi::kSuccess);
}

TEST(Environment, FirstUseIsRecordedOnce) {
  World world;
  world.guest.call("environ_get", 0x20, 0x40);
  world.guest.call("environ_get", 0x20, 0x40);
  ASSERT_EQ(world.guest.sink.events.size(), 1U);
  EXPECT_EQ(world.guest.sink.last().kind, audit::Kind::kEnv);
}

TEST(Args, ListOutsideMemoryEndsTheRun) {
  World world;
  EXPECT_EQ(world.guest.call("args_get", 0xFFFC, 0x40), Guest::kEnded);
  EXPECT_EQ(world.guest.exit.kind, wasm::ExitRecord::Kind::kAbiFault);
  EXPECT_EQ(world.guest.exit.function, "args_get");
  EXPECT_EQ(world.guest.exit.parameter, "argv");
  EXPECT_EQ(world.guest.exit.address, 0xFFFCU);
  EXPECT_EQ(world.guest.exit.fault, wasm::TrapCode::kMemoryOutOfBounds);
}

TEST(Setup, RefusesWhatWouldBeAmbiguous) {
  RecordingSink sink;
  const auto make = [&sink](wasi_p1::Setup setup) {
    setup.audit = &sink;
    return wasi_p1::Context::make(std::move(setup));
  };
  DirectoryScript script;
  for (const auto& [first, second] :
       {std::pair("/", "."), std::pair("/a", "/a"), std::pair("", "/")}) {
    wasi_p1::Setup twins;
    twins.directories.push_back({first, std::make_unique<ScriptedDirectory>(script), {}});
    twins.directories.push_back({second, std::make_unique<ScriptedDirectory>(script), {}});
    const auto made = make(std::move(twins));
    ASSERT_FALSE(made) << first << " " << second;
    EXPECT_EQ(made.error().code, Errc::kExists);
  }
  wasi_p1::Setup nul;
  nul.args = {"a\0b"s};
  EXPECT_FALSE(make(std::move(nul)));
  wasi_p1::Setup many;
  many.limits.open_files = 0;
  many.directories.push_back({"/", std::make_unique<ScriptedDirectory>(script), {}});
  EXPECT_FALSE(make(std::move(many)));
}

}  // namespace
}  // namespace warrant::testing
