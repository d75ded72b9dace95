// SPDX-License-Identifier: Apache-2.0
// Runners.md section 3, cell by cell: what each runner that has "–" or "L" there does when it is
// asked beyond that. "native" stands where the published table says Y and the room is not in this
// build.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "warrant/host/runner_plan.h"

namespace warrant::host {
namespace {

using testing::Contains;
using testing::HasSubstr;
using Names = std::vector<std::string_view>;

// All that the wasmtime command line always gives, by a command of WASI.
struct World {
  policy::Grant terms;
  wasm::ModuleInfo info;
  RunnerRequest request;

  World() {
    terms.console = {true, true, true};
    terms.clock.wall = terms.clock.monotonic = true;
    terms.entropy.source = policy::EntropyGrant::Source::kSystem;
    request.argv = {"tool"};
    info.imports.push_back({"wasi_snapshot_preview1", "fd_write"});
    info.exports.push_back({"memory", wasm::ExternKind::kMemory});
  }
  void directory(policy::Access access, const std::string& host = "/h") {
    terms.directories.push_back({"/d", host, access});
  }
  policy::FetchGrant& fetch() {
    policy::FetchGrant entry;
    entry.host = "api.example.com";
    terms.fetch.push_back(entry);
    return terms.fetch.back();
  }
  void component(const std::string& import) {
    info.kind = wasm::BinaryKind::kComponent;
    info.imports.clear();
    info.component_imports = {import};
    info.component_exports = {"wasi:cli/run@0.2.0"};
  }
};

struct Cell {
  std::string key;  // the row of the table
  Need need;
  Names refused_by;  // in the order native, browser, wasmtime-cli
  std::function<void(World&)> ask;
  std::string capability = {};  // in the refusal; empty: the key
};

constexpr std::string_view kNative = "native";
constexpr std::string_view kBrowser = "browser";
constexpr std::string_view kCli = "wasmtime-cli";

void written(World& world, policy::LimitKey key) { world.terms.limits.write(key, 1U << 20); }

const std::vector<Cell>& module_cells() {
  static const std::vector<Cell> cells = {
      {"module.component",
       Need::kProvide,
       {kNative, kBrowser},
       [](World& w) { w.component("wasi:cli/stdout@0.2.0"); }},
      {"module.component",
       Need::kProvide,
       {kNative, kBrowser, kCli},
       [](World& w) { w.component("wasi:sockets/tcp@0.2.0"); }},
      {"module.feature.*",
       Need::kProvide,
       {kNative, kBrowser, kCli},
       [](World& w) { w.info.features |= 1U << unsigned(wasm::Feature::kThreads); },
       "module.feature.threads"},
      {"module.preview0",
       Need::kProvide,
       {kCli},
       [](World& w) {
         w.info.imports = {{"wasi_unstable", "proc_exit"}};
         w.info.exports.clear();
       }},
      {"import.wasi_snapshot_preview1",
       Need::kProvide,
       {kCli},
       [](World& w) { w.info.imports.push_back({"wasi_snapshot_preview1", "sock_send"}); }},
      {"import.wasi_snapshot_preview1",
       Need::kProvide,
       {kCli},
       [](World& w) { w.info.exports.clear(); }},
      {"import.openagentic_netfetch",
       Need::kProvide,
       {kCli},
       [](World& w) { w.info.imports.push_back({"openagentic_netfetch", "fetch_get"}); }},
      {"import.warrant_fetch",
       Need::kProvide,
       {kCli},
       [](World& w) { w.info.imports.push_back({"warrant_fetch", "request"}); }},
      {"import.yoi:*",
       Need::kProvide,
       {kNative, kBrowser, kCli},
       [](World& w) { w.info.imports.push_back({"yoi:https", "get"}); }},
      {"import.host_process",
       Need::kProvide,
       {kNative, kBrowser, kCli},
       [](World& w) { w.info.imports.push_back({"host_process", "spawn"}); }},
      {"import.embedder",
       Need::kProvide,
       {kBrowser, kCli},
       [](World& w) { w.terms.optional_imports = {"a.b"}; }},
  };
  return cells;
}

const std::vector<Cell>& file_cells() {
  static const std::vector<Cell> cells = {
      {"argv0", Need::kProvide, {kCli}, [](World& w) { w.request.argv = {"\xff"}; }},
      {"cwd",
       Need::kProvide,
       {kBrowser, kCli},
       [](World& w) {
         w.directory(policy::Access::kWrite);
         w.terms.cwd = "/d/sub";
       }},
      {"stdin.stream",
       Need::kProvide,
       {kBrowser},
       [](World& w) { w.request.stdin_form = StdinForm::kStream; }},
      {"fs.write",
       Need::kProvide,
       {kBrowser},
       [](World& w) { w.directory(policy::Access::kWrite); }},
      {"fs.write",
       Need::kProvide,
       {kBrowser, kCli},
       [](World& w) { w.directory(policy::Access::kWrite, "/h::x"); }},
      {"fs.read",
       Need::kProvide,
       {kBrowser, kCli},
       [](World& w) { w.directory(policy::Access::kRead); }},
      {"fs.overlay",
       Need::kProvide,
       {kNative, kBrowser, kCli},
       [](World& w) { w.directory(policy::Access::kOverlay); }},
      {"fs.memory",
       Need::kProvide,
       {kNative, kBrowser, kCli},
       [](World& w) { w.request.memory_files = true; }},
      {"fs.options",
       Need::kProvide,
       {kBrowser, kCli},
       [](World& w) {
         w.directory(policy::Access::kWrite);
         w.terms.directories[0].inodes = 5;
       }},
  };
  return cells;
}

const std::vector<Cell>& clock_cells() {
  static const std::vector<Cell> cells = {
      {"clock.monotonic",
       Need::kWithhold,
       {kCli},
       [](World& w) { w.terms.clock.monotonic = false; }},
      {"clock.wall", Need::kWithhold, {kCli}, [](World& w) { w.terms.clock.wall = false; }},
      {"clock.cpu", Need::kProvide, {kBrowser, kCli}, [](World& w) { w.terms.clock.cpu = true; }},
      {"clock.fixed",
       Need::kProvide,
       {kCli},
       [](World& w) { w.terms.clock.fixed = policy::Timestamp{}; }},
      {"clock.resolution",
       Need::kProvide,
       {kCli},
       [](World& w) { w.terms.clock.resolution = Nanoseconds{1'000}; }},
      {"entropy", Need::kWithhold, {kCli}, [](World& w) { w.terms.entropy = {}; }},
      {"entropy.seed",
       Need::kProvide,
       {kBrowser, kCli},
       [](World& w) { w.terms.entropy = {policy::EntropyGrant::Source::kSeed, 7}; }},
      {"console", Need::kWithhold, {kCli}, [](World& w) { w.terms.console.stdin_stream = false; }},
  };
  return cells;
}

const std::vector<Cell>& network_cells() {
  static const std::vector<Cell> cells = {
      {"net.fetch", Need::kProvide, {kBrowser, kCli}, [](World& w) { w.fetch(); }},
      {"net.fetch", Need::kProvide, {kCli}, [](World& w) { w.fetch().browser_unpinned = true; }},
      {"net.fetch",
       Need::kProvide,
       {kBrowser, kCli},
       [](World& w) {
         w.fetch().browser_unpinned = true;
         w.terms.network.extra_deny = {"192.0.2.0/24"};
       }},
      {"net.fetch", Need::kProvide, {kCli}, [](World& w) { w.request.net_fetch = true; }},
      {"net.fetch.vetted", Need::kProvide, {kBrowser, kCli}, [](World& w) { w.fetch(); }},
      {"net.socket",
       Need::kProvide,
       {kBrowser, kCli},
       [](World& w) { w.terms.listen.push_back({"127.0.0.1:0"}); }},
      {"process.spawn",
       Need::kProvide,
       {kNative, kBrowser, kCli},
       [](World& w) { w.terms.process_run = {"jq"}; }},
      {"secrets",
       Need::kProvide,
       {kBrowser, kCli},
       [](World& w) { w.fetch().secret = policy::SecretBinding{"authorization", "${t}"}; }},
  };
  return cells;
}

const std::vector<Cell>& limit_cells() {
  static const std::vector<Cell> cells = {
      {"limit.stack",
       Need::kProvide,
       {kBrowser},
       [](World& w) { written(w, policy::LimitKey::kStack); }},
      {"limit.fuel",
       Need::kProvide,
       {kBrowser},
       [](World& w) { written(w, policy::LimitKey::kFuel); }},
      {"limit.stdout",
       Need::kProvide,
       {kCli},
       [](World& w) { w.terms.console.excess = policy::Excess::kFail; }},
      {"limit.stderr",
       Need::kProvide,
       {kCli},
       [](World& w) { w.terms.console.excess = policy::Excess::kFail; }},
      {"limit.open-files",
       Need::kProvide,
       {kCli},
       [](World& w) { written(w, policy::LimitKey::kOpenFiles); }},
      {"limit.written",
       Need::kProvide,
       {kCli},
       [](World& w) { written(w, policy::LimitKey::kWritten); }},
      {"limit.inodes",
       Need::kProvide,
       {kCli},
       [](World& w) { written(w, policy::LimitKey::kInodes); }},
      {"limit.*",
       Need::kProvide,
       {kCli},
       [](World& w) { written(w, policy::LimitKey::kPoll); },
       "limit.poll"},
      {"hardening",
       Need::kProvide,
       {kBrowser, kCli},
       [](World& w) { w.request.hardening = HardeningForm::kWritten; }},
      {"audit.effects", Need::kProvide, {kCli}, [](World& w) { w.request.audit_effects = true; }},
      {"exit.full", Need::kProvide, {kCli}, [](World& w) { w.request.exit_full = true; }},
      {"stderr.pure", Need::kProvide, {kCli}, [](World& w) { w.request.stderr_pure = true; }},
  };
  return cells;
}

std::vector<Cell> all_cells() {
  std::vector<Cell> all;
  for (const auto* part :
       {&module_cells(), &file_cells(), &clock_cells(), &network_cells(), &limit_cells()}) {
    all.insert(all.end(), part->begin(), part->end());
  }
  return all;
}

// As they would be where each can be had.
std::vector<Descriptor> everyone() {
  std::vector<Descriptor> all = {native_runner(), browser_runner(), wasmtime_cli_runner()};
  for (Descriptor& each : all) each.unavailable.clear();
  return all;
}

bool has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void judge(const Cell& cell, const Descriptor& runner, const RunnerRequest& request) {
  const std::string capability = cell.capability.empty() ? cell.key : cell.capability;
  SCOPED_TRACE(capability + " by " + std::string(runner.name));
  const std::vector<Descriptor> all = everyone();
  const Planned planned = plan(request, runner, all);
  const std::vector<RefusalItem> none;
  const auto& items = planned.refusal ? planned.refusal->items : none;
  const auto item = std::find_if(items.begin(), items.end(), [&](const RefusalItem& each) {
    return each.capability == capability && each.need == cell.need;
  });
  ASSERT_EQ(item != items.end(), has(cell.refused_by, runner.name));
  if (item == items.end()) return;
  EXPECT_FALSE(planned.accepted);
  EXPECT_EQ(planned.refusal->code, "runner.cannot_honour");
  EXPECT_EQ(planned.refusal->runner, runner.name);
  EXPECT_FALSE(item->why.empty());
  EXPECT_FALSE(item->from.empty());
  std::vector<std::string> could;
  for (const Descriptor& each : all) {
    if (!has(cell.refused_by, each.name)) could.emplace_back(each.name);
  }
  EXPECT_EQ(item->could, could);
  const std::string shown = capability == "net.fetch" ? "netFetch" : capability;
  const std::string last = could.empty() ? "no runner can" : could.back() + " can";
  EXPECT_THAT(print_lines(*planned.refusal),
              Contains(testing::AllOf(testing::StartsWith(shown), HasSubstr(runner.name),
                                      testing::EndsWith(last))));
}

TEST(Cells, EachIsRefusedByThoseThatCannotAndNobodyElse) {
  for (const Cell& cell : all_cells()) {
    World world;
    cell.ask(world);
    world.request.terms = &world.terms;
    world.request.info = &world.info;
    for (const Descriptor& runner : everyone()) judge(cell, runner, world.request);
  }
}

TEST(Cells, TheWorldThatTheyStartFromIsRefusedByNobody) {
  World world;
  world.request.terms = &world.terms;
  world.request.info = &world.info;
  for (const Descriptor& runner : everyone()) {
    EXPECT_TRUE(plan(world.request, runner, everyone()).accepted) << runner.name;
  }
}

TEST(Cells, NoneThatIsNoPlainYesIsLeftOut) {
  // Limits that are within every request: they say how, and refuse nobody.
  const std::set<std::string> always = {"limit.cpu browser", "usage browser", "usage wasmtime-cli"};
  const std::vector<Cell> cells = all_cells();
  for (const Descriptor& runner : everyone()) {
    for (std::size_t i = 0; i < kRunnerKeyCount; ++i) {
      const auto key = static_cast<RunnerKey>(i);
      for (const Need need : {Need::kProvide, Need::kWithhold}) {
        const RunnerEntry entry = runner.entry(key);
        const Support& side = need == Need::kProvide ? entry.provide : entry.withhold;
        using Answer = Support::Answer;
        if (side.answer == Answer::kYes || side.answer == Answer::kNothing) continue;
        const std::string name = std::string(word(key)) + " " + std::string(runner.name);
        if (always.contains(name)) continue;
        EXPECT_TRUE(std::any_of(cells.begin(), cells.end(), [&](const Cell& cell) {
          return cell.key == word(key) && cell.need == need && has(cell.refused_by, runner.name);
        })) << name;
      }
    }
  }
}

}  // namespace
}  // namespace warrant::host
