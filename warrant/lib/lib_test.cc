// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <thread>

#include "warrant/base/bytes.h"
#include "warrant/lib/warrant.h"

namespace warrant {
namespace {

using host::ExitKind;
using policy::LimitKey;

std::vector<std::byte> guest(const std::string& name) {
  std::ifstream file(WARRANT_GUESTS "/lib_" + name + ".wasm", std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  const std::vector<char> text((std::istreambuf_iterator<char>(file)), {});
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

HostModule acme() {
  HostModule module("acme");
  module.function("echo", [](HostContext&, std::string_view text) { return std::string(text); });
  module.function(
      "refuse", [](HostContext&) -> Result<void> { return Error{Errc::kNotCapable, 0, "refuse"}; });
  module.function("throw", [](HostContext&) { throw 7; });
  module.function("half", [](HostContext&, double value) { return value / 2; });
  return module;
}

class Library : public testing::Test {
 protected:
  Library() {
    HostOptions options;
    options.concurrency = 3;
    options.modules.push_back(acme());
    auto made = Host::create(ambient(), std::move(options));
    EXPECT_TRUE(made);
    host_ = std::make_unique<Host>(*std::move(made));
  }

  Tool tool(const std::string& name) {
    auto loaded = host_->load(guest(name), {});
    EXPECT_TRUE(loaded) << loaded.problem().what;
    return *std::move(loaded);
  }

  Warrant admitted(const Tool& tool, const Grant& grant = {}) {
    auto warrant = host_->admit(tool, grant);
    EXPECT_TRUE(warrant) << warrant.problem().what;
    return *std::move(warrant);
  }

  // An i32 export of the library guest, in a fresh instance.
  std::pair<RunResult, std::uint32_t> call(const Tool& called, const Grant& grant,
                                           const std::string& name,
                                           std::initializer_list<std::uint32_t> arguments) {
    std::array<wasm::Slot, 4> slots;
    std::size_t used = 0;
    for (const std::uint32_t argument : arguments) slots[used++].set_u32(argument);
    RunResult result = host_->call(called, admitted(called, grant), {}, name, slots);
    return {std::move(result), slots[0].u32()};
  }

  std::unique_ptr<Host> host_;
};

Grant with_console() {
  Grant grant;
  grant.console = {true, true, true};
  return grant;
}

Grant with_acme() {
  Grant grant;
  grant.host_functions = {"acme.*"};
  return grant;
}

TEST_F(Library, ALimitOfCompilationThatNobodyHoldsIsRefused) {
  LoadOptions options;
  options.limits.write(policy::LimitKey::kCompileWall, 1'000'000'000);
  const auto loaded = host_->load(guest("library"), options);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.problem().what.find("compile-wall"), std::string::npos);
  EXPECT_NE(loaded.problem().hint.find("HostOptions::compiler"), std::string::npos);
  Grant grant;
  grant.limits.write(policy::LimitKey::kCompileMemory, 1 << 20);
  EXPECT_FALSE(host_->admit(tool("library"), grant));
}

TEST_F(Library, ACompilerThatIsNoneIsTold) {
  for (const char* program : {"/bin/true", "/nonexistent"}) {
    HostOptions options;
    options.compiler = program;
    const auto host = Host::create(ambient(), std::move(options));
    ASSERT_TRUE(host);
    const auto loaded = host->load(guest("spin"), {});
    ASSERT_FALSE(loaded) << program;
    EXPECT_NE(loaded.problem().what.find("engine refused"), std::string::npos)
        << loaded.problem().what;
  }
}

TEST_F(Library, CallsAnExportAfterInitialize) {
  const Tool library = tool("library");
  EXPECT_FALSE(library.is_command());
  EXPECT_EQ(call(library, {}, "add", {40, 2}).second, 42U);
  EXPECT_EQ(call(library, {}, "ready", {}).second, 40U);
}

TEST_F(Library, EachCallGetsAFreshInstance) {
  const Tool library = tool("library");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(call(library, {}, "count", {}).second, 1U);
}

TEST_F(Library, AnExportThatIsNotThereEndsInAResultNotInACrash) {
  const auto [result, answer] = call(tool("library"), {}, "nowhere", {});
  EXPECT_NE(result.exit.kind, ExitKind::kExited);
}

TEST_F(Library, ATrapIsAResult) {
  const auto [result, answer] = call(tool("library"), {}, "trap", {});
  EXPECT_EQ(result.exit.kind, ExitKind::kTrapped);
  EXPECT_EQ(host::status_of(result.exit), 134);
}

TEST_F(Library, TheStackIsTheOneThatWasGranted) {
  const Tool library = tool("library");
  Grant small;
  small.limits.write(LimitKey::kStack, 64U << 10);
  EXPECT_EQ(call(library, small, "deep", {20'000}).first.exit.kind, ExitKind::kTrapped);
  Grant large;
  large.limits.write(LimitKey::kStack, 8U << 20);
  EXPECT_EQ(call(library, large, "deep", {20'000}).second, 7U);
}

TEST_F(Library, MemoryGrowsToItsLimitAndNoFurther) {
  const Tool library = tool("library");
  Grant grant;
  grant.limits.write(LimitKey::kMemory, 3U * 65'536);
  EXPECT_EQ(call(library, grant, "grow", {2}).second, 1U);
  const auto [result, answer] = call(library, grant, "grow", {3});
  EXPECT_EQ(answer, 0xFFFFFFFFU);
  EXPECT_EQ(result.limits_hit, std::vector<LimitKey>{LimitKey::kMemory});
  grant.limits.write(LimitKey::kMemory, 1);
  EXPECT_EQ(call(library, grant, "grow", {0}).first.exit.kind, ExitKind::kRefused);
}

TEST_F(Library, InputComesInAndOutputComesOut) {
  const Tool console = tool("console");
  const std::string text = "a line\nand another\n";
  Launch launch;
  launch.input = bytes_of(text);
  Grant grant = with_console();
  grant.clock.wall = true;
  const RunResult result = host_->run(console, admitted(console, grant), std::move(launch));
  EXPECT_EQ(result.exit.code, 0U);
  EXPECT_EQ(result.output, text);
  EXPECT_EQ(result.error_output, text);
  EXPECT_EQ(result.denials, 0U);
}

// What is captured is what was written, though the guest's buffer holds other bytes by then.
TEST_F(Library, OutputIsCopiedWhenItIsWritten) {
  const Tool console = tool("console");
  std::string text(8'192, '\0');  // two buffers of the guest, which differ
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i / 4'096 + 'a');
  Launch launch;
  launch.input = bytes_of(text);
  const RunResult result =
      host_->run(console, admitted(console, with_console()), std::move(launch));
  EXPECT_EQ(result.output, text);
  EXPECT_EQ(result.error_output, text);
}

TEST_F(Library, OutputBeyondItsLimitIsDroppedAndCounted) {
  const Tool console = tool("console");
  const std::string text(10'000, 'x');
  Launch launch;
  launch.input = bytes_of(text);
  Grant grant = with_console();
  grant.limits.write(LimitKey::kStdout, 100);
  const RunResult result = host_->run(console, admitted(console, grant), std::move(launch));
  EXPECT_EQ(result.output.size(), 100U);
  EXPECT_EQ(result.output_dropped, 9'900U);
  EXPECT_EQ(result.error_output.size(), 10'000U);
}

TEST_F(Library, InputAboveItsLimitIsRefusedNotCut) {
  const Tool console = tool("console");
  const std::string text(10, 'x');
  Launch launch;
  launch.input = bytes_of(text);
  Grant grant = with_console();
  grant.limits.write(LimitKey::kStdin, 9);
  EXPECT_EQ(host_->run(console, admitted(console, grant), std::move(launch)).exit.kind,
            ExitKind::kRefused);
}

TEST_F(Library, ADenialIsAnEventOnTheRunsThreadBeforeTheResult) {
  const Tool console = tool("console");
  std::vector<std::string> denied;
  Launch launch;
  launch.on_event = [&](const audit::Event& event) {
    if (event.decision == audit::Decision::kDeny) denied.emplace_back(event.operation);
  };
  const RunResult result =
      host_->run(console, admitted(console, with_console()), std::move(launch));
  EXPECT_EQ(result.exit.code, 76U);
  EXPECT_EQ(denied, std::vector<std::string>{"clock_time_get"});
  EXPECT_EQ(result.denials, 1U);
}

TEST_F(Library, AHostFunctionIsRefusedUnlessItIsGranted) {
  const Tool embedder = tool("embedder");
  const auto refused = host_->admit(embedder, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.problem().more.size(), 3U);
  Grant one;
  one.host_functions = {"acme.echo"};
  EXPECT_FALSE(host_->admit(embedder, one));
  EXPECT_TRUE(host_->admit(embedder, with_acme()));
}

TEST_F(Library, AResultOfBytesIsWrittenAsFarAsItFits) {
  const Tool embedder = tool("embedder");
  EXPECT_EQ(call(embedder, with_acme(), "echo", {0, 5, 100, 100}).second, 5U);
  EXPECT_EQ(call(embedder, with_acme(), "echo", {0, 5, 100, 3}).second, 5U);
  // "hel" and the zero that was there.
  EXPECT_EQ(call(embedder, with_acme(), "echoed", {}).second, 0x006c6568U);
}

TEST_F(Library, APointerOutsideMemoryIsATrap) {
  const Tool embedder = tool("embedder");
  for (const auto& bad : {std::array<std::uint32_t, 4>{65'530, 10, 0, 1},
                          std::array<std::uint32_t, 4>{0, 5, 65'530, 10},
                          std::array<std::uint32_t, 4>{0xFFFFFFFF, 2, 0, 1}}) {
    const auto [result, answer] =
        call(embedder, with_acme(), "echo", {bad[0], bad[1], bad[2], bad[3]});
    EXPECT_EQ(result.exit.kind, ExitKind::kTrapped);
  }
}

TEST_F(Library, AnErrorOfAHostFunctionIsANegativeErrno) {
  EXPECT_EQ(call(tool("embedder"), with_acme(), "refuse", {}).second,
            static_cast<std::uint32_t>(-76));
}

TEST_F(Library, AHostFunctionThatThrowsEndsTheRunAsABug) {
  const auto [result, answer] = call(tool("embedder"), with_acme(), "throw", {});
  EXPECT_EQ(result.exit.kind, ExitKind::kBug);
}

TEST_F(Library, FloatsTravelWhole) {
  const Tool embedder = tool("embedder");
  std::array<wasm::Slot, 1> slots;
  slots[0].set_u64(std::bit_cast<std::uint64_t>(5.0));
  (void)host_->call(embedder, admitted(embedder, with_acme()), {}, "half", slots);
  EXPECT_EQ(std::bit_cast<double>(slots[0].u64()), 2.5);
}

TEST_F(Library, ARunIsCancelledFromAnotherThread) {
  const Tool spin = tool("spin");
  auto run = host_->start(spin, admitted(spin), {});
  ASSERT_TRUE(run);
  std::thread([handle = *run] { handle.cancel(); }).join();
  const RunResult result = run->wait();
  EXPECT_EQ(result.exit.kind, ExitKind::kCancelled);
  EXPECT_EQ(host::status_of(result.exit), 143);
}

TEST_F(Library, TheDeadlineEndsALoop) {
  const Tool spin = tool("spin");
  Grant grant;
  grant.limits.write(LimitKey::kWall, 20'000'000);
  const RunResult result = host_->run(spin, admitted(spin, grant), {});
  EXPECT_EQ(result.exit.kind, ExitKind::kLimited);
  EXPECT_EQ(result.exit.limit, LimitKey::kWall);
}

TEST_F(Library, CpuTimeAndFuelEndALoopToo) {
  const Tool spin = tool("spin");
  Grant cpu;
  cpu.limits.write(LimitKey::kCpu, 20'000'000);
  EXPECT_EQ(host_->run(spin, admitted(spin, cpu), {}).exit.limit, LimitKey::kCpu);
  Grant fuel;
  fuel.limits.write(LimitKey::kFuel, 100'000);
  EXPECT_EQ(host_->run(spin, admitted(spin, fuel), {}).exit.limit, LimitKey::kFuel);
}

TEST_F(Library, OneRunTooManyIsBusyAndTheOthersGoOn) {
  const Tool spin = tool("spin");
  std::vector<warrant::Run> runs;
  for (int i = 0; i < 3; ++i) {
    auto run = host_->start(spin, admitted(spin), {});
    ASSERT_TRUE(run);
    runs.push_back(*std::move(run));
  }
  const auto fourth = host_->start(spin, admitted(spin), {});
  ASSERT_FALSE(fourth);
  EXPECT_NE(fourth.problem().what.find("busy"), std::string::npos);
  runs[0].cancel();
  EXPECT_EQ(runs[0].wait().exit.kind, ExitKind::kCancelled);
  const Tool library = tool("library");
  EXPECT_EQ(call(library, {}, "add", {1, 2}).second, 3U);
  for (warrant::Run& run : runs) run.cancel();
}

TEST_F(Library, DestroyingTheHostCancelsItsRuns) {
  const Tool spin = tool("spin");
  auto run = host_->start(spin, admitted(spin), {});
  ASSERT_TRUE(run);
  host_.reset();
  EXPECT_EQ(run->wait().exit.kind, ExitKind::kCancelled);
}

TEST_F(Library, ManyThreadsUseOneToolAtOnce) {
  const Tool library = tool("library");
  const Warrant warrant = admitted(library);
  std::array<int, 3> right{};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::uint32_t i = 0; i < 50; ++i) {
        std::array<wasm::Slot, 2> slots;
        slots[0].set_u32(i);
        slots[1].set_u32(1);
        (void)host_->call(library, warrant, {}, "add", slots);
        right[t] += slots[0].u32() == i + 1 ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, (std::array<int, 3>{50, 50, 50}));
}

TEST_F(Library, WhatIsNoModuleIsAProblemWithAHint) {
  for (const std::string_view bytes :
       {std::string_view(""), std::string_view("hello"), std::string_view("\0asm", 4)}) {
    const auto loaded = host_->load(bytes_of(bytes), {});
    ASSERT_FALSE(loaded);
    EXPECT_FALSE(loaded.problem().what.empty());
    EXPECT_FALSE(loaded.problem().hint.empty());
  }
  EXPECT_EQ(host_->load_file("/nonexistent/x.wasm", {}).problem().kind, Problem::Kind::kNotFound);
}

TEST_F(Library, RefusesHardeningThatItDoesNotDo) {
  const Tool console = tool("console");
  for (const auto wanted : {policy::Hardening::kBasic, policy::Hardening::kStrict}) {
    Grant grant = with_console();
    grant.hardening = wanted;
    const auto refused = host_->admit(console, grant);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.problem().what.find("not locked down"), std::string::npos);
  }
  HostOptions options;
  options.ceilings.emplace_back();
  options.ceilings.back().restrictions.hardening_minimum = policy::Hardening::kBasic;
  const auto other = Host::create(ambient(), std::move(options));
  ASSERT_TRUE(other);
  const auto loaded = other->load(guest("console"), {});
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(other->admit(*loaded, with_console()));
}

TEST(HostOptions, AreChecked) {
  EXPECT_FALSE(Host::create(ambient(), {.concurrency = 0}));
  EXPECT_FALSE(Host::create(ambient(), {.cache_dir = "/tmp/x"}));
}

}  // namespace
}  // namespace warrant
