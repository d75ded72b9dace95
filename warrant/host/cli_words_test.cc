// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/cli_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warrant::host {
namespace {

// OA-15: the vector of runners.md section 9.2.
TEST(WasmtimeWords, AreTheGoldenVector) {
  policy::Grant terms;
  terms.directories = {{"/work", "/srv/w", policy::Access::kWrite},
                       {"/data", "/srv/d", policy::Access::kWrite}};
  terms.cwd = "/data";
  terms.environment = {{"Z", "1"}, {"A", ""}, {"LANG", "C"}};
  terms.limits.write(policy::LimitKey::kMemory, 64U << 20);
  terms.limits.write(policy::LimitKey::kTable, 1'000);
  terms.limits.write(policy::LimitKey::kMemories, 4);
  terms.limits.write(policy::LimitKey::kTables, 4);
  terms.limits.write(policy::LimitKey::kStack, 1U << 20);
  terms.limits.write(policy::LimitKey::kFuel, 9);
  wasm::ModuleInfo info;
  RunnerRequest request;
  request.terms = &terms;
  request.info = &info;
  request.argv = {"cat", "--", "-x", "", "two words", "h\xc3\xa9"};
  std::string words;
  for (const std::string& each : wasmtime_words(request, "/proc/self/fd/3")) words += each + "|";
  EXPECT_EQ(words,
            "run|-C|cache=n|-W|max-memory-size=67108864|-W|max-table-elements=1000|-W|"
            "max-memories=4|-W|max-tables=4|-W|max-instances=1|-W|max-wasm-stack=1048576|-W|fuel=9|"
            "-S|inherit-env=n|-S|inherit-network=n|-S|tcp=n|-S|udp=n|-S|allow-ip-name-lookup=n|-S|"
            "http=n|--dir|/srv/d::.|--dir|/srv/w::/work|--dir|/srv/d::/data|--env|A=|--env|LANG=C|"
            "--env|PWD=/data|--env|Z=1|--argv0|cat|--|/proc/self/fd/3|--|-x||two words|h\xc3\xa9|");
  info.kind = wasm::BinaryKind::kComponent;
  EXPECT_THAT(wasmtime_words(request, "/m"), testing::Not(testing::Contains("max-instances=1")));
}

TEST(ProcessEnds, AreTheOutcomesOfTheTable) {
  using By = ProcessEnd::By;
  const auto of = [](ProcessEnd end, std::string_view report = "") {
    return exit_of_process(end, report);
  };
  EXPECT_EQ(status_of(of({.exited = true, .status = 0})), 0);
  EXPECT_EQ(status_of(of({.exited = true, .status = 125})), 125);
  const Exit above = of({.exited = true, .status = 1}, "Error: exit with invalid exit status\n");
  EXPECT_EQ(above.kind, ExitKind::kTrapped);
  EXPECT_EQ(status_of(above), 134);
  EXPECT_EQ(above.message, "exit status above 125 cannot be reported by wasmtime-cli");
  const Exit trap = of({.exited = true, .status = 134}, "at /home/x\n  wasm trap: unreachable\nx");
  EXPECT_EQ(trap.kind, ExitKind::kTrapped);
  EXPECT_EQ(trap.message, "trap: unreachable");
  // Fuel ends by a trap of its own, which is a limit where fuel was asked for.
  const std::string_view spent = "wasm trap: all fuel consumed by WebAssembly\n";
  using Fuel = ProcessEnd::Fuel;
  const Exit fuel = of({.exited = true, .status = 134, .fuel = Fuel::kCounted}, spent);
  EXPECT_EQ(fuel.limit, policy::LimitKey::kFuel);
  EXPECT_EQ(status_of(fuel), 124);
  EXPECT_EQ(status_of(of({.exited = true, .status = 134}, spent)), 134);
  EXPECT_EQ(status_of(of({.exited = true, .status = 134, .fuel = Fuel::kCounted},
                         std::string(spent) + "wasm trap: unreachable\n")),
            134);
  EXPECT_EQ(status_of(of({.signal = 9, .by = By::kWall})), 124);
  EXPECT_EQ(of({.signal = 9, .by = By::kWall}).limit, policy::LimitKey::kWall);
  EXPECT_EQ(of({.signal = 24, .by = By::kCpu}).limit, policy::LimitKey::kCpu);
  EXPECT_EQ(status_of(of({.signal = 9, .by = By::kCancel})), 143);
  for (const int signal : {15, 9, 11}) {
    EXPECT_EQ(status_of(of({.signal = signal})), 128 + signal);
  }
}

}  // namespace
}  // namespace warrant::host
