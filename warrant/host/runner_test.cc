// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "warrant/host/runner_plan.h"

namespace warrant::host {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A warrant that every runner can honour: all that the wasmtime command line always gives.
struct World {
  policy::Grant terms;
  wasm::ModuleInfo info;
  std::vector<Descriptor> runners = {native_runner(), wasmtime_cli_runner()};
  RunnerRequest request;

  World() {
    terms.console = {true, true, true};
    terms.clock.wall = terms.clock.monotonic = true;
    terms.entropy.source = policy::EntropyGrant::Source::kSystem;
    request.argv = {"tool", "--", "-x"};
  }
  RunnerRequest& ready() {
    request.terms = &terms;
    request.info = &info;
    return request;
  }
  Planned cli() { return plan(ready(), wasmtime_cli_runner(), runners); }
  Planned native() { return plan(ready(), native_runner(), runners); }
};

void cli_refuses(World& world, const std::string& capability, Need need) {
  const Planned planned = world.cli();
  ASSERT_TRUE(planned.refusal) << capability;
  EXPECT_EQ(planned.refusal->code, "runner.cannot_honour");
  EXPECT_THAT(planned.refusal->items, Contains(AllOf(Field(&RefusalItem::capability, capability),
                                                     Field(&RefusalItem::need, need))));
}

TEST(Runners, BothAcceptWhatBothCanHonour) {
  World world;
  EXPECT_TRUE(world.native().accepted);
  const Planned planned = world.cli();
  ASSERT_TRUE(planned.accepted);
  EXPECT_EQ(planned.accepted->runner(), "wasmtime-cli");
  EXPECT_THAT(planned.accepted->unenforced(), Contains("limit.open-files"));
  EXPECT_THAT(planned.accepted->unenforced(), Not(Contains("limit.wall")));
  EXPECT_THAT(world.native().accepted->unenforced(), IsEmpty());
}

TEST(Runners, AnAcceptanceIsBoundToItsRequest) {
  World world;
  const Planned planned = world.cli();
  EXPECT_TRUE(planned.accepted->is_for(world.ready()));
  world.request.argv.push_back("more");
  EXPECT_FALSE(planned.accepted->is_for(world.ready()));
}

// The rows of runners.md section 3 with a dash for wasmtime-cli.
TEST(WasmtimeCliRefuses, WhatItCannotWithhold) {
  World clock;
  clock.terms.clock.wall = false;
  cli_refuses(clock, "clock.wall", Need::kWithhold);
  World monotonic;
  monotonic.terms.clock.monotonic = false;
  cli_refuses(monotonic, "clock.monotonic", Need::kWithhold);
  World entropy;
  entropy.terms.entropy = {};
  cli_refuses(entropy, "entropy", Need::kWithhold);
}

TEST(WasmtimeCliRefuses, WhatItCannotProvide) {
  World read;
  read.terms.directories.push_back({"/d", "/h", policy::Access::kRead});
  cli_refuses(read, "fs.read", Need::kProvide);
  World overlay;
  overlay.terms.directories.push_back({"/d", "/h", policy::Access::kOverlay});
  cli_refuses(overlay, "fs.overlay", Need::kProvide);
  World seed;
  seed.terms.entropy = {policy::EntropyGrant::Source::kSeed, 7};
  cli_refuses(seed, "entropy.seed", Need::kProvide);
  World socket;
  socket.terms.listen.push_back({"127.0.0.1:0"});
  cli_refuses(socket, "net.socket", Need::kProvide);
  World child;
  child.terms.process_run = {"jq"};
  cli_refuses(child, "process.spawn", Need::kProvide);
  World memory;
  memory.request.memory_files = true;
  cli_refuses(memory, "fs.memory", Need::kProvide);
  World exit;
  exit.request.exit_full = true;
  cli_refuses(exit, "exit.full", Need::kProvide);
  World pure;
  pure.request.stderr_pure = true;
  cli_refuses(pure, "stderr.pure", Need::kProvide);
  World effects;
  effects.request.audit_effects = true;
  cli_refuses(effects, "audit.effects", Need::kProvide);
}

TEST(WasmtimeCliRefuses, FetchByFieldAndByImportEvenUngranted) {
  World asked;
  asked.request.net_fetch = true;
  cli_refuses(asked, "net.fetch", Need::kProvide);
  World granted;
  policy::FetchGrant fetch;
  fetch.host = "api.example.com";
  granted.terms.fetch.push_back(fetch);
  cli_refuses(granted, "net.fetch", Need::kProvide);
  cli_refuses(granted, "net.fetch.vetted", Need::kProvide);
  World imported;
  imported.info.imports.push_back({"openagentic_netfetch", "fetch_get"});
  cli_refuses(imported, "import.openagentic_netfetch", Need::kProvide);
}

TEST(WasmtimeCliRefuses, WrittenLimitsThatItHasNotAndReportsDefaults) {
  World world;
  world.terms.limits.write(policy::LimitKey::kWritten, 1'000);
  cli_refuses(world, "limit.written", Need::kProvide);
  World strict;
  strict.request.refuse_unenforced = true;
  cli_refuses(strict, "limit.written", Need::kProvide);
  World memory;
  memory.terms.limits.write(policy::LimitKey::kMemory, 1U << 20);
  EXPECT_TRUE(memory.cli().accepted);
}

TEST(WasmtimeCliRefuses, NamesAndWordsThatItsCommandLineCannotCarry) {
  World colons;
  colons.terms.directories.push_back({"/d", "/h::x", policy::Access::kWrite});
  cli_refuses(colons, "fs.write", Need::kProvide);
  World bytes;
  bytes.request.argv.emplace_back("\xff");
  cli_refuses(bytes, "argv0", Need::kProvide);
  World cwd;
  cwd.terms.directories.push_back({"/d", "/h", policy::Access::kWrite});
  cwd.terms.cwd = "/d/sub";
  cli_refuses(cwd, "cwd", Need::kProvide);
  cwd.terms.cwd = "/d";
  EXPECT_TRUE(cwd.cli().accepted);
  World sockets;
  sockets.info.imports.push_back({"wasi_snapshot_preview1", "sock_accept"});
  cli_refuses(sockets, "import.wasi_snapshot_preview1", Need::kProvide);
}

TEST(Refusals, AreCompleteSortedAndNameWhoCould) {
  World world;
  world.terms.clock = {};
  world.terms.entropy = {};
  world.terms.directories.push_back({"/d", "/h", policy::Access::kRead});
  const Refusal refusal = *world.cli().refusal;
  std::vector<std::string> names;
  for (const RefusalItem& item : refusal.items) {
    names.push_back(item.capability);
    EXPECT_THAT(item.could, ElementsAre("native")) << item.capability;
    EXPECT_FALSE(item.why.empty());
  }
  EXPECT_THAT(names, ElementsAre("clock.monotonic", "clock.wall", "entropy", "fs.read"));
  EXPECT_EQ(refusal.help, "warrant run --runner native …");
  EXPECT_THAT(print_lines(refusal),
              Contains(AllOf(HasSubstr("fs.read is not supported by wasmtime-cli"),
                             HasSubstr("native can"))));
}

TEST(Refusals, SayWhenNoRunnerCan) {
  World world;
  world.request.memory_files = true;
  const Refusal refusal = *world.cli().refusal;
  EXPECT_THAT(print_lines(refusal),
              Contains(testing::MatchesRegex(".*not supported.*no runner can")));
}

TEST(Refusals, AsJsonHaveTheFieldsOfTheSpec) {
  World world;
  world.terms.entropy = {};
  const codec::Json json = lower(*world.cli().refusal);
  EXPECT_EQ(codec::print_canonical(json),
            R"({"code":"runner.cannot_honour","help":"warrant run --runner native …","items":[)"
            R"({"capability":"entropy","could":["native"],"from":"no [entropy] in the warrant",)"
            R"("need":"withhold","why":"the wasmtime command line always provides entropy"}],)"
            R"("runner":"wasmtime-cli"})");
}

// Runners.md section 5, each row against what is installed.
TEST(Selection, TakesTheFirstThatAccepts) {
  const auto missing = [](Descriptor runner) {
    runner.unavailable = "not installed";
    return runner;
  };
  struct Row {
    bool native;
    bool cli;
    bool needs_native;
    std::string chosen;  // empty: refusal
  };
  const std::vector<Row> rows = {
      {true, true, false, "native"},
      {true, false, false, "native"},
      {false, true, false, "wasmtime-cli"},
      {false, false, false, ""},
      {true, true, true, "native"},
      {true, false, true, "native"},
      {false, true, true, ""},
      {false, false, true, ""},
  };
  for (const Row& row : rows) {
    World world;
    if (row.needs_native) world.terms.entropy = {};
    const std::vector<Descriptor> runners = {
        row.native ? native_runner() : missing(native_runner()),
        row.cli ? wasmtime_cli_runner() : missing(wasmtime_cli_runner())};
    const Selection selection = select(world.ready(), runners, std::nullopt);
    EXPECT_EQ(selection.accepted ? selection.accepted->runner() : "", row.chosen);
    if (!selection.accepted) {
      EXPECT_EQ(selection.refusal->code, "runner.none");
    }
  }
}

TEST(Selection, HonoursAPreferenceButNeverForFetch) {
  World world;
  const std::vector<Descriptor> runners = {wasmtime_cli_runner(), native_runner()};
  EXPECT_EQ(select(world.ready(), runners, std::nullopt).accepted->runner(), "wasmtime-cli");
  world.request.net_fetch = true;
  const Selection fetch = select(world.ready(), runners, std::nullopt);
  EXPECT_THAT(fetch.passed_over, Contains(Field(&PassedOver::runner, "wasmtime-cli")));
  EXPECT_FALSE(fetch.accepted && fetch.accepted->runner() == "wasmtime-cli");
}

TEST(Selection, ANamedRunnerIsThatOneOrARefusal) {
  World world;
  world.terms.entropy = {};
  const Selection named = select(world.ready(), world.runners, "wasmtime-cli");
  ASSERT_FALSE(named.accepted);
  EXPECT_EQ(named.refusal->runner, "wasmtime-cli");
  EXPECT_EQ(select(world.ready(), world.runners, "natve").refusal->code, "runner.unavailable");
}

TEST(Selection, IsEqualForEqualInputs) {
  World world;
  world.terms.entropy = {};
  const std::vector<Descriptor> runners = {wasmtime_cli_runner(), native_runner()};
  const Selection one = select(world.ready(), runners, std::nullopt);
  const Selection two = select(world.ready(), runners, std::nullopt);
  EXPECT_EQ(one.accepted->runner(), "native");
  EXPECT_EQ(one.passed_over, two.passed_over);
  EXPECT_THAT(one.passed_over, ElementsAre(Field(&PassedOver::why, HasSubstr("entropy"))));
}

// The dashes and limits of the published table for the wasmtime command line and the browser, and
// a dash more for each thing that is not in this build's page yet.
TEST(Descriptors, SayWhatThePublishedTableSays) {
  const std::map<std::string, std::pair<std::string, std::string>> published = {
      {"module.component", {"-", "L"}},
      {"import.openagentic_netfetch", {"Y", "-"}},
      {"argv0", {"Y", "L"}},
      {"cwd", {"-", "L"}},
      {"env", {"Y / Y", "Y / Y"}},
      {"stdin.stream", {"- / Y", "Y / Y"}},
      {"fs.write", {"-", "L"}},
      {"fs.read", {"-", "-"}},
      {"fs.overlay", {"-", "-"}},
      {"fs.memory", {"-", "-"}},
      {"clock.wall", {"Y / Y", "Y / -"}},
      {"entropy", {"Y / Y", "Y / -"}},
      {"entropy.seed", {"-", "-"}},
      {"net.fetch", {"L / Y", "- / Y"}},
      {"net.fetch.vetted", {"-", "-"}},
      {"net.socket", {"- / Y", "- / Y"}},
      {"process.spawn", {"- / Y", "- / Y"}},
      {"secrets", {"-", "-"}},
      {"limit.memory", {"Y", "Y"}},
      {"limit.stack", {"L", "Y"}},
      {"limit.fuel", {"-", "Y"}},
      {"limit.open-files", {"Y", "L"}},
      {"limit.cpu", {"L", "Y"}},
      {"audit.effects", {"Y", "L"}},
      {"exit.full", {"Y", "L"}},
      {"stderr.pure", {"Y", "L"}},
      {"usage", {"L", "L"}}};
  const std::vector<Descriptor> runners = {browser_runner(), wasmtime_cli_runner()};
  std::size_t seen = 0;
  for (const std::vector<std::string>& row : support_table(runners)) {
    const auto found = published.find(row[0]);
    if (found == published.end()) continue;
    ++seen;
    EXPECT_EQ(row[1], found->second.first) << row[0];
    EXPECT_EQ(row[2], found->second.second) << row[0];
  }
  EXPECT_EQ(seen, published.size());
}

TEST(Descriptors, EveryNoHasItsReason) {
  for (const Descriptor& runner : {native_runner(), browser_runner(), wasmtime_cli_runner()}) {
    for (std::size_t i = 0; i < kRunnerKeyCount; ++i) {
      const RunnerEntry entry = runner.entry(static_cast<RunnerKey>(i));
      for (const Support& support : {entry.provide, entry.withhold}) {
        const bool plain =
            support.answer == Support::Answer::kYes || support.answer == Support::Answer::kNothing;
        EXPECT_NE(plain, !support.why.empty()) << runner.name << " " << i;
        EXPECT_EQ(support.answer == Support::Answer::kLimited, support.test != nullptr);
      }
    }
  }
}

}  // namespace
}  // namespace warrant::host
